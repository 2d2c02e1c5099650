/** Entries that a newer cut left out: rows of their own, because the same index is used again. @module */
import type { Database } from "./database.ts";

/** An entry beyond a cut, with its content if that was held. */
export type EntrySetAside = Readonly<{
  /** The record whose cut left it out. */
  recordN: number;
  /** Its index in the log as it was. */
  index: number;
  /** What its content is; "" for an entry of a later version. */
  kind: string;
  /** The time its author claims, Unix milliseconds. */
  timeMs: number;
  /** Its lines. */
  bytes: Uint8Array;
  /** Its content; null when it was not held. */
  content: Uint8Array | null;
}>;

/** Inserts an entry that is set aside from a running day on. */
export function insertEntrySetAside(
  db: Database,
  log: number,
  entry: EntrySetAside,
  day: number,
): void {
  db.prepare(
    `insert or replace into entries_set_aside (log, record_n, n, since_day, kind, time_ms, bytes, content)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    log,
    entry.recordN,
    entry.index,
    day,
    entry.kind,
    entry.timeMs,
    entry.bytes,
    entry.content,
  );
}

/** Lists what is set aside of the entries [from, to) of a log, of every record, in order. */
export function listEntriesSetAside(
  db: Database,
  log: number,
  range: Readonly<{ from: number; to: number }>,
  limit: number,
): EntrySetAside[] {
  return db.prepare(
    `select record_n as recordN, n as "index", kind, time_ms as timeMs, bytes, content from entries_set_aside
     where log = ? and n >= ? and n < ? order by n, record_n limit ?`,
  ).all(log, range.from, range.to, limit) as EntrySetAside[];
}

/** True when entries of a log are set aside: a newer head may take them in again. */
export function hasSetAside(db: Database, log: number): boolean {
  return db.prepare("select 1 from entries_set_aside where log = ? limit 1").get(log) !== undefined;
}

/** Forgets one entry that was set aside. */
export function deleteEntrySetAside(
  db: Database,
  log: number,
  { recordN, index }: Readonly<{ recordN: number; index: number }>,
): void {
  db.prepare("delete from entries_set_aside where log = ? and record_n = ? and n = ?")
    .run(log, recordN, index);
}

/** Erases at most `limit` entries that were set aside on or before a running day; answers how many. */
export function deleteEntriesSetAside(db: Database, day: number, limit: number): number {
  return db.prepare(
    `delete from entries_set_aside where rowid in
     (select rowid from entries_set_aside where since_day <= ? limit ?)`,
  ).run(day, limit).changes;
}
