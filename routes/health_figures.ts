/** The owner's charts as figures: requests by hour and day, the database by day. @module */
import type { Database } from "../storage/database.ts";
import { hourOf, listDaySizes, listSamples } from "../storage/samples.ts";
import { findOffsetMs } from "../storage/time_zone.ts";
import type { DayRequests, SizeOfDay } from "../views/charts.ts";

const DAYS = 7;
const HOURS_OF_DAY = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = HOURS_OF_DAY * HOUR_MS;

/** The last seven days of the owner's time zone, today last; hours in which nothing ran count 0. */
export function readDayRequests(db: Database, timeZone: string, nowMs: number): DayRequests[] {
  const localDay = (ms: number) => Math.floor((ms + findOffsetMs(timeZone, ms)) / DAY_MS);
  const today = localDay(nowMs);
  const days = Array.from({ length: DAYS }, (_, n) => ({
    // Read as UTC it is the date of that day.
    dayMs: (today - DAYS + 1 + n) * DAY_MS,
    hours: new Array<number>(HOURS_OF_DAY).fill(0),
    failures: 0,
  }));
  for (const sample of listSamples(db, hourOf(nowMs), (DAYS + 1) * HOURS_OF_DAY)) {
    const ms = sample.hour * HOUR_MS;
    const day = days[localDay(ms) - today + DAYS - 1];
    if (day === undefined) continue;
    const hour = Math.floor((ms + findOffsetMs(timeZone, ms)) / HOUR_MS) % HOURS_OF_DAY;
    day.hours[hour] = (day.hours[hour] ?? 0) + sample.requests;
    day.failures += sample.failures;
  }
  return days;
}

/** How large the database was, day by day (UTC). */
export function readDaySizes(db: Database): SizeOfDay[] {
  return listDaySizes(db).map(({ day, databaseBytes }) => ({
    dayMs: day * DAY_MS,
    bytes: databaseBytes,
  }));
}
