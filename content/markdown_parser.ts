// The one parser: which rules of markdown-it run, and what ours add.
// One file of ES modules: the other one asks for a CommonJS package, and the machinery for that takes 3 MB and 20 ms at each start.
import MarkdownIt, { type MarkdownIt as Parser, type ParserInline } from "markdown-it/browser";
import readFootnotes from "markdown-it-footnote";
import {
  makeTasks,
  renderCode,
  renderTask,
  settleTables,
  tableClose,
  tableOpen,
} from "./markdown_blocks.ts";
import { skipCommentBlock, skipInlineComment } from "./markdown_comments.ts";
import { findContext } from "./markdown_context.ts";
import { isAllowedUrl, settleLinks } from "./markdown_links.ts";
import {
  collectNotes,
  renderNoteAnchor,
  renderNoteOpen,
  renderNoteReference,
} from "./markdown_notes.ts";
import { makeOutline, renderHeadingClose } from "./markdown_outline.ts";
import { makeFigures, renderFigure, renderPicture } from "./markdown_pictures.ts";

const NESTED_INLINE_MAX = 12;

export function makeParser(): Parser {
  const parser = new MarkdownIt({ html: false, linkify: true, typographer: false, maxNesting: 60 });
  parser.validateLink = isAllowedUrl;
  // "main.rs" is a file, not a site in Serbia: only what says http is linked.
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  parser.linkify.add("ftp:", null).add("//", null).add("mailto:", null);
  parser.use(readFootnotes);
  boundNestedInline(parser.inline);
  parser.block.ruler.before("paragraph", "comment", skipCommentBlock, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  parser.inline.ruler.before("autolink", "comment", skipInlineComment);
  parser.core.ruler.at("footnote_tail", collectNotes);
  parser.core.ruler.push("tables", settleTables);
  parser.core.ruler.push("tasks", makeTasks);
  parser.core.ruler.push("outline", makeOutline);
  parser.core.ruler.push("links", settleLinks);
  parser.core.ruler.push("figures", makeFigures);
  setRendererRules(parser);
  return parser;
}

/** Descriptions and inline notes are parsed by calling the parser again: hundreds in each other would end the stack. */
function boundNestedInline(inline: ParserInline): void {
  const parse = inline.parse.bind(inline);
  let depth = 0;
  inline.parse = (source, parser, env, out) => {
    if (depth >= NESTED_INLINE_MAX) return;
    depth++;
    try {
      parse(source, parser, env, out);
    } finally {
      depth--;
    }
  };
}

function setRendererRules(parser: Parser): void {
  const { rules } = parser.renderer;
  rules["table_open"] = () => tableOpen;
  rules["table_close"] = () => tableClose;
  rules["footnote_block_open"] = () => `<section class="footnotes" aria-label="Notes"><ol>\n`;
  rules["footnote_block_close"] = () => "</ol></section>\n";
  rules["footnote_close"] = () => "</li>\n";
  const own = {
    fence: renderCode,
    "code_block": renderCode,
    image: renderPicture,
    figure: renderFigure,
    task: renderTask,
    "heading_close": renderHeadingClose,
    "footnote_ref": renderNoteReference,
    "footnote_open": renderNoteOpen,
    "footnote_anchor": renderNoteAnchor,
  };
  for (const [type, render] of Object.entries(own)) {
    rules[type] = (tokens, at, _options, env) => {
      const token = tokens[at];
      return token ? render(token, findContext(env)) : "";
    };
  }
}
