import assert from "node:assert/strict";
import fc from "fast-check";
import { convertInlineHtml, htmlToMarkdown } from "../../content/html_to_markdown.ts";
import { renderMarkdown } from "../../content/markdown.ts";

const convert = (html: string) => htmlToMarkdown(html).markdown;

Deno.test("what Markdown has a mark for becomes the mark", () => {
  assert.equal(
    convert("<h2>Title</h2><p>a <b>b</b> <i>c</i> <code>d</code> <del>e</del> <kbd>f</kbd></p>"),
    "## Title\n\na **b** *c* `d` ~~e~~ `f`",
  );
  assert.equal(
    convert(`<a href="https://a.example/x y">link</a> <a name="x">no link</a>`),
    "[link](https://a.example/x%20y) no link",
  );
  assert.equal(convert(`<img src="a.png" alt="A [cat]" title="t">`), `![A \\[cat\\]](a.png "t")`);
  assert.equal(convert("<ol><li>one</li><li>two</li></ol>"), "1.  one\n2.  two");
  assert.equal(convert("<blockquote><p>said</p></blockquote><hr>"), "> said\n\n---");
});

Deno.test("code keeps its lines and its language", () => {
  assert.equal(
    convert(
      `<pre><code class="language-rust">fn <span class="k">main</span>() {\n  \`\`\`\n}\n</code></pre>`,
    ),
    "````rust\nfn main() {\n  ```\n}\n````",
  );
  assert.equal(convert("<pre>a  b\n c</pre>"), "```\na  b\n c\n```");
});

Deno.test("a table becomes a table, with or without head", () => {
  assert.equal(
    convert(
      "<table><tr><th>a</th><th>b|c</th></tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>",
    ),
    "| a | b\\|c |\n| --- | --- |\n| 1 | 2 3 |",
  );
  assert.equal(
    convert("<table><tbody><tr><td>1</td></tr></tbody></table>"),
    "|  |\n| --- |\n| 1 |",
  );
});

Deno.test("figures, details and progress keep what they say", () => {
  assert.equal(
    convert(`<figure><img src="a.png" alt="x"><figcaption>Said "so"</figcaption></figure>`),
    `![x](a.png "Said \\"so\\"")`,
  );
  assert.equal(
    convert("<details><summary>More</summary><p>text</p></details>"),
    "**More**\n\ntext",
  );
  assert.equal(convert(`<div><progress value="3" max="7"></progress></div>`), "(3 of 7)");
});

Deno.test("what has no place in Markdown is left out and reported", () => {
  const { markdown, problems } = htmlToMarkdown(
    `a<script>x</script><style>y</style><iframe src="https://v.example/1" title="Film"></iframe><svg></svg><svg></svg>`,
  );
  assert.equal(markdown, "a\n\n[Film](https://v.example/1)");
  assert.deepEqual(problems, ["left out: 1 × <iframe>", "left out: 2 × <svg>"]);
  assert.equal(
    convert(`<a href="javascript:alert(1)">x</a><img src="data:image/png;base64,AA" alt="y">`),
    "xy",
  );
});

Deno.test("a Markdown file without HTML comes back as it is", () => {
  const source =
    "# a\n\n*  odd   spacing*\n\n```html\n<b>code</b>\n```\n\nVec<T> and `<i>` and 1 < 2\n";
  assert.deepEqual(convertInlineHtml(source), { markdown: source, problems: [] });
});

Deno.test("tags between words become marks, the words around stay as typed", () => {
  assert.equal(
    convertInlineHtml(
      `*  a*  <b>b</b> <a href='https://a.example'>c</a> x<sup>2</sup> \`<b>\` Vec<T><!-- gone -->\n`,
    ).markdown,
    "*  a*  **b** [c](https://a.example) x² `<b>` Vec<T>\n",
  );
  assert.deepEqual(convertInlineHtml("a <button>b</button>\n").problems, [
    "left out: 1 × <button>",
  ]);
});

Deno.test("an exponent or an index does not become a plain figure", () => {
  const html = "10<sup>-3</sup> m<sup>2</sup> H<sub>2</sub>O, the 4<sup>th</sup>";
  const markdown = "10⁻³ m² H₂O, the 4th";
  assert.equal(convert(`<p>${html}</p>`), markdown);
  assert.equal(convertInlineHtml(`${html}\n`).markdown, `${markdown}\n`);
  assert.equal(convertInlineHtml("`<sup>2</sup>`\n").markdown, "`<sup>2</sup>`\n");
});

Deno.test("raised words that would mean something else on the line are reported", () => {
  const html = "the 4<sup>th</sup> Mark<sup>TM</sup>, 2<sup>n</sup> and x<sub>max</sub>";
  const problems = ["left out: 1 × <sup>", "left out: 1 × <sub>"];
  assert.deepEqual(htmlToMarkdown(`<p>${html}</p>`).problems, problems);
  assert.deepEqual(convertInlineHtml(`${html}\n`).problems, problems);
  const note = `a<sup id="r1"><a href="#n1">1</a></sup> b<sup>2</sup>`;
  assert.deepEqual(htmlToMarkdown(`<p>${note}</p>`).problems, []);
  assert.deepEqual(convertInlineHtml(`${note}\n`).problems, []);
});

Deno.test("a summary within a paragraph does not run into what it opens", () => {
  const inline = (source: string) => convertInlineHtml(source).markdown;
  assert.equal(
    inline("See <details><summary>S</summary>inside</details>.\n"),
    "See S – inside.\n",
  );
  assert.equal(inline("A <summary>S</summary> <b>in</b>\n"), "A S – **in**\n");
  assert.equal(inline("A <summary>S</summary>`in`\n"), "A S `in`\n");
});

Deno.test("blocks of HTML with Markdown between their tags become Markdown", () => {
  const source = [
    "before  *as typed*",
    "",
    "<details><summary>More</summary>",
    "",
    "- item[^1] and [ref]",
    "",
    "</details>",
    "",
    "after",
    "",
    "[ref]: https://a.example/",
    "[^1]: note",
  ].join("\n");
  const { markdown } = convertInlineHtml(source);
  assert.ok(markdown.startsWith("before  *as typed*\n"), markdown);
  assert.match(markdown, /\*\*More\*\*\n\n- +item\[\^1\] and \[ref\]\(https:\/\/a\.example\/\)\n/);
  assert.match(markdown, /\nafter\n\n\[ref\]: /);
});

Deno.test("a tag without end takes nothing else with it", () => {
  assert.equal(convertInlineHtml("<div>\n\na\n\n*  b*\n").markdown.trim(), "a\n\n*  b*");
});

Deno.test("deep and large HTML is bounded", () => {
  const deep = htmlToMarkdown(`${"<div><b>".repeat(50_000)}text`);
  assert.equal(deep.markdown, "text");
  assert.equal(deep.problems.length, 1);
  const large = htmlToMarkdown("<p>word</p>".repeat(250_000));
  assert.match(large.problems[0] ?? "", /2 MB/);
});

Deno.test("no HTML throws, and what comes out renders", () => {
  const parts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      "<table>",
      "<tr>",
      "<td>",
      "</td>",
      "<pre>",
      "</pre>",
      "<a href='x'>",
      "</a>",
      "<img>",
      "<figure>",
    ),
    fc.constantFrom(
      "<ul><li>",
      "</ul>",
      "<details>",
      "<div>",
      "</div>",
      "\n\n",
      "```\n",
      "<!--",
      "-->",
      "<code>",
      "<p",
    ),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 25 }), (pieces) => {
      const source = pieces.join("");
      for (const { markdown } of [htmlToMarkdown(source), convertInlineHtml(source)]) {
        renderMarkdown(markdown, { id: "x", pictures: [], blobUrl: (hash) => hash });
      }
    }),
    { numRuns: 1_000 },
  );
});
