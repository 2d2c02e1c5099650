// Plain text out of Markdown without rendering it: for summaries, search and counting.
import { cleanText } from "./escape.ts";
import { segmentGraphemes } from "./graphemes.ts";

const SOURCE_CHARS_MAX = 512 * 1024;
const WORDS_A_MINUTE = 230;
const CJK_A_MINUTE = 450;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’_-]*/gu;

/** The words of a Markdown text; code blocks, pictures' addresses and marks are left out. Line ends stay. */
export function plainText(markdown: string): string {
  return joinLines(readLines(markdown).map(plainLine));
}

/** The same without headings, which would run into the sentence after them; with them where there is nothing else. */
export function plainProse(markdown: string): string {
  const lines = readLines(markdown);
  return joinLines(dropHeadings(lines).map(plainLine)) || joinLines(lines.map(plainLine));
}

/** The opening of a Markdown text: at most `length` graphemes of one paragraph of plain text, cut on a word border with "…". */
export function excerpt(markdown: string, length: number): string {
  const text = plainProse(markdown.slice(0, length * 8 + 4_000)).replace(/\s+/g, " ");
  if (text.length <= length) return text;
  let count = 0;
  let end = text.length;
  for (const { index } of segmentGraphemes(text.slice(0, length * 16))) {
    if (count++ === length) {
      end = index;
      break;
    }
  }
  if (end >= text.length) return text;
  const cut = text.slice(0, end);
  const border = text[end] === " " ? end : cut.lastIndexOf(" ");
  const whole = border > end / 2 ? cut.slice(0, border) : cut;
  return `${whole.replace(/[\s.,;:–—-]+$/u, "")}…`;
}

/** Words of a Markdown text; each character of Chinese, Japanese and Korean counts as one. */
export function countWords(markdown: string): number {
  const text = plainText(markdown);
  const ideographs = text.match(CJK)?.length ?? 0;
  return ideographs + (text.replace(CJK, " ").match(WORD)?.length ?? 0);
}

/** Whole minutes, at least one. `language` is a BCP 47 tag. */
export function readingMinutes(words: number, language: string): number {
  const pace = /^(?:zh|ja|ko)\b/i.test(language) ? CJK_A_MINUTE : WORDS_A_MINUTE;
  return Math.max(1, Math.round(words / pace));
}

/** The lines outside code blocks and comments. */
function readLines(markdown: string): string[] {
  const lines: string[] = [];
  let fence = "";
  for (const line of dropComments(cleanText(markdown.slice(0, SOURCE_CHARS_MAX))).split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === "" && mark) fence = mark;
    else if (fence === "") lines.push(line);
    else if (mark?.startsWith(fence) && line.trim() === mark) fence = "";
  }
  return lines;
}

function joinLines(lines: readonly string[]): string {
  return lines.join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** Without lines that begin with # and paragraphs that are underlined with = or -. */
function dropHeadings(lines: readonly string[]): string[] {
  const kept: string[] = [];
  // Where the paragraph that is being read begins in `kept`.
  let start = 0;
  for (const line of lines) {
    if (/^ {0,3}(?:=+|-+)\s*$/.test(line) && start < kept.length) {
      kept.length = start;
    } else if (/^ {0,3}#{1,6}(?:\s|$)/.test(line) || line.trim() === "") {
      kept.push("");
      start = kept.length;
    } else {
      kept.push(line);
      if (/^ {0,3}(?:[-*+>|]|\d{1,9}[.)]\s)/.test(line)) start = kept.length;
    }
  }
  return kept;
}

function dropComments(text: string): string {
  let kept = "";
  let done = 0;
  for (let at = text.indexOf("<!--"); at >= 0; at = text.indexOf("<!--", done)) {
    const end = text.indexOf("-->", at + 4);
    if (end < 0) break;
    kept += text.slice(done, at);
    done = end + 3;
  }
  return kept + text.slice(done);
}

// Runs of white space go first and every other run has a bound, so that no line takes time beyond its length.
function plainLine(line: string): string {
  const text = line.replace(/\s+/g, " ").trim();
  if (text === "" || /^(?:[-*_=] ?){3,}$/.test(text) || /^[ |:-]+$/.test(text)) return "";
  if (/^\[[^\]]{1,200}\]: /.test(text) && !text.startsWith("[^")) return "";
  return text
    .replace(/^(?:> ?)+/, "")
    .replace(/^(?:[-*+]|\d{1,9}[.)]) (?:\[[ xX]\] )?/, "")
    .replace(/^#{1,6} | #{1,6}$/g, "")
    .replace(/!\[([^\[\]]{0,300})\]\([^()]{0,300}\)/g, "$1")
    .replace(/\[\^[^\[\]\s]{1,100}\]:?/g, "")
    .replace(
      /\[([^\[\]]{0,300})\](?:\([^()]{0,300}(?:\([^()]{0,100}\)[^()]{0,100})?\)|\[[^\[\]]{0,300}\])/g,
      "$1",
    )
    .replace(/<(https?:\/\/[^<>\s]{1,300})>/g, "$1")
    .replace(/<\/?[a-z][^<>]{0,300}>/gi, "")
    .replace(/(?<!\\)`{1,3}/g, "")
    .replace(
      /(?<![^\s\p{P}])(?<!\\)(?:[*_]{1,3}|~~)(?=\S)|(?<=[^\s\\])(?:[*_]{1,3}|~~)(?![^\s\p{P}])/gu,
      "",
    )
    .replace(/\\([!-\/:-@[-`{-~])/g, "$1")
    .replace(/ ?\| ?/g, " ")
    .trim();
}
