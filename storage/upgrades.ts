/** Which versions this file has had, and which program used it in each. @module */
import type { Database } from "./database.ts";
import { DATABASE_VERSION } from "./migrations.ts";
import { countRunningDays } from "./running_days.ts";

/** One version that the file has or had. */
export type Upgrade = Readonly<{
  /** The version of its tables. */
  version: number;
  /** The version of the program that used it last in this version; "" when that is not known. */
  program: string;
  /** Since when it has, or had, this version, Unix milliseconds. */
  atMs: number;
  /** The same in days on which this capsule ran. */
  sinceDay: number;
}>;

/** Finds what is known of a version; undefined for one that the file never had, and for those before version 9. */
export function findUpgrade(db: Database, version: number): Upgrade | undefined {
  return db.prepare(
    `select version, program, at_ms as atMs, since_day as sinceDay from upgrades where version = ?`,
  ).get(version) as Upgrade | undefined;
}

/** Saves that a program uses the file in this program's version; the day since when stays. */
export function saveUpgrade(db: Database, program: string, nowMs: number): void {
  db.prepare(
    `insert into upgrades (version, program, at_ms, since_day) values (?, ?, ?, ?)
     on conflict (version) do update set program = excluded.program where program <> excluded.program`,
  ).run(DATABASE_VERSION, program, nowMs, countRunningDays(db));
}
