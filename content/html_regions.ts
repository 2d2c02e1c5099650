// Where a Markdown text holds HTML. Blocks between a tag and its end belong to it, as browsers see it.
import type { Token } from "markdown-it";
import { findTags } from "./html_inline.ts";

const CONTAINER =
  /^(?:div|details|table|blockquote|section|article|aside|figure|ul|ol|dl|noscript|picture|center|pre)$/;

/** Lines `from` to before `to`; either whole blocks of HTML or one paragraph with tags between its words. */
export type Region = Readonly<{ from: number; to: number; isHtml: boolean }>;

/** Regions of lines that hold HTML, in order: blocks with all that stands up to their end tag, and single paragraphs. */
export function findRegions(tokens: readonly Token[]): Region[] {
  const blocks = splitTop(tokens);
  const regions: Region[] = [];
  for (let at = 0; at < blocks.length; at++) {
    const block = blocks[at];
    if (!block) continue;
    if (!block.some(({ type }) => type === "html_block")) {
      for (const inline of block) {
        const hasHtml = inline.children?.some(({ type }) => type === "html_inline");
        if (hasHtml && inline.map) {
          regions.push({ from: inline.map[0], to: inline.map[1], isHtml: false });
        }
      }
      continue;
    }
    let depth = countOpen(block);
    let last = at;
    while (depth > 0 && last + 1 < blocks.length) depth += countOpen(blocks[++last] ?? []);
    // An end that never comes: only the block itself.
    if (depth > 0) last = at;
    const from = firstLine(block);
    const to = Math.max(...blocks.slice(at, last + 1).map(lastLine));
    regions.push({ from, to, isHtml: true });
    at = last;
  }
  return regions;
}

function splitTop(tokens: readonly Token[]): Token[][] {
  const blocks: Token[][] = [];
  let block: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    block.push(token);
    depth += token.nesting;
    if (depth > 0) continue;
    blocks.push(block);
    block = [];
  }
  return blocks;
}

function countOpen(block: readonly Token[]): number {
  let depth = 0;
  for (const token of block) {
    const parts = token.type === "html_block" ? [token] : token.children ?? [];
    for (const { type, content } of parts) {
      if (type !== "html_block" && type !== "html_inline") continue;
      for (const { name, isEnd, isEmpty } of findTags(content)) {
        if (CONTAINER.test(name) && !isEmpty) depth += isEnd ? -1 : 1;
      }
    }
  }
  return depth;
}

function firstLine(block: readonly Token[]): number {
  return Math.min(...block.flatMap(({ map }) => map ? [map[0]] : []));
}

function lastLine(block: readonly Token[]): number {
  return Math.max(0, ...block.flatMap(({ map }) => map ? [map[1]] : []));
}
