import assert from "node:assert/strict";
import fc from "fast-check";
import { isSlug, makeSlug } from "../../content/slug.ts";

Deno.test("a slug joins the words of a title in lower case", () => {
  assert.equal(makeSlug("Hello, World!"), "hello-world");
  assert.equal(makeSlug("Don’t panic: it's 1.0"), "dont-panic-its-1-0");
  assert.equal(makeSlug("  --- Ready? -- Set...  "), "ready-set");
});

Deno.test("a slug keeps letters and marks of every script", () => {
  assert.equal(makeSlug("日本語の記事"), "日本語の記事");
  assert.equal(makeSlug("नमस्ते दुनिया"), "नमस्ते-दुनिया");
  assert.equal(makeSlug("مرحبا بالعالم"), "مرحبا-بالعالم");
  assert.equal(makeSlug("E\u0301cole"), "école");
});

Deno.test("a title without words still gets a slug", () => {
  for (const title of ["", "...", "🎉", "\u202e", "/", "\ud800"]) {
    assert.equal(makeSlug(title), "article");
  }
});

Deno.test("a long slug ends on a word", () => {
  const slug = makeSlug("word ".repeat(40));
  assert.ok(slug.length <= 80 && slug.endsWith("-word"), slug);
  assert.equal(makeSlug("a".repeat(500)).length, 80);
  assert.ok(makeSlug("𝒳".repeat(200)).isWellFormed());
});

Deno.test("what hides or turns text never reaches a slug", () => {
  assert.equal(makeSlug("pay\u202epal\u200b"), "paypal");
  for (
    const text of [".", "..", "a b", "A", "-a", "a-", "a--b", "a/b", "", "e\u0301", "a\u200db"]
  ) {
    assert.equal(isSlug(text), false, JSON.stringify(text));
  }
});

Deno.test("any title makes a slug that is one, and that makes itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (title) => {
      const slug = makeSlug(title);
      assert.ok(isSlug(slug), JSON.stringify(slug));
      assert.equal(makeSlug(slug), slug);
    }),
    { numRuns: 500 },
  );
});
