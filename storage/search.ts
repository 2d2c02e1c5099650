/** Full-text search over pieces, kept in step by the transaction that changes a piece; newest first. @module */
import { toHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";
import { type Piece, type PieceRow, PIECES, toPiece } from "./piece_rows.ts";
import { PIECES_MAX } from "./pieces.ts";
import { makeSearchText, readSearch } from "./search_text.ts";
import { makeTagKey } from "./tags.ts";

/** What to look for, and where. */
export type SearchQuery = Readonly<{
  /** Local number of the log. */
  log: number;
  /** As a person typed it; any text is safe. */
  query: string;
  /** Posts or articles only. */
  kind?: "post" | "article" | undefined;
  /** Only pieces older than this one (its `id`). */
  before?: number | undefined;
  /** At most this many, and at most 1,000. */
  limit: number;
}>;

/**
 * Lists the pieces, pages among them, that hold every word of the query, the newest first: "phrases", -word and tag:name
 * work, the rest is literal. Empty for a query without a word. An article's text is only its opening.
 */
export function searchPieces(db: Database, search: SearchQuery): Piece[] {
  const question = readSearch(search.query);
  if (question === undefined) return [];
  const { log, kind, before } = search;
  const scope = [makeScope(log, kind), ...question.tags.map(makeTagScope)].join(" AND ");
  const match = `(scope : (${scope})) ${question.match}`;
  const rows = db.prepare(
    `${PIECES} from piece_search s cross join pieces p on p.id = s.rowid
     cross join capsules c on c.log = p.log
     where piece_search match ? and s.rowid < ? order by s.rowid desc limit ?`,
  ).all(match, before ?? Number.MAX_SAFE_INTEGER, Math.min(search.limit, PIECES_MAX)) as PieceRow[];
  return rows.map(toPiece);
}

/** The word that every piece of a log, or of one kind in it, has in the index's scope column. */
export function makeScope(log: number, kind?: "post" | "article"): string {
  return `l${log}${kind ?? ""}`;
}

/** One word for a tag, whatever characters it has. */
function makeTagScope(tag: string): string {
  return `t${toHex(new TextEncoder().encode(makeTagKey(tag)))}`;
}

/** What is indexed of a piece. */
export type SearchEntry = Readonly<{
  /** The piece's id. */
  id: number;
  /** Local number of the log. */
  log: number;
  /** What it is. */
  kind: "post" | "article";
  /** "" for posts. */
  title: string;
  /** Summary and whole text. */
  body: string;
  /** As written. */
  tags: readonly string[];
}>;

/** Adds a piece to the index; called by the projection. */
export function insertSearchEntry(db: Database, entry: SearchEntry): void {
  const { id, log, kind, title, body, tags } = entry;
  const scope = [makeScope(log), makeScope(log, kind), ...tags.map(makeTagScope)].join(" ");
  db.prepare("insert into piece_search (rowid, scope, title, body, tags) values (?, ?, ?, ?, ?)")
    .run(
      id,
      scope,
      makeSearchText(title),
      makeSearchText(body),
      makeSearchText(tags.join(" ")),
    );
}

/** Takes a piece out of the index; called by the projection. */
export function deleteSearchEntry(db: Database, id: number): void {
  db.prepare("delete from piece_search where rowid = ?").run(id);
}

/** FTS5 numbers the pages that list what was deleted from a segment from here on. */
const TOMBSTONE_PAGES = 1n << 53n;

/** True while the file of the index still holds words of pieces that were withdrawn or revised. */
export function hasDeletedWords(db: Database): boolean {
  return db.prepare("select 1 from piece_search_data where id >= ? limit 1")
    .get(TOMBSTONE_PAGES) !== undefined;
}

/**
 * Rewrites about `pages` pages of the index, so that the words of deleted pieces leave the file. Goes on with what an earlier
 * call began, and begins with the whole index otherwise; several calls are needed until `hasDeletedWords` is false.
 */
export function updateSearchMerged(db: Database, pages: number): void {
  if (!merge(db, pages)) merge(db, -pages);
}

/** Makes one part of many small ones in the index, about `pages` pages at a time; false when there was nothing to do. */
export function updateSearchTidied(db: Database, pages: number): boolean {
  return merge(db, pages);
}

/** A negative number begins a merge of the whole index, a positive one goes on; false when there was nothing to do. */
function merge(db: Database, pages: number): boolean {
  const total = () => (db.prepare("select total_changes() as n").get() as { n: number }).n;
  const before = total();
  db.prepare("insert into piece_search (piece_search, rank) values ('merge', ?)").run(pages);
  // SQLite's documentation: fewer than two changed rows means that there was nothing to merge.
  return total() - before >= 2;
}
