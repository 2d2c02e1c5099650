import assert from "node:assert/strict";
import { type MarkdownOptions, renderMarkdown } from "../../content/markdown.ts";

const hash = "a".repeat(64);
const options: MarkdownOptions = {
  id: "a1",
  pictures: [{ hash, type: "image/png", width: 640, height: 480, description: "A cat" }],
  blobUrl: (hash) => `/blob/${hash.slice(0, 4)}`,
};
const render = (source: string, more: Partial<MarkdownOptions> = {}) =>
  renderMarkdown(source, { ...options, ...more }).html.trim();

Deno.test("raw HTML is shown as text and comments are dropped", () => {
  assert.equal(
    render("a <b>b</b> <!-- gone --> c\n\n<!-- gone\n\nfor good -->\n\n<script>x</script>"),
    "<p>a &lt;b&gt;b&lt;/b&gt;  c</p>\n<p>&lt;script&gt;x&lt;/script&gt;</p>",
  );
  assert.equal(render("<!-- no end"), "<p>&lt;!-- no end</p>");
  assert.equal(render("`<!-- code -->`"), "<p><code>&lt;!-- code --&gt;</code></p>");
});

Deno.test("quotes stay as typed", () => {
  assert.equal(render(`"a" 'b' -- (c)`), "<p>&quot;a&quot; 'b' -- (c)</p>");
});

Deno.test("headings stand below the title and leave no level out", () => {
  const { headings } = renderMarkdown("### a\n###### b\n## c\n# d\n# d\n", options);
  assert.deepEqual(headings.map(({ level, id, text }) => [level, id, text]), [
    [2, "a1-a", "a"],
    [3, "a1-b", "b"],
    [2, "a1-c", "c"],
    [2, "a1-d", "d"],
    [2, "a1-d-2", "d"],
  ]);
});

Deno.test("a heading ends in a link to itself, in feeds it does not", () => {
  assert.equal(
    render("# *Grüße* & `x`"),
    `<h2 id="a1-grüße-x"><em>Grüße</em> &amp; <code>x</code> ` +
      `<a class="heading-link" href="#a1-grüße-x" aria-label="Link to “Grüße &amp; x”">#</a></h2>`,
  );
  assert.equal(render("# a", { hasHeadingLinks: false }), `<h2 id="a1-a">a</h2>`);
});

Deno.test("an empty heading is left out", () => {
  assert.equal(render("#\n\n## <!-- x -->\n\na"), "<p>a</p>");
});

Deno.test("a link to a heading finds it however its id is written", () => {
  assert.match(render("[x](#whats-in-10) \n\n# What's in 1.0?"), /href="#a1-whats-in-1-0"/);
  assert.match(render("[x](#elsewhere)"), /href="#elsewhere"/);
});

Deno.test("only allowed addresses become links", () => {
  for (
    const url of [
      "javascript:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "file:///x",
      "//evil.example",
      "tel:1",
    ]
  ) {
    assert.ok(!render(`[x](${url}) <${url}> ![x](${url})`).includes("<a"), url);
  }
  assert.ok(!render("[x](&#106;avascript:alert(1)) [y](java&Tab;script:x)").includes("<a"));
  for (const url of ["https://a.example/", "mailto:a@b.example", "/a/b", "a/b?c=d:e", "#x", "?q"]) {
    assert.ok(render(`[x](${url})`).includes(`<a href="${url}"`), url);
  }
});

Deno.test("links out of the site carry rel, links within it do not", () => {
  const isExternal = (url: string) => !url.startsWith("https://me.example/");
  const html = render("[a](https://me.example/x) [b](https://b.example) [c](/c)", {
    isExternal,
    rel: "nofollow ugc",
  });
  assert.equal(
    html,
    `<p><a href="https://me.example/x">a</a> <a href="https://b.example" rel="nofollow ugc">b</a> <a href="/c">c</a></p>`,
  );
});

Deno.test("a link without words shows its address", () => {
  assert.match(render("[](https://a.example)"), />https:\/\/a\.example<\/a>/);
});

Deno.test("addresses are linked, file names are not", () => {
  assert.match(render("https://a.example/b_c"), /<a href="https:\/\/a\.example\/b_c"/);
  assert.equal(render("main.rs a@b.example"), "<p>main.rs a@b.example</p>");
});

Deno.test("notes are numbered, linked both ways and carry the id of the piece", () => {
  const html = render("One[^n] two[^n] three^[inline].\n\n[^n]: Note.\n");
  assert.match(
    html,
    /<sup class="footnote-ref"><a href="#a1-fn-1" id="a1-fnref-1" aria-label="Note 1">1<\/a><\/sup>/,
  );
  assert.match(html, /id="a1-fnref-1-2"/);
  assert.match(html, /<li id="a1-fn-1"><p>Note\. <a class="footnote-backref" href="#a1-fnref-1"/);
  assert.match(html, /<li id="a1-fn-2"><p>inline /);
});

Deno.test("a note in a note gives no id twice", () => {
  const ids = Array.from(
    render("^[a ^[b] c] ![^[d]](x)").matchAll(/ id="([^"]+)"/g),
    ([, id]) => id,
  );
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("a table scrolls in itself and aligns by class", () => {
  const html = render("| a | | c |\n|:-|-|-:|\n| 1 | 2 | 3 |");
  assert.match(html, /^<div class="table" role="group" tabindex="0" aria-label="Table"><table>/);
  assert.match(
    html,
    /<th class="align-left" scope="col">a<\/th>\n<td><\/td>\n<th class="align-right" scope="col">c<\/th>/,
  );
  assert.ok(!html.includes("style"));
});

Deno.test("tasks have boxes that say their state", () => {
  assert.equal(
    render("- [x] one\n- [ ] two\n- [y] three"),
    `<ul>\n<li class="task"><input type="checkbox" disabled checked aria-label="Done"> one</li>\n` +
      `<li class="task"><input type="checkbox" disabled aria-label="To do"> two</li>\n<li>[y] three</li>\n</ul>`,
  );
});

Deno.test("code is coloured in known languages and escaped in all", () => {
  assert.match(
    render("```rust,ignore\nfn main() {}\n```"),
    /^<pre tabindex="0"><code class="language-rust"><span class="hljs-keyword">fn<\/span>/,
  );
  assert.equal(render("```klingon\n<b>\n```"), `<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>`);
  for (
    const language of ["ts", "js", "py", "sh", "toml", "yml", "html", "c++", "diff", "console"]
  ) {
    assert.match(render(`\`\`\`${language}\nif "a" # 1\n\`\`\``), /class="language-/, language);
  }
});

Deno.test("a picture alone in its paragraph is a figure", () => {
  const image =
    `<img src="/blob/aaaa" width="640" height="480" alt="Mine" loading="lazy" decoding="async">`;
  assert.equal(
    render(`![Mine](blob:${hash} "A <title>")`),
    `<figure>${image}<figcaption>A &lt;title&gt;</figcaption></figure>`,
  );
  assert.equal(render(`a ![Mine](blob:${hash})`), `<p>a ${image}</p>`);
  assert.match(render(`![](blob:${hash})`), /alt="A cat"/);
});

Deno.test("a picture of another site is a link, an unknown one its description", () => {
  assert.equal(
    render("![A dog](https://other.example/dog.png)"),
    `<p><a class="picture-link" href="https://other.example/dog.png" rel="noopener">A dog</a></p>`,
  );
  assert.equal(
    render(`![A bird](blob:${"b".repeat(64)}) ![](c.png)`),
    `<p><span class="missing-picture">A bird</span> <span class="missing-picture">Picture</span></p>`,
  );
});

Deno.test("a text that is too long is cut with a sentence", () => {
  const { html, problems } = renderMarkdown("word ".repeat(200_000), options);
  assert.equal(problems.length, 1);
  assert.ok(html.endsWith(`<p class="problem">${problems[0]}</p>\n`));
  const many = renderMarkdown("# a\n".repeat(130_000), options);
  assert.ok(many.html.length < 4.2 * 1024 * 1024);
  assert.ok(many.html.includes(` id="${many.headings.at(-1)?.id}"`));
});
