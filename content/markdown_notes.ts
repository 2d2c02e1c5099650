// Footnotes: the plugin reads them; here they are collected at the end and given names that stay unique on a page.
import type { StateCore, Token } from "markdown-it";
import type { Context } from "./markdown_context.ts";

type Note = { label?: string; tokens?: Token[]; content?: string };
type Notes = { list?: Note[] };

/**
 * Moves the notes that are referred to behind the text. Replaces the plugin's own step, which copies all tokens once
 * for each note and so takes minutes for a text of nothing but notes.
 */
export function collectNotes(state: StateCore): void {
  const notes = state.env["footnotes"] as Notes | undefined;
  if (!notes) return;
  const { rest, definitions } = splitDefinitions(state.tokens);
  state.tokens = rest;
  if (!notes.list || notes.list.length === 0) return;
  const push = (type: string, nesting: 1 | 0 | -1, meta: Record<string, unknown> | null = null) => {
    const token = new state.Token(type, "", nesting);
    token.meta = meta;
    rest.push(token);
  };
  const bodies = notes.list.map((note) =>
    note.tokens ? makeParagraph(state, note) : definitions.get(note.label ?? "") ?? []
  );
  const counts = countReferences([rest, ...bodies]);
  push("footnote_block_open", 1);
  bodies.forEach((body, id) => {
    push("footnote_open", 1, { id });
    for (const token of body) rest.push(token);
    const last = rest.at(-1)?.type === "paragraph_close" ? rest.pop() : undefined;
    const count = counts.get(id) ?? 0;
    for (let subId = 0; subId < count; subId++) push("footnote_anchor", 0, { id, subId, count });
    if (last) rest.push(last);
    push("footnote_close", -1);
  });
  push("footnote_block_close", -1);
}

/** Numbers the references to each note as they are shown; the plugin also counts those that are not. */
function countReferences(texts: readonly (readonly Token[])[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const token of texts.flat().flatMap(({ children }) => children ?? [])) {
    if (token.type !== "footnote_ref") continue;
    const id = Number(token.meta?.["id"] ?? 0);
    const subId = counts.get(id) ?? 0;
    counts.set(id, subId + 1);
    token.meta = { ...token.meta, subId };
  }
  return counts;
}

export function renderNoteReference(token: Token, context: Context): string {
  const number = noteNumber(token);
  const id = referenceId(token, context);
  if (token.meta?.["isInLink"]) return `<sup id="${id}">${number}</sup>`;
  return `<sup class="footnote-ref"><a href="#${context.prefix}-fn-${number}" id="${id}"` +
    ` aria-label="Note ${number}">${number}</a></sup>`;
}

export function renderNoteOpen(token: Token, context: Context): string {
  return `<li id="${context.prefix}-fn-${noteNumber(token)}">`;
}

export function renderNoteAnchor(token: Token, context: Context): string {
  const number = noteNumber(token);
  const which = Number(token.meta?.["subId"] ?? 0) + 1;
  const place = Number(token.meta?.["count"] ?? 1) > 1 ? `, place ${which}` : "";
  // U+FE0E keeps the arrow from becoming a coloured picture.
  return ` <a class="footnote-backref" href="#${referenceId(token, context)}"` +
    ` aria-label="Back to note ${number} in the text${place}">\u21a9\uFE0E</a>`;
}

function noteNumber(token: Token): number {
  return Number(token.meta?.["id"] ?? 0) + 1;
}

function referenceId(token: Token, context: Context): string {
  const which = Number(token.meta?.["subId"] ?? 0);
  return `${context.prefix}-fnref-${noteNumber(token)}${which > 0 ? `-${which + 1}` : ""}`;
}

function makeParagraph(state: StateCore, note: Note): Token[] {
  const open = new state.Token("paragraph_open", "p", 1);
  const inline = new state.Token("inline", "", 0);
  const close = new state.Token("paragraph_close", "p", -1);
  open.block = close.block = true;
  inline.children = note.tokens ?? [];
  inline.content = note.content ?? "";
  return [open, inline, close];
}

function splitDefinitions(tokens: readonly Token[]) {
  const rest: Token[] = [];
  const definitions = new Map<string, Token[]>();
  const open: Token[][] = [];
  for (const token of tokens) {
    if (token.type === "footnote_reference_open") {
      const body: Token[] = [];
      definitions.set(String(token.meta?.["label"]), body);
      open.push(body);
    } else if (token.type === "footnote_reference_close") open.pop();
    else (open.at(-1) ?? rest).push(token);
  }
  return { rest, definitions };
}
