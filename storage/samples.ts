/** Samples: how many requests came in an hour and how large everything was; for the owner's chart. @module */
import type { Database } from "./database.ts";

/** One hour (UTC). */
export type Sample = Readonly<{
  /** Hours since 1970-01-01T00Z. */
  hour: number;
  /** Requests answered in it, of anybody. */
  requests: number;
  /** Those of them that ended with a status of 500 or more. */
  failures: number;
  /** Bytes of the database with its -wal, when it was looked at last in this hour. */
  databaseBytes: number;
  /** Bytes of memory that the serving program held then. */
  residentBytes: number;
}>;

/** The size of the database on one day (UTC). */
export type DaySize = Readonly<{
  /** Days since 1970-01-01. */
  day: number;
  /** The largest that was seen on it. */
  databaseBytes: number;
}>;

const HOUR_MS = 3_600_000;
/** Hours that are kept: older ones go when a new one comes. */
export const SAMPLES_MAX: number = 90 * 24;

/** The hour of an instant, in Unix milliseconds. */
export function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS);
}

/**
 * Adds what was counted since the last time to its hour; the sizes replace those of before. No page of a reader shows it: the
 * change mark stays.
 */
export function addSample(db: Database, sample: Sample): void {
  const { hour, requests, failures, databaseBytes, residentBytes } = sample;
  db.quietTransaction(() => {
    db.prepare(
      `insert into samples (hour, requests, failures, database_bytes, resident_bytes)
       values (?, ?, ?, ?, ?) on conflict (hour) do update set
       requests = requests + excluded.requests, failures = failures + excluded.failures,
       database_bytes = excluded.database_bytes, resident_bytes = excluded.resident_bytes`,
    ).run(hour, requests, failures, databaseBytes, residentBytes);
    // By number and not by age: a clock that was wrong for a day may take nothing else with it.
    db.prepare(
      "delete from samples where hour in (select hour from samples order by hour desc limit 100 offset ?)",
    ).run(SAMPLES_MAX);
  });
}

/** Lists the samples of `count` hours (and at most SAMPLES_MAX) up to `hour`, the oldest first; hours in which nothing ran are not there. */
export function listSamples(db: Database, hour: number, count: number): Sample[] {
  return db.prepare(
    `select hour, requests, failures, database_bytes as databaseBytes,
     resident_bytes as residentBytes from samples where hour > ? and hour <= ? order by hour limit ?`,
  ).all(hour - count, hour, SAMPLES_MAX) as Sample[];
}

/** Finds the newest sample; undefined before the first. */
export function findNewestSample(db: Database): Sample | undefined {
  return db.prepare(
    `select hour, requests, failures, database_bytes as databaseBytes,
     resident_bytes as residentBytes from samples order by hour desc limit 1`,
  ).get() as Sample | undefined;
}

/** Lists how large the database was on each day that has samples, the oldest first. */
export function listDaySizes(db: Database): DaySize[] {
  return db.prepare(
    `select hour / 24 as day, max(database_bytes) as databaseBytes from samples
     group by hour / 24 order by hour / 24 limit ?`,
  ).all(SAMPLES_MAX / 24 + 1) as DaySize[];
}
