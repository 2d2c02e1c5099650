/** Setting entries aside: what a newer identity record's cut leaves out, unshown and unserved for 30 days. @module */
import { equalBytes } from "../mesh/protocol/text.ts";
import { hashLeaf } from "../mesh/protocol/tree.ts";
import { updateCapsuleAddress } from "./capsules.ts";
import type { Database } from "./database.ts";
import { deleteEntry, listEntriesDown } from "./entries.ts";
import { insertEntrySetAside, listEntriesSetAside } from "./entries_set_aside.ts";
import {
  findNewestIdentityRecord,
  insertIdentityRecord,
  type StoredIdentityRecord,
} from "./identity_records.ts";
import { type Basis, type Run, storeRuns } from "./mirror_log.ts";
import { deleteMissingEntries, insertMissingEntries, type Range } from "./missing_entries.ts";
import { Projection } from "./projection.ts";
import { deleteAliases, deleteSlugs } from "./slugs.ts";
import { removeContent } from "./stored_contents.ts";

export { hasSetAside } from "./entries_set_aside.ts";

/** A record to accept, with everything that was verified about it. */
export type Acceptance = Readonly<{
  /** Hash of the newest record the caller compared with; another one now answers "moved". */
  expected: Uint8Array;
  /** The whole winning chain; it may replace lower ones. */
  records: readonly StoredIdentityRecord[];
  /** The cut of its newest record: the head from now on. */
  cut: Readonly<{ size: number; root: Uint8Array }>;
  /** The newest record's address, which is in force until entries above the cut say another. */
  address: string | null;
  /** True when what is held below the cut is known to be of the cut's tree. */
  isConfirmed: boolean;
}>;

/** Entries read at once while setting aside. */
const RUN = 256;
/** One more than the largest index. */
const END = Number.MAX_SAFE_INTEGER;
/** An index may be set aside under several records. */
const ROWS_MAX = 64;

/**
 * Accepts a winning chain in one transaction (docs/protocol.md §5.7): stores it, makes its cut the head and sets aside every
 * entry at or above the cut's size; what is between the old head and a larger cut is missing from now on. Works for a mirror and
 * for the own log. Tiles are left to the caller.
 */
export function acceptRecords(
  db: Database,
  log: number,
  acceptance: Acceptance,
): "accepted" | "moved" {
  const { expected, records, cut, address, isConfirmed } = acceptance;
  return db.transaction(() => {
    const found = db.prepare("select size from checkpoints where log = ?").get(log) as
      | { size: number }
      | undefined;
    const before = findNewestIdentityRecord(db, log);
    if (found === undefined || before === undefined) return "moved";
    if (!equalBytes(before.hash, expected)) return "moved";
    const newest = records.at(-1);
    if (newest === undefined) throw new RangeError("Cannot accept records: expected some");
    db.prepare("delete from identity_records where log = ?").run(log);
    for (const record of records) insertIdentityRecord(db, log, record);
    db.prepare("update checkpoints set size = ?, root = ?, note = '' where log = ?")
      .run(cut.size, cut.root, log);
    db.prepare("update mirrors set is_confirmed = ? where log = ?").run(isConfirmed ? 1 : 0, log);
    insertMissingEntries(db, log, { from: found.size, to: cut.size });
    setAsideEntries(db, log, newest.n, [{ from: cut.size, to: END }]);
    updateCapsuleAddress(db, log, address);
    return "accepted";
  });
}

/**
 * Sets the entries of ranges aside that the cut of a record leaves out, in one transaction: they are taken out of everything
 * that is shown, what withdrawals among them hid is shown again, and those below the head are missing from now on.
 */
export function setAsideEntries(
  db: Database,
  log: number,
  recordN: number,
  ranges: readonly Range[],
): void {
  if (ranges.length === 0) return;
  db.transaction(() => {
    const projection = new Projection(db, log);
    const { size } = db.prepare("select size from checkpoints where log = ?").get(log) as {
      size: number;
    };
    for (const range of ranges.toSorted((a, b) => b.from - a.from)) {
      setRangeAside(projection, recordN, range);
      deleteMissingEntries(db, log, range);
      insertMissingEntries(db, log, { from: range.from, to: Math.min(range.to, size) });
    }
    projection.finish();
  });
}

/** From the newest down, so that what others refer to goes last. */
function setRangeAside(projection: Projection, recordN: number, { from, to }: Range): void {
  const { db, log, day, tally } = projection;
  let hasArticles = false;
  let below = to;
  for (;;) {
    const entries = listEntriesDown(db, log, { from, below }, RUN);
    for (const { index, bytes, kind, timeMs } of entries) {
      const content = removeContent(projection, index);
      insertEntrySetAside(db, log, { recordN, index, kind, timeMs, bytes, content }, day);
      deleteEntry(db, log, index);
      tally.entries -= 1;
      hasArticles ||= kind === "article";
      below = index;
    }
    if (entries.length < RUN) break;
  }
  if (!hasArticles) return;
  deleteAliases(db, log, from, to);
  deleteSlugs(db, log, from, to);
}

/**
 * Restores those entries set aside that the head takes in again: `hashes` are leaf hashes of the head's tree from an index on,
 * verified. Answers how many were restored, or "moved" when another record is there now. An entry that comes from a source
 * meanwhile gets the content that was set aside with it by itself.
 */
export function restoreSetAside(
  db: Database,
  log: number,
  basis: Basis,
  leaves: Readonly<{ from: number; hashes: readonly Uint8Array[] }>,
): number | "moved" {
  const { from, hashes } = leaves;
  const range = { from, to: from + hashes.length };
  const runs = new Map<number, Run>();
  for (const found of listEntriesSetAside(db, log, range, ROWS_MAX * hashes.length)) {
    const { index, bytes, kind, timeMs } = found;
    const hash = hashLeaf(bytes);
    if (!equalBytes(hash, hashes[index - from] ?? hash.subarray(1))) continue;
    const entries = [{ index, bytes, hash, kind, timeMs }];
    runs.set(index, { from: index, entries, contents: ["later"], tiles: [] });
  }
  return storeRuns(db, log, basis, [...runs.values()]) === "moved" ? "moved" : runs.size;
}

/** Records that what is held is of the newest record's tree. */
export function updateConfirmed(db: Database, log: number): void {
  db.prepare("update mirrors set is_confirmed = 1 where log = ?").run(log);
}
