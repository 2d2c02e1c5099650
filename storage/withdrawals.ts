/** Erasing what was withdrawn: 30 days after this capsule first saw the withdrawal, counting days on which it ran. @module */
import { deleteBlobsSetAside } from "./blobs.ts";
import { updateContentsErased } from "./contents.ts";
import type { Database } from "./database.ts";
import { updateRunningDays } from "./running_days.ts";
import { updateSearchMerged } from "./search.ts";

/** Days between hiding and erasing. */
export const SET_ASIDE_DAYS = 30;
const ERASURES_MAX = 500;
const MERGE_PAGES = 200;

/**
 * Counts today as a day on which the capsule ran and erases what has been set aside for 30 of them: at most 500 contents
 * and 500 pictures in one call. Call it at the start of `serve` and every hour; answers how many were erased.
 */
export function eraseWithdrawn(db: Database, nowMs: number): number {
  const erased = db.transaction(() => {
    const day = updateRunningDays(db, nowMs) - SET_ASIDE_DAYS;
    return updateContentsErased(db, day, ERASURES_MAX) + deleteBlobsSetAside(db, day, ERASURES_MAX);
  });
  if (erased > 0) {
    // What a kill leaves undone here the next call does.
    db.transaction(() => updateSearchMerged(db, MERGE_PAGES));
    db.prepare("pragma incremental_vacuum(1000)").all();
  }
  return erased;
}
