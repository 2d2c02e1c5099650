/** How the newest nights of upkeep went, for the owner. @module */
import type { Database } from "./database.ts";

/** One run of the nightly upkeep. */
export type UpkeepRun = Readonly<{
  /** When it began, Unix milliseconds. */
  begunAtMs: number;
  /** How long it took, milliseconds. */
  tookMs: number;
  /** "whole"; "out_of_time": the next night goes on; "stopped": the program ended; "failed": the log says why. */
  outcome: "whole" | "out_of_time" | "stopped" | "failed";
  /** Rows erased because their time was over. */
  expiredRows: number;
  /** Steps in which the search index was tidied. */
  mergedSteps: number;
  /** Pages given back to the disk. */
  freedPages: number;
  /** Bytes of the database before, without what stood beside it. */
  bytesBefore: number;
  /** Bytes of the database after. */
  bytesAfter: number;
}>;

/** Runs that are remembered. */
export const UPKEEP_RUNS_MAX = 30;

/** Inserts how a run went; only the newest 30 stay. No page of a reader shows it. */
export function insertUpkeepRun(db: Database, run: UpkeepRun): void {
  db.quietTransaction(() => {
    db.prepare(
      `insert into upkeep_runs (begun_at_ms, took_ms, outcome, expired_rows, merged_steps, freed_pages,
       bytes_before, bytes_after) values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      run.begunAtMs,
      Math.round(run.tookMs),
      run.outcome,
      run.expiredRows,
      run.mergedSteps,
      run.freedPages,
      run.bytesBefore,
      run.bytesAfter,
    );
    db.prepare(
      "delete from upkeep_runs where id in (select id from upkeep_runs order by id desc limit -1 offset ?)",
    ).run(UPKEEP_RUNS_MAX);
  });
}

/** Finds how the newest run went; undefined before the first. */
export function findNewestUpkeepRun(db: Database): UpkeepRun | undefined {
  return db.prepare(
    `select begun_at_ms as begunAtMs, took_ms as tookMs, outcome, expired_rows as expiredRows,
     merged_steps as mergedSteps, freed_pages as freedPages, bytes_before as bytesBefore,
     bytes_after as bytesAfter from upkeep_runs order by id desc limit 1`,
  ).get() as UpkeepRun | undefined;
}
