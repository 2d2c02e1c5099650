// Plain text out of Markdown without rendering it: for summaries, search and counting.
import { cleanText } from "./escape.ts";

const WORDS_A_MINUTE = 230;
const CJK_A_MINUTE = 450;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’_-]*/gu;
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** The words of a Markdown text; code blocks, pictures' addresses and marks are left out. */
export function plainText(markdown: string): string {
  const lines: string[] = [];
  let fence = "";
  for (const line of cleanText(markdown).replace(/<!--[\s\S]*?-->/g, "").split("\n")) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== "") {
      if (mark && mark.startsWith(fence) && line.trim() === mark) fence = "";
      continue;
    }
    if (mark) {
      fence = mark;
      lines.push("");
      continue;
    }
    lines.push(plainLine(line));
  }
  return lines.join("\n").replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** The opening of a Markdown text: at most `length` graphemes of one paragraph of plain text, cut on a word border with "…". */
export function excerpt(markdown: string, length: number): string {
  const text = plainText(markdown.slice(0, length * 8 + 4_000)).replace(/\s+/g, " ");
  if (text.length <= length) return text;
  let count = 0;
  let end = text.length;
  for (const { index } of graphemes.segment(text.slice(0, length * 16))) {
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

function plainLine(line: string): string {
  if (/^\s{0,3}(?:[-*_]\s*){3,}$/.test(line) || /^\s{0,3}\[[^\]]{1,300}\]:\s/.test(line)) return "";
  if (/^[\s|:-]+$/.test(line) && line.includes("-")) return "";
  return line
    .replace(/^(?:\s{0,3}>\s?)+/, "")
    .replace(/^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s)?/, "")
    .replace(/^\s{0,3}#{1,6}\s+|\s+#+\s*$/g, "")
    .replace(/!\[([^\]\n]{0,1000})\]\([^)\n]{0,2000}\)/g, "$1")
    .replace(/\[\^[^\]\s]{1,100}\]:?/g, "")
    .replace(/\[([^\[\]\n]{0,1000})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,300}\])/g, "$1")
    .replace(/<(https?:\/\/[^>\s]{1,2000})>/g, "$1")
    .replace(/<\/?[a-z][^<>\n]{0,1000}>/gi, "")
    .replace(/(`{1,3})([^`\n]{1,1000})\1/g, "$2")
    .replace(/(\*{1,3}|~~|(?<![\p{L}\p{N}])_{1,3})(?=\S)([^*_~\n]{1,1000}?)\1/gu, "$2")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/\|/g, " ")
    .trim();
}
