/** Setting entries aside: what a newer identity record's cut leaves out, unshown and unserved for 30 days. @module */
import { updateCapsuleAddress } from "./capsules.ts";
import type { Database } from "./database.ts";
import { insertIdentityRecord, type StoredIdentityRecord } from "./identity_records.ts";
import type { Range } from "./missing_entries.ts";

/** A record to accept, with everything that was verified about it. */
export type Acceptance = Readonly<{
  /** Number of the newest record the caller compared with; another one now answers "moved". */
  expectedN: number;
  /** The whole winning chain; it may replace lower ones. */
  records: readonly StoredIdentityRecord[];
  /** The cut of its newest record: the head from now on. */
  cut: Readonly<{ size: number; root: Uint8Array }>;
  /** The newest record's address, which is in force until entries above the cut say another. */
  address: string | null;
  /** True when what is held below the cut is known to be of the cut's tree. */
  isConfirmed: boolean;
}>;

/**
 * Accepts a winning chain in one transaction (docs/protocol.md §5.7): stores it, makes its cut the head and sets aside every
 * entry at or above the cut's size. Works for a mirror and for the own log.
 */
export function acceptRecords(
  db: Database,
  log: number,
  acceptance: Acceptance,
): "accepted" | "moved" {
  const { expectedN, records, cut, address, isConfirmed } = acceptance;
  return db.transaction(() => {
    const found = db.prepare(
      `select k.size, (select max(n) from identity_records i where i.log = k.log) as n
       from checkpoints k where k.log = ?`,
    ).get(log) as { size: number; n: number } | undefined;
    if (found === undefined || found.n !== expectedN) return "moved";
    const newest = records.at(-1);
    if (newest === undefined) throw new RangeError("Cannot accept records: expected some");
    db.prepare("delete from identity_records where log = ?").run(log);
    for (const record of records) insertIdentityRecord(db, log, record);
    db.prepare("update checkpoints set size = ?, root = ?, note = '' where log = ?")
      .run(cut.size, cut.root, log);
    db.prepare("update mirrors set is_confirmed = ? where log = ?").run(isConfirmed ? 1 : 0, log);
    updateCapsuleAddress(db, log, address);
    setAsideEntries(db, log, newest.n, [{ from: cut.size, to: Number.MAX_SAFE_INTEGER }]);
    return "accepted";
  });
}

/** Sets entries aside that the cut of a record leaves out; those below the head are missing from now on. */
export function setAsideEntries(
  _db: Database,
  _log: number,
  _recordN: number,
  _ranges: readonly Range[],
): void {
  // Follows.
}

/** Records that what is held is of the newest record's tree. */
export function updateConfirmed(db: Database, log: number): void {
  db.prepare("update mirrors set is_confirmed = 1 where log = ?").run(log);
}
