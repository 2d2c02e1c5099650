/** One run of the nightly upkeep: small steps with rests between them, until all is done or the time is over. @module */
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { keepRoom } from "../storage/room.ts";
import { removeOldCopies } from "../storage/upgrade_cleaning.ts";
import { checkpointDatabase, measureDatabase, UPKEEP_STEPS } from "../storage/upkeep.ts";
import { insertUpkeepRun, type UpkeepRun } from "../storage/upkeep_runs.ts";

/** A night's work; what is left then is done in the next. */
export const NIGHT_BUDGET_MS = 60_000;
/** A slice that took longer is made smaller, one that took less than a quarter larger. */
const SLICE_MS = 40;
const SIZE_FIRST = 16;
const SIZE_MAX = 4_096;
/** Others write between two slices, and pages are made anew. */
const REST_MS = 25;
/** While somebody else writes it is tried again after this. */
const BUSY_MS = 250;

/** What a run works with. */
export type Night = Readonly<{
  db: Database;
  now: () => number;
  /** Milliseconds from any beginning, which no setting of the clock moves. */
  elapsed: () => number;
  rest: (ms: number) => Promise<void>;
  /** Asked between two slices: true ends the run soon. */
  isStopped: () => boolean;
  budgetMs?: number;
}>;

/** How it went: the row, and which copies beside the database were removed. */
export type NightResult = Readonly<{ run: UpkeepRun; removed: string[] }>;

/** Runs all steps, and saves how it went. Throws what is wrong with the database, after saving "failed" if that can be. */
export async function runNight(night: Night): Promise<NightResult> {
  const { db, now } = night;
  const begunAtMs = now();
  const startMs = night.elapsed();
  const bytesBefore = measureDatabase(db);
  const done = { expired: 0, merged: 0, freed: 0 };
  const save = (outcome: UpkeepRun["outcome"]): UpkeepRun => {
    const run = {
      begunAtMs,
      tookMs: Math.round(night.elapsed() - startMs),
      outcome,
      expiredRows: done.expired,
      mergedSteps: done.merged,
      freedPages: done.freed,
      bytesBefore,
      bytesAfter: measureDatabase(db),
    };
    insertUpkeepRun(db, run);
    return run;
  };
  try {
    const removed = removeOldCopies(db, begunAtMs);
    const outcome = await workOff(night, startMs, done);
    const run = save(outcome);
    unlessBusy(() => {
      checkpointDatabase(db, 0);
      keepRoom(db);
    });
    return { run, removed };
  } catch (error) {
    trySave(save);
    throw error;
  }
}

async function workOff(
  night: Night,
  startMs: number,
  done: Record<"expired" | "merged" | "freed", number>,
): Promise<"whole" | "out_of_time" | "stopped"> {
  const { db, now, elapsed, rest, isStopped, budgetMs = NIGHT_BUDGET_MS } = night;
  for (const { name, work } of UPKEEP_STEPS) {
    let size = SIZE_FIRST;
    while (true) {
      if (isStopped()) return "stopped";
      const beginMs = elapsed();
      if (beginMs - startMs >= budgetMs) return "out_of_time";
      const count = unlessBusy(() =>
        db.withoutWaiting(() => db.hastyTransaction(() => work(db, now(), size)))
      );
      if (count === "busy") {
        await rest(BUSY_MS);
        continue;
      }
      if (count === 0) break;
      done[name] += count;
      const tookMs = elapsed() - beginMs;
      if (tookMs > SLICE_MS) size = Math.max(1, Math.floor(size / 2));
      else if (tookMs < SLICE_MS / 4) size = Math.min(SIZE_MAX, size * 2);
      // Never more than half of the time.
      await rest(Math.max(REST_MS, tookMs));
    }
  }
  return "whole";
}

function unlessBusy<T>(work: () => T): T | "busy" {
  try {
    return work();
  } catch (error) {
    // A full disk has no room to keep; whoever serves tries that every hour.
    const isPassing = error instanceof DatabaseProblem &&
      (error.kind === "busy" || error.kind === "full");
    if (isPassing) return "busy";
    throw error;
  }
}

function trySave(save: (outcome: "failed") => void): void {
  try {
    save("failed");
  } catch {
    // What stopped the run stops this too; the log has it.
  }
}
