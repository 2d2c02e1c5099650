/** Entries: the leaves of each log, as signed bytes (docs/protocol.md, entries). @module */
import { findLogCapsule } from "./capsules.ts";
import type { Database } from "./database.ts";
import { insertRows, type RowForm } from "./many_rows.ts";
import { decodeStoredFrame } from "./stored_values.ts";

/** One stored entry. */
export type StoredEntry = Readonly<{
  /** Position in the log, from 0. */
  index: number;
  /** The entry's own lines, exactly as hashed. */
  bytes: Uint8Array;
  /** Leaf hash, 32 bytes: the entry's stable id. */
  hash: Uint8Array;
  /** What its content is; "" for an entry of a later version. */
  kind: string;
  /** The time its author claims, Unix milliseconds. */
  timeMs: number;
}>;

/** A stored entry with what its lines say of the content. */
export type EntryDetails =
  & StoredEntry
  & Readonly<{
    /** SHA-256 of the content, 32 bytes. */
    contentHash: Uint8Array;
    /** Length of the content in bytes. */
    contentBytes: number;
  }>;

const COLUMNS = `n as "index", bytes, hash, kind, time_ms as timeMs`;

/** Entries read at once at most. */
export const ENTRIES_MAX = 1_024;

/** Finds one entry; undefined when the log ends before it. */
export function findEntry(db: Database, log: number, index: number): EntryDetails | undefined {
  const row = db.prepare(`select ${COLUMNS} from entries where log = ? and n = ?`)
    .get(log, index) as StoredEntry | undefined;
  const capsule = row && findLogCapsule(db, log);
  if (row === undefined || capsule === undefined) return undefined;
  const { contentHash, contentBytes } = decodeStoredFrame(row.bytes, {
    capsuleId: capsule.id,
    index,
  });
  return { ...row, contentHash, contentBytes };
}

/** Lists at most `count` (and at most ENTRIES_MAX) entries from an index on, in order. */
export function listEntries(
  db: Database,
  log: number,
  from: number,
  count: number,
): StoredEntry[] {
  return db.prepare(
    `select ${COLUMNS} from entries where log = ? and n >= ? order by n limit ?`,
  ).all(log, from, Math.min(count, ENTRIES_MAX)) as StoredEntry[];
}

/** Lists at most `count` entries of [from, below), the newest first. */
export function listEntriesDown(
  db: Database,
  log: number,
  { from, below }: Readonly<{ from: number; below: number }>,
  count: number,
): StoredEntry[] {
  return db.prepare(
    `select ${COLUMNS} from entries where log = ? and n >= ? and n < ? order by n desc limit ?`,
  ).all(log, from, below, count) as StoredEntry[];
}

/** Deletes one entry, whose content went before; called where it is set aside. */
export function deleteEntry(db: Database, log: number, index: number): void {
  db.prepare("delete from entries where log = ? and n = ?").run(log, index);
}

/** Finds the newest entry below an index that is of a rare kind (profile, address, withdraw) and still held. */
export function findNewestHeld(
  db: Database,
  log: number,
  kind: "profile" | "address" | "withdraw",
  below: number,
): number | undefined {
  const row = db.prepare(
    `select e.n from entries e join contents c on c.log = e.log and c.n = e.n
     where e.log = ? and e.kind = ? and e.kind in ('profile', 'address', 'withdraw') and c.state = 'held'
     and e.n < ? order by e.n desc limit 1`,
  ).get(log, kind, below) as { n: number } | undefined;
  return row?.n;
}

const ROWS: RowForm = {
  into: "entries (log, n, hash, kind, time_ms, bytes)",
  row: "(?, ?, ?, ?, ?, ?)",
};

/** Inserts entries; called where their contents are stored too. */
export function insertEntries(db: Database, log: number, entries: readonly StoredEntry[]): void {
  insertRows(
    db,
    ROWS,
    entries,
    ({ index, hash, kind, timeMs, bytes }) => [log, index, hash, kind, timeMs, bytes],
  );
}
