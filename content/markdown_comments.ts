// HTML comments are remarks of the author to themselves: they are dropped, other HTML is shown as text.
import type { StateBlock, StateInline } from "markdown-it";

const OPEN = "<!--";
const CLOSE = "-->";
// Texts in which no comment ends from a position on: each search runs once, not once for every "<!--".
const endless = new WeakMap<object, number>();

/** A block that begins with "<!--" and ends on the line of "-->". Without an end it is text. */
export function skipCommentBlock(
  state: StateBlock,
  startLine: number,
  endLine: number,
  isSilent: boolean,
): boolean {
  const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  if (!state.src.startsWith(OPEN, start)) return false;
  const end = findEnd(state, start);
  if (end < 0) return false;
  let line = startLine;
  while (line < endLine && (state.eMarks[line] ?? 0) < end) line++;
  if (line >= endLine) return false;
  // Words behind the comment on its last line are a paragraph that the inline rule cleans.
  if (state.src.slice(end, state.eMarks[line]).trim() !== "") return false;
  if (!isSilent) state.line = line + 1;
  return true;
}

/** A comment between words. */
export function skipInlineComment(state: StateInline, _isSilent: boolean): boolean {
  if (!state.src.startsWith(OPEN, state.pos)) return false;
  const end = findEnd(state, state.pos);
  if (end < 0 || end > state.posMax) return false;
  state.pos = end;
  return true;
}

function findEnd(state: StateBlock | StateInline, start: number): number {
  const from = endless.get(state) ?? Infinity;
  if (start >= from) return -1;
  const at = state.src.indexOf(CLOSE, start + OPEN.length);
  if (at < 0) endless.set(state, start);
  return at < 0 ? -1 : at + CLOSE.length;
}
