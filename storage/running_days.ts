/** The days on which this capsule ran: the only clock by which withdrawn things are erased. @module */
import type { Database } from "./database.ts";

const DAY_MS = 86_400_000;

/** How many days (UTC) this capsule has run so far. */
export function countRunningDays(db: Database): number {
  const row = db.prepare("select days from running_days where id = 1").get() as { days: number };
  return row.days;
}

/** Counts today once; answers how many days there are now. */
export function updateRunningDays(db: Database, nowMs: number): number {
  const day = Math.floor(nowMs / DAY_MS);
  db.prepare("update running_days set days = days + 1, newest_day = ? where newest_day <> ?")
    .run(day, day);
  return countRunningDays(db);
}
