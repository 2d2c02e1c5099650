/** How many pieces a log shows, kept as counters. @module */
import type { Database } from "./database.ts";

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

/** Adds or takes away one piece; called by the projection. */
export function updatePieceCount(db: Database, log: number, shelf: Shelf, change: 1 | -1): void {
  const { changes } = db.prepare(
    "update piece_counts set pieces = pieces + ? where log = ? and shelf = ?",
  ).run(change, log, shelf);
  if (changes === 1) return;
  db.prepare("insert into piece_counts (log, shelf, pieces) values (?, ?, ?)")
    .run(log, shelf, change);
}
