/** Writes down now and then how it goes: the rows behind the owner's chart. @module */
import type { Meter } from "../routes/meter.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { measureDatabase } from "../storage/database_size.ts";
import { addSample, hourOf } from "../storage/samples.ts";

/** How often; a kill loses at most what was counted since. */
export const SAMPLE_MS = 300_000;

/** What is looked at. */
export type SamplingParts = Readonly<{ db: Database; now: () => number; meter: Meter }>;

/** Makes the function that adds what came since its last call to the row of this hour. While somebody writes it is left for the next call. */
export function makeSampling({ db, now, meter }: SamplingParts): () => void {
  let told = { requests: 0, failures: 0 };
  return () => {
    const { requests, failures } = meter;
    const { bytes, walBytes } = measureDatabase(db);
    const sample = {
      hour: hourOf(now()),
      requests: requests - told.requests,
      failures: failures - told.failures,
      databaseBytes: bytes + walBytes,
      residentBytes: Deno.memoryUsage().rss,
    };
    try {
      db.withoutWaiting(() => addSample(db, sample));
    } catch (error) {
      if (error instanceof DatabaseProblem && error.kind === "busy") return;
      throw error;
    }
    told = { requests, failures };
  };
}
