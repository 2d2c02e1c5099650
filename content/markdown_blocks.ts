// Tables, task lists and code: markup that readers' programs and narrow screens can deal with.
import type { StateCore, Token } from "markdown-it";
import { escapeHtml } from "./escape.ts";
import { findLanguage, highlight } from "./highlighting.ts";
import { type Context, readAttribute } from "./markdown_context.ts";

/** Alignment by class in place of `style=`, and no header cell without words. */
export function settleTables(state: StateCore): void {
  for (let at = 0; at < state.tokens.length; at++) {
    const token = state.tokens[at];
    if (token?.type !== "th_open" && token?.type !== "td_open") continue;
    const align = /^text-align:(left|center|right)$/.exec(readAttribute(token, "style"))?.[1];
    token.attrs = align ? [["class", `align-${align}`]] : [];
    if (token.type !== "th_open") continue;
    const close = state.tokens[at + 2];
    if ((state.tokens[at + 1]?.content ?? "").trim() !== "") token.attrPush(["scope", "col"]);
    else if (close?.type === "th_close") token.tag = close.tag = "td";
  }
}

/** "- [x] done": a box that says its state. */
export function makeTasks(state: StateCore): void {
  for (let at = 2; at < state.tokens.length; at++) {
    const [item, paragraph, inline] = state.tokens.slice(at - 2, at + 1);
    if (item?.type !== "list_item_open" || paragraph?.type !== "paragraph_open") continue;
    const mark = /^\[([ xX])\](?:\s|$)/.exec(inline?.content ?? "")?.[1];
    const first = inline?.children?.[0];
    if (!mark || !inline?.children || first?.type !== "text") continue;
    if (!/^\[[ xX]\]/.test(first.content)) continue;
    first.content = first.content.slice(3);
    const box = new state.Token("task", "input", 0);
    box.meta = { isDone: mark !== " " };
    inline.children.unshift(box);
    item.attrJoin("class", "task");
  }
}

export function renderTask(token: Token): string {
  return token.meta?.["isDone"]
    ? `<input type="checkbox" disabled checked aria-label="Done">`
    : `<input type="checkbox" disabled aria-label="To do">`;
}

export function renderCode(token: Token, context: Context): string {
  const language = token.type === "fence" ? findLanguage(token.info) : undefined;
  const code = token.content.split("\n").map((line) => line.trimEnd()).join("\n").trimEnd();
  let html: string | undefined;
  if (language && code.length <= context.highlightable) {
    html = highlight(code, language);
    context.highlightable -= code.length;
  }
  const name = language ? ` class="language-${language}"` : "";
  // Without the focus a keyboard cannot scroll a long line.
  return `<pre tabindex="0"><code${name}>${html ?? escapeHtml(code)}\n</code></pre>\n`;
}

export const tableOpen =
  `<div class="table" role="group" tabindex="0" aria-label="Table"><table>\n`;
export const tableClose = "</table></div>\n";
