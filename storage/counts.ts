/** How many pieces a log shows, kept as counters. @module */
import { findIdRange } from "./archive.ts";
import type { Database } from "./database.ts";
import { idMs } from "./piece_ids.ts";
import type { PieceFilter } from "./pieces.ts";
import { findSettings } from "./settings.ts";
import { makeTagKey } from "./tags.ts";
import { findMonth } from "./time_zone.ts";

/** Where a piece stands: among the posts, among the articles, or as a page outside the lists. */
export type Shelf = "post" | "article" | "page";

/** Counts a log's posts, articles or pages; without a shelf, posts and articles together. */
export function countPieces(db: Database, log: number, shelf?: Shelf): number {
  const rows = db.prepare("select shelf, pieces from piece_counts where log = ?").all(log) as {
    shelf: Shelf;
    pieces: number;
  }[];
  let count = 0;
  for (const row of rows) {
    if (shelf === undefined ? row.shelf !== "page" : row.shelf === shelf) count += row.pieces;
  }
  return count;
}

/**
 * Counts the pieces of a list that are older than a cursor (an `id`). Whole months are taken from the archive's counters, so
 * that it costs the pieces of one month; with a tag, those that have it.
 */
export function countOlder(
  db: Database,
  { log, kind, tag }: Pick<PieceFilter, "log" | "kind" | "tag">,
  before: number,
): number {
  const count = (sql: string, ...values: (string | number | null)[]) =>
    (db.prepare(sql).get(...values) as { n: number }).n;
  const kinds = kind === undefined ? ["post", "article"] : [kind];
  if (tag !== undefined) {
    const tagged =
      "select count(*) as n from piece_tags where log = ? and tag = ? and kind = ? and id < ?";
    return kinds.reduce((n, one) => n + count(tagged, log, makeTagKey(tag), one, before), 0);
  }
  const { timeZone } = findSettings(db);
  const { year, month } = findMonth(timeZone, idMs(before));
  const { from } = findIdRange(timeZone, year, month);
  const kept = count(
    `select coalesce(sum(pieces), 0) as n from archive
     where log = ? and (year, month) < (?, ?) and kind = coalesce(?, kind)`,
    ...[log, year, month, kind ?? null],
  );
  const inMonth = `select count(*) as n from pieces
    where log = ? and kind = ? and is_page = 0 and id >= ? and id < ?`;
  return kinds.reduce((n, one) => n + count(inMonth, log, one, from, before), kept);
}

/** Adds pieces to a count, or takes them away; called by the projection. */
export function updatePieceCount(db: Database, log: number, shelf: Shelf, change: number): void {
  const { changes } = db.prepare(
    "update piece_counts set pieces = pieces + ? where log = ? and shelf = ?",
  ).run(change, log, shelf);
  if (changes === 1 || change === 0) return;
  db.prepare("insert into piece_counts (log, shelf, pieces) values (?, ?, ?)")
    .run(log, shelf, change);
}
