import assert from "node:assert/strict";
import fc from "fast-check";
import { countGraphemes, findTags, renderPostText } from "../../content/post_text.ts";

const options = { tagUrl: (tag: string) => `/tags/${encodeURIComponent(tag)}` };
const render = (text: string) => renderPostText(text, options);

Deno.test("blank lines part paragraphs and line ends stay", () => {
  assert.equal(render("one\ntwo\r\n\r\n\n three"), "<p>one<br>two</p><p>three</p>");
  assert.equal(render(" \n "), "");
});

Deno.test("markup and Markdown in a post are text", () => {
  assert.equal(
    render("<script>alert(1)</script> **b** & 'q'"),
    "<p>&lt;script&gt;alert(1)&lt;/script&gt; **b** &amp; &#39;q&#39;</p>",
  );
});

Deno.test("an address is linked and shown short", () => {
  assert.equal(
    render("See https://www.example.org/a, ok."),
    `<p>See <a href="https://www.example.org/a" rel="noopener">example.org/a</a>, ok.</p>`,
  );
  const long = `https://example.org/${"long/".repeat(20)}`;
  const html = render(long);
  assert.ok(html.includes(`title="${long}"`) && html.includes("…</a>"), html);
  assert.ok(html.includes(`href="${long}"`));
});

Deno.test("punctuation and unmatched brackets behind an address are not part of it", () => {
  const href = (text: string) => /href="([^"]*)"/.exec(render(text))?.[1];
  assert.equal(href("(https://a.example/x)"), "https://a.example/x");
  assert.equal(href("https://a.example/x_(y)."), "https://a.example/x_(y)");
  assert.equal(href("“https://a.example/x”!?"), "https://a.example/x");
});

Deno.test("an address that hides its host behind a name is not linked", () => {
  assert.equal(
    render("https://bank.example@evil.example/"),
    "<p>https://bank.example@evil.example/</p>",
  );
  assert.equal(
    render("javascript:alert(1) ftp://a.example"),
    "<p>javascript:alert(1) ftp://a.example</p>",
  );
});

Deno.test("tags hold letters of any script and are not only digits", () => {
  assert.deepEqual(
    findTags("#One #one #日本語 #123 #a1 x#no &#38; https://a.example/#frag ##two"),
    [
      "One",
      "日本語",
      "a1",
    ],
  );
  assert.equal(
    render("#größe!"),
    `<p><a class="p-category" href="/tags/gr%C3%B6%C3%9Fe" rel="tag">#größe</a>!</p>`,
  );
  assert.deepEqual(findTags(`#${"a".repeat(65)}`), []);
  assert.deepEqual(findTags("#cafe\u0301"), ["caf\u00e9"]);
});

Deno.test("a host name behind @ is a mention, an e-mail address is none", () => {
  assert.equal(
    render("@capsule.example.org."),
    `<p><a class="h-card mention" href="https://capsule.example.org/" rel="noopener">@capsule.example.org</a>.</p>`,
  );
  for (const text of ["me@example.org", "@name", "@user@host.example", "@1.2.3.4", "@-a.example"]) {
    assert.equal(render(text), `<p>${text}</p>`);
  }
});

Deno.test("characters count as a person counts them", () => {
  assert.equal(countGraphemes("abc\n"), 4);
  assert.equal(countGraphemes("👩‍👩‍👧‍👦e\u0301"), 2);
  assert.equal(countGraphemes("\r\n"), 1);
  assert.equal(countGraphemes(""), 0);
});

Deno.test("no text makes anything but the few tags of posts", () => {
  const parts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      "https://",
      "#",
      "@",
      "<",
      '"',
      "'",
      "&",
      "javascript:",
      ".example",
      "\n\n",
      "onload=",
    ),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      const html = render(text);
      const bare = html.replace(
        /<\/?p>|<br>|<\/a>|<a (?:class="[a-z -]+" )?href="(?:https?:\/\/|\/tags\/)[^"<>]*" rel="[a-z]+"(?: title="[^"<>]*")?>/g,
        "",
      );
      assert.ok(!/[<>"']/.test(bare), JSON.stringify({ text, html }));
      assert.ok(html.isWellFormed());
      countGraphemes(text);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("a post takes microseconds, and a hostile one milliseconds", () => {
  for (const part of ["#", "@", "@a.", "https://", "https://a.example/((((", "@a@", "\n", " \n"]) {
    const from = performance.now();
    render(part.repeat(Math.ceil(65_536 / part.length)));
    assert.ok(performance.now() - from < 1_000, part);
  }
});
