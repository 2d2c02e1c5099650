/** Marks the words that somebody searched for, whatever their case and accents. @module */
import { type Content, html } from "./html.ts";

const WORDS_MAX = 16;

type Span = Readonly<{ from: number; to: number }>;

/** The words of a query that are worth marking. */
export function wordsOf(query: string): string[] {
  const words = query.replace(/(^|\s)-\S+/gu, " ").match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => fold(word)))].filter(Boolean).slice(0, WORDS_MAX);
}

/** Says whether a text has one of the words. */
export function hasWords(text: string, words: readonly string[]): boolean {
  return findSpans(text, words).length > 0;
}

/** The text with every place of the words marked. */
export function markWords(text: string, words: readonly string[]): Content[] {
  const parts: Content[] = [];
  let done = 0;
  for (const { from, to } of findSpans(text, words)) {
    parts.push(text.slice(done, from), html`<mark>${text.slice(from, to)}</mark>`);
    done = to;
  }
  parts.push(text.slice(done));
  return parts;
}

/** The part of a text around the first of the words, cut between words. */
export function passageAround(text: string, words: readonly string[], chars: number): string {
  if (text.length <= chars) return text;
  const [first] = findSpans(text, words);
  const middle = first?.from ?? 0;
  let from = Math.max(0, Math.min(middle - Math.floor(chars / 3), text.length - chars));
  let to = Math.min(text.length, from + chars);
  if (from > 0) from = nextSpace(text, from, middle);
  if (to < text.length) to = lastSpace(text, to, first?.to ?? from);
  const start = from > 0 ? "…" : "";
  const end = to < text.length ? "…" : "";
  return start + text.slice(from, to).trim().toWellFormed() + end;
}

/** Words begin where letters do; what the search finds by its beginning is marked as far as it was typed. */
function findSpans(text: string, words: readonly string[]): Span[] {
  if (words.length === 0) return [];
  const spans: Span[] = [];
  for (const match of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    const folded = fold(match[0]);
    const isWord = words.some((word) =>
      folded === word || hasNoSpaces(word) && folded.includes(word)
    );
    if (isWord) spans.push({ from: match.index, to: match.index + match[0].length });
  }
  return spans;
}

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Scripts that write words without spaces between them. */
function hasNoSpaces(word: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word);
}

function nextSpace(text: string, from: number, atMost: number): number {
  const space = text.indexOf(" ", from);
  return space >= 0 && space < atMost ? space + 1 : from;
}

function lastSpace(text: string, to: number, atLeast: number): number {
  const space = text.lastIndexOf(" ", to);
  return space > atLeast ? space : to;
}
