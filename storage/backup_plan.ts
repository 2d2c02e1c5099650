/** The plan for backups that the program makes by itself: where, and how many are kept. @module */
import { findOwnCapsule } from "./capsules.ts";
import type { Database } from "./database.ts";
import { findSettings } from "./settings.ts";
import { findNight, shareOf } from "./upkeep_due.ts";

/** What the owner chose. */
export type BackupPlan = Readonly<{
  /** A folder below that of the database, as `backups` or `disk/capsule`. */
  folder: string;
  /** The newest of each of so many days is kept, 1 to 365. */
  keepDays: number;
  /** And the newest of each of so many weeks, 0 to 520. */
  keepWeeks: number;
}>;

/** The plan as it stands. */
export type StoredBackupPlan =
  & BackupPlan
  & Readonly<{
    /** False until the folder was made for it; from then on a folder that is gone is a problem. */
    isPrepared: boolean;
    /** Whether one is wanted at once. */
    isAsked: boolean;
    /** When it was chosen, Unix ms. */
    savedAtMs: number;
  }>;

/** What is offered. */
export const USUAL_PLAN: BackupPlan = { folder: "backups", keepDays: 7, keepWeeks: 4 };
/** Bytes of a folder's name. */
export const FOLDER_BYTES_MAX = 200;
/** The hour of the owner's day after which a night's backup is made; the upkeep is done by then. */
const HOUR_MS = 4 * 3_600_000;
/** Within so long after that hour. */
const SPREAD_MS = 90 * 60_000;
/** A night that was missed is made up for so long after the start, and within as long again. */
const AFTER_START_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** After a failure the next try is this much later. */
const AGAIN_MS = 3_600_000;

/** Finds the plan; undefined when nothing is made by itself. */
export function findBackupPlan(db: Database): StoredBackupPlan | undefined {
  const row = db.prepare(
    `select folder, keep_days as keepDays, keep_weeks as keepWeeks, is_prepared as isPrepared,
     is_asked as isAsked, saved_at_ms as savedAtMs from backup_plan where id = 1`,
  ).get() as
    | (BackupPlan & { isPrepared: number; isAsked: number; savedAtMs: number })
    | undefined;
  return row && { ...row, isPrepared: row.isPrepared === 1, isAsked: row.isAsked === 1 };
}

/** Saves the plan; the first backup by it is wanted at once. Throws RangeError for what `findPlanProblem` finds. */
export function saveBackupPlan(db: Database, plan: BackupPlan, nowMs: number): void {
  const problem = findPlanProblem(plan);
  if (problem !== undefined) throw new RangeError(`Cannot save backup plan: ${problem.sentence}`);
  db.prepare(
    `insert or replace into backup_plan
     (id, folder, keep_days, keep_weeks, is_prepared, is_asked, saved_at_ms) values (1, ?, ?, ?, 0, 1, ?)`,
  ).run(plan.folder, plan.keepDays, plan.keepWeeks, nowMs);
}

/** Makes none by itself any more; files that are there stay. */
export function deleteBackupPlan(db: Database): void {
  db.prepare("delete from backup_plan").run();
}

/** Wants a backup at once; false without a plan. */
export function updateBackupWish(db: Database): boolean {
  return db.prepare("update backup_plan set is_asked = 1 where id = 1").run().changes === 1;
}

/** Notes that the folder was made for the plan. */
export function updatePlanPrepared(db: Database): void {
  db.prepare("update backup_plan set is_prepared = 1 where id = 1").run();
}

/** What cannot be a plan, with the field it is about; undefined when it can. */
export function findPlanProblem(
  { folder, keepDays, keepWeeks }: BackupPlan,
): Readonly<{ field: "folder" | "keepDays" | "keepWeeks"; sentence: string }> | undefined {
  const parts = folder.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.trim() !== part)) {
    const sentence =
      "Name a folder inside that of the capsule, such as backups or disk/capsule: without a slash at its start or end, and without “..”.";
    return { field: "folder", sentence };
  }
  // deno-lint-ignore no-control-regex -- these are what is looked for
  if (/[\x00-\x1f\x7f\\]/.test(folder)) {
    return { field: "folder", sentence: "A folder’s name has no control characters." };
  }
  if (new TextEncoder().encode(folder).length > FOLDER_BYTES_MAX) {
    const sentence = `A folder’s name has at most ${FOLDER_BYTES_MAX} bytes.`;
    return { field: "folder", sentence };
  }
  if (!isBetween(keepDays, 1, 365)) {
    return { field: "keepDays", sentence: "Give a number of days from 1 to 365." };
  }
  if (!isBetween(keepWeeks, 0, 520)) {
    return { field: "keepWeeks", sentence: "Give a number of weeks from 0 to 520." };
  }
  return undefined;
}

function isBetween(n: number, min: number, max: number): boolean {
  return Number.isInteger(n) && n >= min && n <= max;
}

/**
 * The moment from which the next backup by the plan is due, Unix ms: after four in the morning of the owner's time zone, at a
 * minute of its own for each capsule; at once when one is wanted; when a night was missed some minutes after `startMs`, at which
 * this program started; an hour after a failure. Undefined without a plan.
 */
export function findBackupDue(
  db: Database,
  nowMs: number,
  startMs = -Infinity,
): number | undefined {
  const plan = findBackupPlan(db);
  const own = findOwnCapsule(db);
  if (plan === undefined || own === undefined) return undefined;
  const newest = db.prepare(
    `select begun_at_ms as begunAtMs, state from backups where folder is not null
     order by id desc limit 1`,
  ).get() as { begunAtMs: number; state: string } | undefined;
  if (plan.isAsked || newest === undefined) return nowMs;
  const isGood = newest.state === "good" || newest.state === "removed";
  const share = shareOf(own.id);
  const earliestMs = startMs + Math.round((1 + share) * AFTER_START_MS);
  // A clock that was set back must not stop backups for as long as it was ahead.
  if (newest.begunAtMs > nowMs) return Math.max(earliestMs, nowMs);
  if (!isGood) return Math.max(earliestMs, newest.begunAtMs + AGAIN_MS);
  const lastMs = findNight(findSettings(db).timeZone, nowMs, HOUR_MS + share * SPREAD_MS);
  return newest.begunAtMs >= lastMs ? lastMs + DAY_MS : Math.max(earliestMs, lastMs);
}
