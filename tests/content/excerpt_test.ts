import assert from "node:assert/strict";
import fc from "fast-check";
import {
  countWords,
  excerpt,
  plainProse,
  plainText,
  readingMinutes,
} from "../../content/excerpt.ts";

Deno.test("plain text has the words of Markdown without its marks", () => {
  assert.equal(
    plainText("# Title\n\nSome *soft* **bold_text** [link](http://x.example)."),
    "Title\n\nSome soft bold_text link.",
  );
  assert.equal(plainText("- [x] done\n1. one\n> said"), "done\none\nsaid");
  assert.equal(
    plainText("![A cat](blob:00) `code` snake_case 2 * 3 \\*"),
    "A cat code snake_case 2 * 3 *",
  );
  assert.equal(plainText("a[^1] <b>b</b> <!-- gone\nfor good -->c\n\n[^1]: note"), "a b c\n\nnote");
  assert.equal(plainText("| a | b |\n|---|:-:|\n| 1 | 2 |"), "a b\n\n1 2");
  assert.equal(plainText("before\n```js\ncode()\n```\nafter"), "before\nafter");
});

Deno.test("an excerpt ends on a word", () => {
  assert.equal(excerpt("One two three four", 100), "One two three four");
  assert.equal(excerpt("One two, three four", 9), "One two…");
  assert.equal(excerpt("日本語".repeat(10), 5), "日本語日本…");
  assert.equal(excerpt("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…");
});

Deno.test("a heading's words do not run into the text after it", () => {
  const text = "On 2026-08-20 it rained.";
  for (
    const heading of ["## What happened", "What happened\n---", "What\nhappened\n====", "# Two ##"]
  ) {
    assert.equal(excerpt(`${heading}\n\n${text}`, 100), text);
    assert.equal(excerpt(`${heading}\n${text}\n\n${heading}\n`, 100), text);
  }
  assert.equal(excerpt("# Only\n\n## headings", 100), "Only headings");
  assert.equal(excerpt("A rule.\n\n---\n\n#tag and #7 stay", 100), "A rule. #tag and #7 stay");
  assert.equal(excerpt("- one\n---\nafter", 100), "one after");
  assert.equal(plainProse("| a | b |\n|---|---|\n| 1 | 2 |"), "a b\n\n1 2");
  assert.equal(plainText("# Found\n\nby search"), "Found\n\nby search");
});

Deno.test("words are counted in any script", () => {
  assert.equal(countWords("Hello, *big* world-wide web — it's 5"), 6);
  assert.equal(countWords("你好 world"), 3);
  assert.equal(countWords(""), 0);
  assert.equal(readingMinutes(0, "en"), 1);
  assert.equal(readingMinutes(2_300, "en"), 10);
  assert.equal(readingMinutes(4_500, "ja-JP"), 10);
});

Deno.test("no Markdown takes plain text more than a moment", () => {
  const parts = [
    "[",
    "![](",
    "*a ",
    "_",
    " ",
    "<a ",
    "`",
    ">",
    "<!--",
    "- ",
    "a #",
    "[a](",
    "~~",
    "\\",
    "[^",
  ];
  for (const part of parts) {
    const from = performance.now();
    plainText(part.repeat(Math.ceil(524_288 / part.length)));
    assert.ok(performance.now() - from < 3_000, part);
  }
});

Deno.test("an excerpt is never longer than asked for", () => {
  const segmenter = new Intl.Segmenter("und");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 50 }), (text, length) => {
      const short = excerpt(text, length);
      assert.ok(short.isWellFormed());
      assert.ok([...segmenter.segment(short)].length <= length + 1, JSON.stringify(short));
    }),
  );
});
