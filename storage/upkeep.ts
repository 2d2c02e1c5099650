/** The steps of the nightly upkeep, each small enough that nobody waits for it. @module */
import type { Database } from "./database.ts";
import { FREE_PAGES_MIN } from "./room.ts";
import { deleteExpired } from "./expired.ts";
import { hasDeletedWords, updateSearchMerged, updateSearchTidied } from "./search.ts";

/**
 * One kind of work in slices: does about `size` of its units at `nowMs` and answers how many that were; 0 when nothing is left to do.
 * Every slice is whole in itself: what a kill or the end of the night leaves is done in the next.
 */
export type UpkeepStep = Readonly<{
  name: "expired" | "merged" | "freed";
  work: (db: Database, nowMs: number, size: number) => number;
}>;

/** Of the pages of the file so many may be free: they are written again soon, and `keepRoom` keeps some for a full disk. */
const FREE_SHARE = 1 / 64;
const FREE_PAGES = 2 * FREE_PAGES_MIN;

/** All of them, in their order: what is erased first is freed last. */
export const UPKEEP_STEPS: readonly UpkeepStep[] = [
  { name: "expired", work: deleteExpired },
  { name: "merged", work: mergeSearch },
  { name: "freed", work: freePages },
];

/** Tidies the search index: what was withdrawn leaves the file, and many small parts become few. */
function mergeSearch(db: Database, _nowMs: number, size: number): number {
  if (hasDeletedWords(db)) {
    updateSearchMerged(db, size);
    return 1;
  }
  return updateSearchTidied(db, size) ? 1 : 0;
}

/** Gives free pages back to the disk, but for those that will be used again soon. */
function freePages(db: Database, _nowMs: number, size: number): number {
  const { freelist_count: free } = db.prepare("pragma freelist_count").get() as {
    freelist_count: number;
  };
  const { page_count: pages } = db.prepare("pragma page_count").get() as { page_count: number };
  const spare = free - Math.ceil(FREE_PAGES + pages * FREE_SHARE);
  if (spare <= 0) return 0;
  const count = Math.min(spare, size);
  db.prepare(`pragma incremental_vacuum(${count})`).all();
  return count;
}

/** The bytes of the database's pages. */
export function measureDatabase(db: Database): number {
  const { page_count: pages } = db.prepare("pragma page_count").get() as { page_count: number };
  const { page_size: bytes } = db.prepare("pragma page_size").get() as { page_size: number };
  return pages * bytes;
}

/**
 * Writes what stands in the -wal file into the database, beside readers and writers, and cuts that file back to nothing. For that
 * moment nobody may read an older state: those who do are waited for at most `waitMs`, and whoever wants to write meanwhile waits
 * too. False when somebody read for longer: the file is then cut back later.
 */
export function checkpointDatabase(db: Database, waitMs: 0 | 200): boolean {
  // The long part holds up nobody.
  db.prepare("pragma wal_checkpoint(passive)").get();
  const { busy } = db.waitingFor(
    waitMs,
    () => db.prepare("pragma wal_checkpoint(truncate)").get(),
  ) as { busy: number };
  return busy === 0;
}
