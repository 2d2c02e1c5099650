/** Identity records: the signed notes that say which key signs a log (docs/protocol.md, identity). @module */
import { IDENTITY_RECORDS_MAX } from "../mesh/protocol/limits.ts";
import type { Database } from "./database.ts";
import { checkStored } from "./stored_values.ts";

/** One stored record. */
export type StoredIdentityRecord = Readonly<{
  /** Its number in the chain, from 0. */
  n: number;
  /** SHA-256 of the record's text. */
  hash: Uint8Array;
  /** The signed note as it travels. */
  note: string;
}>;

/** Lists a log's chain from record 0; empty when the log is unknown. */
export function listIdentityRecords(db: Database, log: number): StoredIdentityRecord[] {
  const rows = db.prepare(
    "select n, hash, note from identity_records where log = ? order by n limit ?",
  ).all(log, IDENTITY_RECORDS_MAX) as StoredIdentityRecord[];
  for (const { hash, note } of rows) checkStored(hash, note);
  return rows;
}

/** Finds the newest record of a log. */
export function findNewestIdentityRecord(
  db: Database,
  log: number,
): StoredIdentityRecord | undefined {
  const row = db.prepare(
    "select n, hash, note from identity_records where log = ? order by n desc limit 1",
  ).get(log) as StoredIdentityRecord | undefined;
  if (row !== undefined) checkStored(row.hash, row.note);
  return row;
}

/** Inserts the next record of a chain; throws when that number is taken. */
export function insertIdentityRecord(
  db: Database,
  log: number,
  record: StoredIdentityRecord,
): void {
  db.prepare("insert into identity_records (log, n, hash, note) values (?, ?, ?, ?)")
    .run(log, record.n, record.hash, record.note);
}
