import assert from "node:assert/strict";
import fc from "fast-check";
import { diffTexts } from "../../content/differences.ts";

const joined = (before: string, after: string, kind: "added" | "removed") =>
  diffTexts(before, after).filter((part) => part.kind === "same" || part.kind === kind)
    .map(({ text }) => text).join("");

Deno.test("changed words show inside their line", () => {
  assert.deepEqual(diffTexts("one two three\nsame\n", "one 2 three\nsame\nnew\n"), [
    { kind: "same", text: "one " },
    { kind: "removed", text: "two" },
    { kind: "added", text: "2" },
    { kind: "same", text: " three\nsame\n" },
    { kind: "added", text: "new\n" },
  ]);
});

Deno.test("equal and empty texts have no differences", () => {
  assert.deepEqual(diffTexts("", ""), []);
  assert.deepEqual(diffTexts("a", "a"), [{ kind: "same", text: "a" }]);
  assert.deepEqual(diffTexts("", "a"), [{ kind: "added", text: "a" }]);
});

Deno.test("both versions can be read from the differences", () => {
  const text = fc.array(fc.constantFrom("a", "b", " ", "\n", "word ", "é", "\r\n"), {
    maxLength: 40,
  })
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, text, (before, after) => {
    assert.equal(joined(before, after, "removed"), before);
    assert.equal(joined(before, after, "added"), after);
  }));
});

Deno.test("texts with nothing in common are compared in bounded time", () => {
  const lines = (seed: number) =>
    Array.from({ length: 20_000 }, (_, n) => `${seed} ${n * seed} some words ${n % 7}\n`).join("");
  const from = performance.now();
  assert.equal(joined(lines(3), lines(5), "added"), lines(5));
  diffTexts("a ".repeat(300_000), "b ".repeat(300_000));
  assert.ok(performance.now() - from < 10_000);
});
