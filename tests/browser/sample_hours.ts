/** Forty days of a capsule that is read, for the owner's charts: nights, mornings, one busy hour. @module */
import type { Database } from "../../storage/database.ts";
import { addSample, hourOf } from "../../storage/samples.ts";

const HOURS = 40 * 24;

/** Writes them down up to now. */
export function addSampleHours(db: Database, nowMs: number): void {
  const newest = hourOf(nowMs);
  for (let age = HOURS; age >= 0; age--) {
    const hour = newest - age;
    const daylight = Math.max(0, Math.sin(((hour % 24) / 24 - 0.25) * 2 * Math.PI));
    addSample(db, {
      hour,
      requests: Math.round(20 + 160 * daylight + (hour * 7_919) % 41) + (age === 50 ? 480 : 0),
      failures: hour % 61 === 0 ? 2 : 0,
      databaseBytes: 40_000_000 + (HOURS - age) * 40_000 + (age < 300 ? 20_000_000 : 0),
      residentBytes: 91_000_000,
    });
  }
}
