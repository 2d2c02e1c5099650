/** What the search index sees of a text, and how what people type becomes a question to it. @module */
import { makeTagKey } from "./tags.ts";

// Written without spaces: each character becomes a word, and a run of them is looked for as a phrase.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
const BLOB_LINK = /\(blob:[0-9a-f]{64}\)/g;

/** Terms in one question at most; the rest is left out. */
const TERMS_MAX = 16;
/** Characters of a question that are read. */
export const QUERY_CHARACTERS_MAX = 400;

const ASCII = /^[\0-\x7f]*$/;

/** Makes a text ready for the index. */
export function makeSearchText(text: string): string {
  const linked = text.includes("(blob:") ? text.replace(BLOB_LINK, " ") : text;
  // Most texts, and a fast question.
  return ASCII.test(linked) ? linked : linked.replace(UNSPACED, " $& ");
}

/** A question that is safe to ask. */
export type SearchQuestion = Readonly<{
  /** The part of an FTS5 expression behind the scope: "AND …", "NOT …", or "" when nothing but tags was typed. */
  match: string;
  /** Keys of tags that a piece must have. */
  tags: string[];
}>;

/**
 * Reads what a person typed: words (all must be there), "phrases", -word and -"phrase" (must not), tag:name. Everything
 * else is taken literally. Undefined when there is nothing to look for.
 */
export function readSearch(query: string): SearchQuestion | undefined {
  const terms = query.slice(0, QUERY_CHARACTERS_MAX).toWellFormed().replaceAll("\0", " ")
    .matchAll(/(-?)(?:"([^"]*)"?|(\S+))/gu);
  const wanted: string[] = [];
  const unwanted: string[] = [];
  const tags: string[] = [];
  for (const [, minus, phrase, word = ""] of terms) {
    if (wanted.length + unwanted.length + tags.length >= TERMS_MAX) break;
    const tag = minus === "" && word.match(/^tag:#?(.+)$/iu)?.[1];
    if (tag) {
      tags.push(makeTagKey(tag));
      continue;
    }
    const text = makeSearchText(phrase ?? word.replaceAll('"', " "));
    // A phrase without a letter or digit matches nothing in the index and would empty the answer.
    if (!/[\p{L}\p{N}\p{Co}]/u.test(text)) continue;
    (minus === "-" ? unwanted : wanted).push(`"${text.replaceAll('"', '""')}"`);
  }
  if (wanted.length + unwanted.length + tags.length === 0) return undefined;
  return { match: makeMatch(wanted, unwanted), tags };
}

/** FTS5's NOT needs a left side: the scope is one. */
function makeMatch(wanted: string[], unwanted: string[]): string {
  const columns = "{title body tags} :";
  const positive = wanted.map((term) => `AND (${columns} ${term})`).join(" ");
  const negative = unwanted.map((term) => `(${columns} ${term})`).join(" OR ");
  return negative === "" ? positive : `${positive} NOT (${negative})`;
}
