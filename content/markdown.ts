// Markdown to safe HTML: no tag, address or attribute reaches a page that is not made here.
import type { Token } from "markdown-it";
import { cleanText } from "./escape.ts";
import { findContext, type Heading, makeEnv, type MarkdownOptions } from "./markdown_context.ts";
import { makeParser } from "./markdown_parser.ts";

export type { Heading, MarkdownOptions, PictureInfo } from "./markdown_context.ts";

export type RenderedMarkdown = Readonly<{
  html: string;
  /** In order, as the table of contents lists them. */
  headings: Heading[];
  /** One sentence for each thing that was left out. */
  problems: string[];
}>;

const SOURCE_CHARS_MAX = 512 * 1024;
const HTML_CHARS_MAX = 4 * 1024 * 1024;
const TOO_LONG = "The rest of this text is left out here because it is too long to show.";

const parser = makeParser();

/** Safe HTML of a Markdown text of at most 512 KiB; what is beyond that, or beyond 4 MiB of HTML, is left out with a sentence. */
export function renderMarkdown(source: string, options: MarkdownOptions): RenderedMarkdown {
  const isCut = source.length > SOURCE_CHARS_MAX;
  const text = cleanText(isCut ? source.slice(0, SOURCE_CHARS_MAX) : source);
  const env = makeEnv(options);
  const tokens = parser.parse(text, env);
  const { headings } = findContext(env);
  let html = "";
  for (const block of splitBlocks(tokens)) {
    const part = parser.renderer.render(block, parser.options, env);
    if (html.length + part.length > HTML_CHARS_MAX) return finish(html, headings, true);
    html += part;
  }
  return finish(html, headings, isCut);
}

function finish(html: string, headings: Heading[], isCut: boolean): RenderedMarkdown {
  if (!isCut) return { html, headings, problems: [] };
  const ids = new Set(Array.from(html.matchAll(/ id="([^"]*)"/g), ([, id]) => id));
  const shown = headings.filter(({ id }) => ids.has(id));
  return {
    html: `${html}<p class="problem">${TOO_LONG}</p>\n`,
    headings: shown,
    problems: [TOO_LONG],
  };
}

/** The top-level blocks, so that a text can be cut between two of them. */
function* splitBlocks(tokens: readonly Token[]): Generator<Token[]> {
  let block: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    block.push(token);
    depth += token.nesting;
    if (depth > 0) continue;
    yield block;
    block = [];
    depth = 0;
  }
  if (block.length > 0) yield block;
}
