import assert from "node:assert/strict";
import fc from "fast-check";
import { HtmlValidate, StaticConfigLoader } from "html-validate";
import { parseHTML } from "linkedom";
import { renderMarkdown } from "../../content/markdown.ts";

const hash = "0".repeat(64);
const options = {
  id: "12",
  pictures: [{ hash, type: "image/png", width: 1, height: 1, description: "" }],
  blobUrl: (hash: string) => `/blob/${hash}`,
};
const render = (source: string) => renderMarkdown(source, options).html;

const validator = new HtmlValidate(
  new StaticConfigLoader({
    extends: ["html-validate:recommended"],
    // Ids in scripts that write marks are valid HTML; white space at line ends is no matter of readers.
    rules: { "no-trailing-whitespace": "off", "valid-id": ["error", { relaxed: true }] },
  }),
);

const ELEMENTS = new Set(
  ("a blockquote br code div em figcaption figure h2 h3 h4 h5 h6 hr img input li ol p pre s section span strong sup " +
    "table tbody td th thead tr ul").split(" "),
);
const ATTRIBUTES = new Set(
  ("alt aria-label checked class decoding disabled height href id loading rel role scope src start tabindex title type " +
    "width").split(" "),
);

function assertSafe(html: string, source: string): void {
  const { document } = parseHTML(`<!DOCTYPE html><html><body>${html}</body></html>`);
  for (const element of document.body.querySelectorAll("*")) {
    const name = element.localName;
    assert.ok(ELEMENTS.has(name), JSON.stringify({ name, source }));
    for (const { name, value } of element.attributes) {
      assert.ok(ATTRIBUTES.has(name), JSON.stringify({ name, source }));
      if (name === "href" || name === "src") {
        assert.ok(
          /^(?:https?:\/\/|mailto:|[^:]*$|[^:/?#]*[/?#])/i.test(value),
          JSON.stringify({ value, source }),
        );
      }
    }
  }
}

const snippets = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "\n",
    "\n\n",
    "# ",
    "## ",
    "- ",
    "- [x] ",
    "1. ",
    "> ",
    "    ",
    "```rust\n",
    "```\n",
    "`",
    "**",
    "_",
  ),
  fc.constantFrom(
    "[a](",
    "](",
    ")",
    "![",
    `](blob:${hash})`,
    "[^1]",
    "\n\n[^1]: x\n",
    "^[",
    "]",
    "|a|b|\n|-|:-:|\n|",
  ),
  fc.constantFrom(
    "<script>",
    "<img onerror=x src=x>",
    "javascript:alert(1)",
    "https://a.example/",
    "<!--",
    "-->",
  ),
  fc.constantFrom(
    '"',
    "'",
    "&",
    "<",
    ">",
    "\\",
    "&#x6a;avascript:",
    "<https://a.example>",
    "\ud800",
    "\u0000",
    "~~",
  ),
);

Deno.test("no source makes an element or an attribute that is not ours", () => {
  fc.assert(
    fc.property(fc.array(snippets, { maxLength: 30 }), (parts) => {
      const source = parts.join("");
      const html = render(source);
      assert.ok(html.isWellFormed());
      assertSafe(html, source);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("whatever comes in, valid HTML comes out", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(snippets, { maxLength: 30 }), async (parts) => {
      const source = parts.join("");
      const html =
        `<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><main><h1>x</h1>` +
        `${render(source)}</main></body></html>`;
      const { results } = await validator.validateString(html);
      const found = results.flatMap(({ messages }) => messages).map((
        { ruleId, message, line },
      ) => ({
        ruleId,
        message,
        at: html.split("\n")[line - 1]?.slice(0, 300),
      }));
      assert.deepEqual(found, [], JSON.stringify(source));
    }),
    { numRuns: 300 },
  );
});

Deno.test("text without marks comes back as it was typed", () => {
  fc.assert(fc.property(fc.stringMatching(/^[a-z<>&"' é日]{0,40}x$/), (text) => {
    const { document } = parseHTML(
      `<!DOCTYPE html><html><body>${render(`x${text}`)}</body></html>`,
    );
    assert.equal(document.body.textContent?.trim(), `x${text}`);
  }));
});

Deno.test("no source takes more than a moment", () => {
  const fill = (part: string) => part.repeat(Math.ceil(524_288 / part.length));
  const cases = [
    ...[
      "[",
      "[a](",
      "![",
      "^[",
      ">",
      "> ",
      "- ",
      "*a ",
      "*a_ ",
      "a**b",
      "`",
      "<!--",
      "<!--\n",
      "# a\n",
      "#\n",
    ].map(fill),
    ...[
      "http://a ",
      "http://",
      "<",
      "<a ",
      "<http:",
      "[a]: b\n",
      "~~a",
      "```rust\nfn a(){}\n```\n",
      " ",
      "|",
    ].map(fill),
    `${"![".repeat(20_000)}a${"](x)".repeat(20_000)}`,
    `${"^[".repeat(50_000)}${"]".repeat(50_000)}`,
    Array.from({ length: 700 }, (_, n) => `${" ".repeat(n * 2)}- a`).join("\n"),
    Array.from({ length: 20_000 }, (_, n) => `[^${n}]\n\n[^${n}]: x\n`).join("\n"),
    `[^1]: x\n\n${"[^1]".repeat(100_000)}`,
    `${"|a".repeat(2_000)}\n${"|-".repeat(2_000)}\n${"|a\n".repeat(100_000)}`,
    ...["markdown", "cpp", "php", "swift"].map((name) => `\`\`\`${name}\n${"a<[".repeat(15_000)}`),
  ];
  for (const source of cases) {
    const from = performance.now();
    const html = render(source);
    const ms = performance.now() - from;
    assert.ok(ms < 8_000, `${source.slice(0, 20)}: ${ms} ms`);
    assert.ok(html.length < 4.2 * 1024 * 1024, source.slice(0, 20));
  }
});
