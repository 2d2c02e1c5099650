/** A copy of the own log that becomes the own log: the end of a recovery (docs/protocol.md §13.5). @module */
import { findLogCapsule, type OwnCapsule } from "./capsules.ts";
import type { Database } from "./database.ts";

/** What a recovery brought. */
export type RecoveredCounts = Readonly<{
  /** Entries held. */
  entries: number;
  /** Contents held, withdrawn ones not among them. */
  contents: number;
  /** Pictures held that they name. */
  blobs: number;
}>;

/** Makes a mirrored log the owner's own, inside the transaction that gives it a key; throws when there is an own one already. */
export function updateOwn(db: Database, log: number, address: string | null): OwnCapsule {
  db.prepare("update capsules set is_own = 1, address = ? where log = ?").run(address, log);
  db.prepare("delete from mirrors where log = ?").run(log);
  const own = findLogCapsule(db, log);
  if (own === undefined) throw new Error(`Cannot make a log the own one: ${log} is unknown`);
  return own;
}

/** Counts what is held of a log. */
export function countRecovered(db: Database, log: number): RecoveredCounts {
  const count = (sql: string) => (db.prepare(sql).get(log) as { count: number }).count;
  return {
    entries: count("select count(*) as count from entries where log = ?"),
    contents: count(
      "select count(*) as count from contents where log = ? and state = 'held'",
    ),
    blobs: count(
      "select count(*) as count from blobs where hash in (select hash from blob_uses where log = ?)",
    ),
  };
}
