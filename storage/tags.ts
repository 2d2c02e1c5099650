/** Tags: which pieces have them and how many, kept as counters. @module */
import type { Database } from "./database.ts";
import { insertRows, type RowForm } from "./many_rows.ts";
import { parseStored } from "./stored_values.ts";

/** A tag with its count. */
export type TagCount = Readonly<{
  /** The key by which tags are compared: NFC, lower case. */
  tag: string;
  /** The spelling of the newest piece that has it. */
  label: string;
  /** Posts and articles that have it, without pages. */
  count: number;
}>;

type Row = Readonly<{ tag: string; count: number }>;

/** Lists a log's tags, the most frequent first. */
export function listTags(db: Database, log: number, limit: number): TagCount[] {
  const rows = db.prepare(
    "select tag, pieces as count from tags where log = ? order by pieces desc, tag limit ?",
  ).all(log, Math.min(limit, 10_000)) as Row[];
  return rows.map((row) => withLabel(db, log, row));
}

/** Finds one tag by any of its spellings; undefined when no shown piece has it. */
export function findTag(db: Database, log: number, tag: string): TagCount | undefined {
  const row = db.prepare("select tag, pieces as count from tags where log = ? and tag = ?")
    .get(log, makeTagKey(tag)) as Row | undefined;
  return row && withLabel(db, log, row);
}

/** Spelled as the newest piece that has it does: the same whatever the order in which pieces came. */
function withLabel(db: Database, log: number, { tag, count }: Row): TagCount {
  const newest = db.prepare(
    `select p.tags from pieces p where p.id = (select max(id) from (
       select max(id) as id from piece_tags where log = ? and tag = ? and kind = 'post' union all
       select max(id) from piece_tags where log = ? and tag = ? and kind = 'article'))`,
  ).get(log, tag, log, tag) as { tags: string } | undefined;
  const labels = newest === undefined ? [] : parseStored<string[]>(newest.tags);
  return { tag, label: labels.findLast((label) => makeTagKey(label) === tag) ?? tag, count };
}

/** The key by which two spellings of one tag are the same: the key of a key is itself. */
export function makeTagKey(tag: string): string {
  // Lower case can compose where upper case does not: J̌ is two characters, ǰ is one.
  return tag.normalize("NFC").toLowerCase().normalize("NFC");
}

/** The piece that has tags. */
export type TaggedPiece = Readonly<{
  /** Order by time. */
  id: number;
  /** Local number of the log. */
  log: number;
  /** Post or article. */
  kind: string;
}>;

/** A piece that was just inserted. */
export type NewTaggedPiece =
  & TaggedPiece
  & Readonly<{
    /** Its tags as written. */
    labels: readonly string[];
  }>;

const ROWS: RowForm = { into: "piece_tags (log, tag, kind, id)", row: "(?, ?, ?, ?)" };

/** Adds the tags of pieces that had none yet; answers their keys, each as often as it is to be counted. */
export function insertTagsOfNew(db: Database, pieces: readonly NewTaggedPiece[]): string[] {
  const rows = pieces.flatMap(({ id, log, kind, labels }) =>
    // The same tag in two spellings counts once.
    [...new Set(labels.map(makeTagKey))].map((tag) => ({ log, tag, kind, id }))
  );
  insertRows(db, ROWS, rows, ({ log, tag, kind, id }) => [log, tag, kind, id]);
  return rows.map(({ tag }) => tag);
}

/** Adds a piece's tags; answers the keys of those it did not have, which are to be counted. */
export function insertPieceTags(
  db: Database,
  { id, log, kind }: TaggedPiece,
  labels: readonly string[],
): string[] {
  // The same tag in two spellings counts once.
  return labels.map(makeTagKey).filter((tag) =>
    db.prepare(
      "insert into piece_tags (log, tag, kind, id) values (?, ?, ?, ?) on conflict do nothing",
    ).run(log, tag, kind, id).changes === 1
  );
}

/** Takes a piece's tags away; answers the keys of those it had. */
export function deletePieceTags(
  db: Database,
  { id, log, kind }: TaggedPiece,
  labels: readonly string[],
): string[] {
  return labels.map(makeTagKey).filter((tag) =>
    db.prepare("delete from piece_tags where log = ? and tag = ? and kind = ? and id = ?")
      .run(log, tag, kind, id).changes === 1
  );
}

/** Adds to the count of pieces that have a tag, or takes away; called by the projection. */
export function updateTagCount(db: Database, log: number, tag: string, change: number): void {
  if (change > 0) {
    db.prepare(
      `insert into tags (log, tag, pieces) values (?, ?, ?)
       on conflict (log, tag) do update set pieces = pieces + excluded.pieces`,
    ).run(log, tag, change);
  } else if (change < 0) {
    const { changes } = db.prepare("delete from tags where log = ? and tag = ? and pieces = ?")
      .run(log, tag, -change);
    if (changes === 1) return;
    db.prepare("update tags set pieces = pieces + ? where log = ? and tag = ?")
      .run(change, log, tag);
  }
}
