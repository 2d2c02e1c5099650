/** How often an author writes, judged by the newest entries: how long a log can be left alone (docs/protocol.md §13.1). @module */
import type { Database } from "../storage/database.ts";
import { listEntries } from "../storage/entries.ts";
import { findLogMirror, updateMirror } from "../storage/mirrors.ts";
import type { Mesh } from "./mesh.ts";
import { chooseInterval, jitter } from "./schedule.ts";

/** Entries at the end of a log by which its author's pace is judged. */
const PACE_ENTRIES = 8;

/** How long a mirror's log can be left alone, milliseconds. */
export function paceOf(db: Database, log: number, nowMs: number): number {
  const { size = 0 } = findLogMirror(db, log) ?? {};
  const newest = listEntries(db, log, Math.max(0, size - PACE_ENTRIES), PACE_ENTRIES);
  return chooseInterval(newest.map(({ timeMs }) => timeMs), nowMs);
}

/**
 * Puts the next pull off by as long as the author's pace allows: a delivery just brought the newest head and all that belongs to
 * it. For the transaction that applies it.
 */
export function putOffPull(
  { db, now, random }: Pick<Mesh, "db" | "now" | "random">,
  log: number,
): void {
  const intervalMs = paceOf(db, log, now());
  updateMirror(db, log, { intervalMs, nextPullAtMs: now() + jitter(intervalMs, random()) });
}
