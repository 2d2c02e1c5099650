/** When the nightly upkeep is due: at a quiet hour of the owner, at a minute of its own for each capsule. @module */
import { findOwnCapsule } from "./capsules.ts";
import type { Database } from "./database.ts";
import { findSettings } from "./settings.ts";
import { findOffsetMs } from "./time_zone.ts";
import { findNewestUpkeepRun } from "./upkeep_runs.ts";

const DAY_MS = 86_400_000;
/** The hour of the owner's day after which it runs; backups follow at four. */
const HOUR_MS = 2 * 3_600_000;
/** Within so long after that hour. */
const SPREAD_MS = 90 * 60_000;
/** A night that was missed is made up for so long after the start, and within as long again. */
const AFTER_START_MS = 10 * 60_000;

/**
 * The moment from which the next run is due, Unix milliseconds. `startMs` is when this program started: the first minutes are the
 * readers'. Undefined before set-up.
 */
export function findUpkeepDue(db: Database, startMs: number, nowMs: number): number | undefined {
  const own = findOwnCapsule(db);
  if (own === undefined) return undefined;
  const share = shareOf(own.id);
  const timeZone = findSettings(db).timeZone;
  const nightMs = findNight(timeZone, nowMs, HOUR_MS + share * SPREAD_MS);
  const newest = findNewestUpkeepRun(db);
  // A run of a time to come is of a clock that was wrong.
  const isDone = newest !== undefined && newest.begunAtMs >= nightMs && newest.begunAtMs <= nowMs;
  if (isDone) return nightMs + DAY_MS;
  return Math.max(nightMs, startMs + Math.round((1 + share) * AFTER_START_MS));
}

/** From 0, below 1: the same for a capsule in every night, and spread over all capsules. */
export function shareOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}

/** The last moment at which the owner's clocks showed that time of day, to the hour where they change. */
export function findNight(timeZone: string, nowMs: number, timeOfDayMs: number): number {
  const offsetMs = findOffsetMs(timeZone, nowMs);
  const day = Math.floor((nowMs + offsetMs - timeOfDayMs) / DAY_MS);
  return Math.round(day * DAY_MS + timeOfDayMs - offsetMs);
}
