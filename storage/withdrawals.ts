/** Erasing what was withdrawn: 30 days after this capsule first saw the withdrawal, counting days on which it ran. @module */
import { deleteBlobsSetAside } from "./blobs.ts";
import { listSetAsideDays, updateContentsErased } from "./contents.ts";
import type { Database } from "./database.ts";
import { deleteEntriesSetAside } from "./entries_set_aside.ts";
import { countRunningDays, updateRunningDays } from "./running_days.ts";
import { hasDeletedWords, updateSearchMerged } from "./search.ts";

/** Days between hiding and erasing. */
export const SET_ASIDE_DAYS = 30;
const ERASURES_MAX = 500;
/** Rewritten in one call, in some 60 ms: the index of a million posts is through in three days of hourly calls. */
const MERGE_PAGES = 500;

/** Withdrawals of one mirror first seen on one day: of more than these nothing is erased before the owner agrees. */
export const WITHDRAWALS_A_DAY_MAX = 100;

/**
 * Counts today as a day on which the capsule ran and erases what has been set aside for 30 of them: at most 500 contents
 * and 500 pictures in one call, and as many entries that a cut left out. Call it at the start of `serve` and every hour; answers how many were erased.
 */
export function eraseWithdrawn(db: Database, nowMs: number): number {
  const erased = db.transaction(() => {
    const day = updateRunningDays(db, nowMs) - SET_ASIDE_DAYS;
    return eraseContents(db, day) + deleteBlobsSetAside(db, day, ERASURES_MAX) +
      deleteEntriesSetAside(db, day, ERASURES_MAX);
  });
  // What a kill, or a large index, leaves undone here the next calls do.
  const isMerging = hasDeletedWords(db);
  if (isMerging) db.quietTransaction(() => updateSearchMerged(db, MERGE_PAGES));
  if (isMerging || erased > 0) db.prepare("pragma incremental_vacuum(1000)").all();
  return erased;
}

function eraseContents(db: Database, day: number): number {
  let erased = 0;
  for (const due of listSetAsideDays(db, day)) {
    if (isHeldBack(due) || erased >= ERASURES_MAX) continue;
    erased += updateContentsErased(db, due, ERASURES_MAX - erased);
  }
  return erased;
}

type SetAsideDay = ReturnType<typeof listSetAsideDays>[number];

function isHeldBack({ withdrawals, agreedDay, day }: SetAsideDay): boolean {
  return agreedDay !== null && withdrawals > WITHDRAWALS_A_DAY_MAX && agreedDay < day;
}

/** Counts the withdrawals of a mirror that are hidden and, being so many on one day, wait for the owner to agree. */
export function countHeldBack(db: Database, log: number): number {
  const days = listSetAsideDays(db, countRunningDays(db)).filter((day) => day.log === log);
  return days.filter(isHeldBack).reduce((sum, { withdrawals }) => sum + withdrawals, 0);
}

/** The owner agrees that what a mirror's author withdrew until today is erased when its 30 days are over. */
export function saveEraseAgreed(db: Database, log: number): void {
  db.prepare("update mirrors set erase_agreed_day = ? where log = ?").run(
    countRunningDays(db),
    log,
  );
}
