// Headings: below the title's h1, no level left out, each with an id and a link to itself.
import type { StateCore, Token } from "markdown-it";
import { escapeHtml } from "./escape.ts";
import { addHeadingId, type Context, findContext } from "./markdown_context.ts";
import { describePicture } from "./markdown_pictures.ts";

const TEXT_CHARS_MAX = 300;

/** Gives headings their levels and ids; drops empty ones. */
export function makeOutline(state: StateCore): void {
  const context = findContext(state.env);
  const open: number[] = [];
  const tokens: Token[] = [];
  for (let at = 0; at < state.tokens.length; at++) {
    const [start, inline, end] = state.tokens.slice(at, at + 3);
    if (!start) continue;
    if (start.type !== "heading_open" || !inline || !end) {
      tokens.push(start);
      continue;
    }
    at += 2;
    const text = plainInline(inline, context).replace(/\s+/g, " ").trim();
    if (text === "" && !inline.children?.some(({ type }) => type === "image")) continue;
    if (text === "") Object.assign(start, { type: "paragraph_open", tag: "p" });
    if (text === "") Object.assign(end, { type: "paragraph_close", tag: "p" });
    else nameHeading(start, end, text, open, context);
    tokens.push(start, inline, end);
  }
  state.tokens = tokens;
}

function nameHeading(start: Token, end: Token, text: string, open: number[], context: Context) {
  const typed = Number(start.tag.slice(1));
  while (open.length > 0 && (open.at(-1) ?? 0) >= typed) open.pop();
  open.push(typed);
  const level = Math.min(6, open.length + 1);
  const short = text.slice(0, TEXT_CHARS_MAX).toWellFormed();
  const id = addHeadingId(context, short);
  start.tag = end.tag = `h${level}`;
  start.attrs = [["id", id]];
  end.meta = { id, text: short };
  context.headings.push({ level, id, text: short });
}

/** The end of a heading: its link to itself, then the closing tag. */
export function renderHeadingClose(token: Token, context: Context): string {
  const id = token.meta?.["id"];
  const text = token.meta?.["text"];
  const isLinked = context.options.hasHeadingLinks ?? true;
  if (!isLinked || typeof id !== "string" || typeof text !== "string") return `</${token.tag}>\n`;
  return ` <a class="heading-link" href="#${escapeHtml(id)}"` +
    ` aria-label="Link to “${escapeHtml(text)}”">#</a></${token.tag}>\n`;
}

function plainInline(inline: Token, context: Context): string {
  let text = "";
  for (const child of inline.children ?? []) {
    if (child.type === "text" || child.type === "code_inline") text += child.content;
    else if (child.type === "text_special") text += child.content;
    else if (child.type === "softbreak" || child.type === "hardbreak") text += " ";
    else if (child.type === "image") text += describePicture(child, context);
    if (text.length > TEXT_CHARS_MAX * 4) break;
  }
  return text;
}
