/** Where a Markdown text is text and not code, and where a link's target ends. @module */

// Every way through a line is one way: what may repeat never begins as what it follows ends.
const FENCE = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)]))*[ \t]*(`{3,}(?=[^`\n]*$)|~{3,})/;
/** Parentheses inside each other in a target. */
const PARENTHESES_MAX = 32;
const LIST_ITEM = /^[ \t>]*(?:[-*+]|\d{1,9}[.)]|\[\^[^\]]+\]:)[ \t]/;

/** The stretches `[from, to)` of a text that are no code block, whole lines each, in order. */
export function findText(text: string): [number, number][] {
  const ranges: [number, number][] = [];
  let from = -1;
  let fence = "";
  let isList = false;
  let wasBlank = true;
  let isIndentedCode = false;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? next : newline);
    const isBlank = line.trim() === "";
    const mark = /`{3}|~{3}/.test(line) ? FENCE.exec(line)?.[1] ?? "" : "";
    let isCode = true;
    if (fence !== "") {
      if (mark.startsWith(fence) && line.replace(/^[\s>]*/, "").trim() === mark) fence = "";
    } else if (mark !== "") {
      fence = mark;
    } else {
      const isIndented = /^(?: {4}|\t)/.test(line);
      if (!isIndented && !isBlank) isList = LIST_ITEM.test(line) || (isList && !wasBlank);
      isIndentedCode = isIndented && !isList && (isIndentedCode || wasBlank);
      isCode = isIndentedCode;
    }
    wasBlank = isBlank;
    if (isCode && from >= 0) ranges.push([from, at]);
    from = isCode ? -1 : from < 0 ? at : from;
    at = next;
  }
  if (from >= 0) ranges.push([from, text.length]);
  return ranges;
}

/** A target in parentheses, read from behind "(" up to `limit`: the text, where it stands, and where the parenthesis has closed. */
export function readDestination(
  text: string,
  at: number,
  limit: number,
): { target: string; from: number; to: number; end: number } | undefined {
  let from = at;
  while (/[ \t\n]/.test(text[from] ?? "")) from += 1;
  let to = from;
  if (text[from] === "<") {
    to = text.indexOf(">", from) + 1;
    if (to === 0 || to > limit) return undefined;
  } else {
    let depth = 0;
    while (to < limit && to - from < 4_096 && !/\s/.test(text[to] ?? " ")) {
      if (text[to] === "\\") to += 1;
      else if (text[to] === "(" && ++depth > PARENTHESES_MAX) return undefined;
      else if (text[to] === ")" && depth-- === 0) break;
      to += 1;
    }
  }
  const rest = text.slice(to, Math.min(limit, to + 2_000));
  const tail = /^\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\))?\s*\)/.exec(rest);
  if (!tail) return undefined;
  const target = text.slice(from, to).replace(/^<|>$/g, "").replace(/\\([!-/:-@[-`{-~])/g, "$1");
  return { target, from, to, end: to + tail[0].length };
}
