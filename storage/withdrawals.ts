/** Erasing what was withdrawn: 30 days after this capsule first saw the withdrawal, counting days on which it ran. @module */
import { deleteBlobsSetAside } from "./blobs.ts";
import { updateContentsErased } from "./contents.ts";
import type { Database } from "./database.ts";
import { updateRunningDays } from "./running_days.ts";
import { hasDeletedWords, updateSearchMerged } from "./search.ts";

/** Days between hiding and erasing. */
export const SET_ASIDE_DAYS = 30;
const ERASURES_MAX = 500;
/** Rewritten in one call, in some 60 ms: the index of a million posts is through in three days of hourly calls. */
const MERGE_PAGES = 500;

/**
 * Counts today as a day on which the capsule ran and erases what has been set aside for 30 of them: at most 500 contents
 * and 500 pictures in one call. Call it at the start of `serve` and every hour; answers how many were erased.
 */
export function eraseWithdrawn(db: Database, nowMs: number): number {
  const erased = db.transaction(() => {
    const day = updateRunningDays(db, nowMs) - SET_ASIDE_DAYS;
    return updateContentsErased(db, day, ERASURES_MAX) + deleteBlobsSetAside(db, day, ERASURES_MAX);
  });
  // What a kill, or a large index, leaves undone here the next calls do.
  const isMerging = hasDeletedWords(db);
  if (isMerging) db.quietTransaction(() => updateSearchMerged(db, MERGE_PAGES));
  if (isMerging || erased > 0) db.prepare("pragma incremental_vacuum(1000)").all();
  return erased;
}
