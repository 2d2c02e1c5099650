import assert from "node:assert/strict";
import { html, Raw, renderPage } from "../../views/html.ts";
import { markWords, passageAround, wordsOf } from "../../views/marks.ts";
import { safeUrl, shorten } from "../../views/text.ts";
import { pieceUrl, tagUrl, withQuery } from "../../views/urls.ts";

Deno.test("only links that are safe to follow pass", () => {
  assert.equal(safeUrl("https://example.org/a"), "https://example.org/a");
  assert.equal(safeUrl("/about"), "/about");
  assert.equal(safeUrl("mailto:a@example.org"), "mailto:a@example.org");
  const unsafe = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "//evil.example",
  ];
  for (const url of [...unsafe, "/\\evil.example", "x", "", `https://x/${"a".repeat(3_000)}`]) {
    assert.equal(safeUrl(url), undefined, url);
  }
});

Deno.test("a path with a tab in it does not lead to another host", () => {
  for (
    const url of ["/\t/evil.example", "/\n\\evil.example", "/\r\t/evil.example", "java\tscript:x"]
  ) {
    assert.equal(safeUrl(url), undefined, JSON.stringify(url));
  }
});

Deno.test("text is cut between words and between characters", () => {
  assert.equal(shorten("one two three", 9), "one two…");
  assert.equal(shorten("short", 9), "short");
  assert.equal(shorten("👩‍🚀👩‍🚀👩‍🚀", 4).isWellFormed(), true);
});

Deno.test("markup escapes text and attributes, and puts ready HTML in as it is", () => {
  const page = renderPage(html`
    <p title=${'"<'}>${"<b>&"}${Raw({ html: "<i>x</i>", tag: "span" })}<br /></p>
  `);
  assert.equal(
    page,
    '<!DOCTYPE html><p title="&quot;&lt;">&lt;b>&amp;<span><i>x</i></span><br></p>',
  );
});

Deno.test("text that looks like a tag of the renderer stays text", () => {
  assert.equal(renderPage(html`<p>${"<br/> a/>"}</p>`), "<!DOCTYPE html><p>&lt;br/> a/></p>");
  const input = renderPage(html`<input value=${'a"/> <br/>'} />`);
  assert.equal(input, '<!DOCTYPE html><input value="a&quot;/> &lt;br/>">');
});

Deno.test("paths are made of encoded parts", () => {
  assert.equal(pieceUrl({ kind: "article", index: 1, slug: "über?" }), "/a/%C3%BCber%3F");
  assert.equal(pieceUrl({ kind: "post", index: 7, slug: "" }), "/p/7");
  assert.equal(tagUrl("C/C++"), "/tags/c%2Fc%2B%2B");
  assert.equal(withQuery("/search", { q: "a&b", before: undefined }), "/search?q=a%26b");
});

Deno.test("a passage is cut around the first word that was found", () => {
  const text = `${"before ".repeat(100)}needle ${"after ".repeat(100)}`;
  const passage = passageAround(text, wordsOf("needle"), 120);
  assert.match(passage, /^….*needle.*…$/);
  assert.ok(passage.length <= 122);
  assert.equal(markWords("no needle", wordsOf("Needle")).length, 3);
  assert.deepEqual(wordsOf('one -two "three four"'), ["one", "three", "four"]);
});
