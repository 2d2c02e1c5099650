/** Taking away the copies beside the database when nobody needs them any more. @module */
import { findOwnCapsule } from "./capsules.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { findDamage } from "./damage.ts";
import { type Database, openAnyVersion } from "./database.ts";
import { DATABASE_VERSION } from "./migrations.ts";
import { countRunningDays } from "./running_days.ts";
import { listCopies, makeAsidePath, makeCopyPath, removeDatabase } from "./upgrade_copies.ts";
import { findUpgrade } from "./upgrades.ts";

/** A copy of before an upgrade is kept for this many days on which the capsule ran in its new version. */
export const COPY_KEPT_DAYS = 7;
/** What a rollback set aside is kept for this long. */
const ASIDE_KEPT_MS = 7 * 86_400_000;
/** Newer programs than this one may have been rolled back; versions beyond are looked for. */
const NEWER_VERSIONS = 20;

/**
 * Removes what a killed upgrade left, copies of before an upgrade that has held for 7 days of running, and what a rollback set aside
 * 7 days ago when every entry in it is here too. Answers the paths that are gone.
 */
export function removeOldCopies(db: Database, nowMs: number): string[] {
  const gone: string[] = [];
  const remove = (path: string) => {
    if (removeDatabase(path)) gone.push(path);
  };
  const isProven = isHolding(db);
  for (let version = 1; version < DATABASE_VERSION; version += 1) {
    remove(`${makeCopyPath(db.path, version)}.part`);
  }
  if (isProven) {
    for (const version of listCopies(db.path, DATABASE_VERSION)) {
      remove(makeCopyPath(db.path, version));
    }
  }
  for (let version = 1; version <= DATABASE_VERSION + NEWER_VERSIONS; version += 1) {
    const aside = makeAsidePath(db.path, version);
    if (isOutlived(db, aside, nowMs)) remove(aside);
  }
  return gone;
}

/** True when this version has run for long enough and nothing is known to be damaged. */
function isHolding(db: Database): boolean {
  const upgrade = findUpgrade(db, DATABASE_VERSION);
  return upgrade !== undefined && findDamage(db) === undefined &&
    countRunningDays(db) - upgrade.sinceDay >= COPY_KEPT_DAYS;
}

function isOutlived(db: Database, aside: string, nowMs: number): boolean {
  let setAsideMs: number;
  try {
    setAsideMs = Deno.statSync(aside).mtime?.getTime() ?? nowMs;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  if (nowMs - setAsideMs < ASIDE_KEPT_MS) return false;
  try {
    using other = openAnyVersion(aside, { isNewerTaken: true }).db;
    return countOwnEntries(other) <= countOwnEntries(db);
  } catch {
    // What cannot be read is the owner's to delete.
    return false;
  }
}

/** Entries of the owner's own log; 0 before set-up. */
export function countOwnEntries(db: Database): number {
  const own = findOwnCapsule(db);
  return own === undefined ? 0 : findCheckpoint(db, own.log)?.size ?? 0;
}
