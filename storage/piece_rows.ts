/** The row of a piece and the value that pages see. @module */
import type { Picture, Reference, Reply } from "../mesh/protocol/content.ts";
import { toHex } from "../mesh/protocol/hex.ts";
import { findContent } from "./contents.ts";
import type { Database } from "./database.ts";
import { checkStored, decodeStoredContent, parseStored } from "./stored_values.ts";

export type { Picture, Reference, Reply };

/** A post or article as shown: its newest revision. */
export type Piece = Readonly<{
  /** Order by time over all logs, the newest is the largest; the cursor of lists. */
  id: number;
  /** Local number of the log. */
  log: number;
  /** The author's capsule id. */
  capsuleId: string;
  /** Position of the first entry in the log. */
  index: number;
  /** Hash of that entry, 64 hex digits: the stable id everywhere. */
  hash: string;
  /** What it is. */
  kind: "post" | "article";
  /** The signed date, Unix milliseconds. */
  publishedAtMs: number;
  /** Date of the newest revision, Unix milliseconds; undefined when it was never revised. */
  revisedAtMs: number | undefined;
  /** How many revisions are shown. */
  revisions: number;
  /** BCP 47 tag. */
  language: string;
  /** Tags as written. */
  tags: string[];
  /** A post's text or an article's Markdown; in lists an article's opening (at most 2,000 characters). */
  text: string;
  /** A post's pictures, or those an article's Markdown names. */
  pictures: Picture[];
  /** Names of several authors; empty when it is the owner alone. */
  authors: string[];
  /** "" for posts. */
  title: string;
  /** "" for posts. Unique in the log for ever. */
  slug: string;
  /** "" for posts and where there is none. */
  summary: string;
  /** Picture at the top; undefined for posts. */
  cover: Picture | undefined;
  /** True for an article that stands outside the lists. */
  isPage: boolean;
  /** How many words the text has. */
  words: number;
  /** What it answers. */
  reply: Reply | undefined;
  /** What it quotes. */
  quote: Reference | undefined;
}>;

/** An article's opening in lists, in UTF-16 code units. */
export const OPENING_CHARACTERS = 2_000;

/** Select list of `toPiece`; the tables are pieces p and capsules c. */
export const PIECES = `select p.id, p.log, c.id as capsuleId, p.n as "index", p.hash, p.kind,
  p.published_at_ms as publishedAtMs, p.revised_at_ms as revisedAtMs, p.revisions,
  p.text_n as textIndex, p.language, p.tags, p.text, p.pictures, p.authors, p.title, p.slug,
  p.summary, p.cover, p.is_page as isPage, p.words, p.reply, p.quote`;

/** One row of PIECES. */
export type PieceRow =
  & Omit<
    Piece,
    | "hash"
    | "revisedAtMs"
    | "tags"
    | "pictures"
    | "authors"
    | "cover"
    | "isPage"
    | "reply"
    | "quote"
  >
  & Readonly<{
    hash: Uint8Array;
    revisedAtMs: number | null;
    /** The entry that holds the newest text. */
    textIndex: number;
    tags: string;
    pictures: string;
    authors: string;
    cover: string | null;
    isPage: number;
    reply: string | null;
    quote: string | null;
  }>;

/** Makes the value of a row, with the text the row has. */
export function toPiece(row: PieceRow): Piece {
  checkStored(row.hash, row.kind, row.publishedAtMs, row.language, row.tags, row.text);
  checkStored(row.pictures, row.authors, row.title, row.slug, row.summary, row.words);
  return {
    id: row.id,
    log: row.log,
    capsuleId: row.capsuleId,
    index: row.index,
    hash: toHex(row.hash),
    kind: row.kind,
    publishedAtMs: row.publishedAtMs,
    revisedAtMs: row.revisedAtMs ?? undefined,
    revisions: row.revisions,
    language: row.language,
    tags: row.tags === "[]" ? [] : parseStored(row.tags),
    text: row.text,
    pictures: row.pictures === "[]" ? [] : parseStored(row.pictures),
    authors: row.authors === "[]" ? [] : parseStored(row.authors),
    title: row.title,
    slug: row.slug,
    summary: row.summary,
    cover: row.cover === null ? undefined : parseStored(row.cover),
    isPage: row.isPage === 1,
    words: row.words,
    reply: row.reply === null ? undefined : parseStored(row.reply),
    quote: row.quote === null ? undefined : parseStored(row.quote),
  };
}

/** Makes the value of a row with its whole text, which for a long article is read from its content. */
export function toWholePiece(db: Database, row: PieceRow): Piece {
  const piece = toPiece(row);
  // A shorter text was not cut.
  if (row.kind === "post" || row.text.length < OPENING_CHARACTERS - 1) return piece;
  return { ...piece, text: findMarkdown(db, row) ?? piece.text };
}

function findMarkdown(db: Database, row: PieceRow): string | undefined {
  const found = findContent(db, row.log, row.textIndex);
  if (found.state !== "held") return undefined;
  const kind = row.textIndex === row.index ? "article" : "revise";
  const content = decodeStoredContent(found.bytes, kind);
  return content !== undefined && "markdown" in content ? content.markdown : undefined;
}

/** The first characters of a text, never half a surrogate pair. */
export function makeOpening(text: string): string {
  if (text.length <= OPENING_CHARACTERS) return text;
  const opening = text.slice(0, OPENING_CHARACTERS);
  return opening.isWellFormed() ? opening : opening.slice(0, -1);
}
