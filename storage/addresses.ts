/** Addresses of pieces without their words: for the sitemap, which names all of them. @module */
import type { Database } from "./database.ts";

/** Where a piece lives and when it last changed. */
export type PieceAddress = Readonly<{
  /** What it is. */
  kind: "post" | "article";
  /** Position of the first entry in the log. */
  index: number;
  /** "" for posts. */
  slug: string;
  /** Date of the newest revision, else of publication, Unix milliseconds. */
  changedAtMs: number;
}>;

/** Addresses in one part at most. */
export const ADDRESSES_MAX = 10_000;

/**
 * Lists one part of a log's addresses, without pages, the oldest first, so that parts stay as they are when pieces are added. `part`
 * counts from 0; empty behind the end. Costs one walk over an index up to the part.
 */
export function listAddresses(db: Database, log: number, part: number): PieceAddress[] {
  const start = db.prepare(
    "select id from pieces where log = ? and is_page = 0 order by id limit 1 offset ?",
  ).get(log, part * ADDRESSES_MAX) as { id: number } | undefined;
  if (start === undefined) return [];
  return db.prepare(
    `select kind, n as "index", slug, coalesce(revised_at_ms, published_at_ms) as changedAtMs
     from pieces where log = ? and is_page = 0 and id >= ? order by id limit ?`,
  ).all(log, start.id, ADDRESSES_MAX) as PieceAddress[];
}
