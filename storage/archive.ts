/** The archive: how many pieces a log has in each month of the capsule's time zone, kept as counters. @module */
import type { Database } from "./database.ts";
import { endId, idMs, minId } from "./piece_ids.ts";
import { findMonthStartMs, makeMonthFinder, type Month } from "./time_zone.ts";

/** A year with pieces. */
export type YearCount = Readonly<{
  /** Calendar year in the capsule's time zone. */
  year: number;
  /** Posts and articles, without pages. */
  count: number;
}>;

/** A month with pieces. */
export type MonthCount = Readonly<{
  /** Calendar year. */
  year: number;
  /** 1 to 12. */
  month: number;
  /** Posts and articles, without pages. */
  count: number;
}>;

/** Years listed at most. */
const YEARS_MAX = 400;

/** Lists the years in which a log has pieces, the newest first. */
export function listYears(db: Database, log: number, kind?: "post" | "article"): YearCount[] {
  return db.prepare(
    `select year, sum(pieces) as count from archive where log = ? and kind = coalesce(?, kind)
     group by year order by year desc limit ?`,
  ).all(log, kind ?? null, YEARS_MAX) as YearCount[];
}

/** Lists the months of a year in which a log has pieces, the newest first. */
export function listMonths(
  db: Database,
  log: number,
  year: number,
  kind?: "post" | "article",
): MonthCount[] {
  return db.prepare(
    `select year, month, sum(pieces) as count from archive
     where log = ? and year = ? and kind = coalesce(?, kind) group by month order by month desc`,
  ).all(log, year, kind ?? null) as MonthCount[];
}

/** The piece ids [from, to) of a year, or of one month of it, in a time zone. */
export function findIdRange(
  timeZone: string,
  year: number,
  month?: number,
): { from: number; to: number } {
  const start: Month = { year, month: month ?? 1 };
  const end = month === undefined ? { year: year + 1, month: 1 } : { year, month: month + 1 };
  return {
    from: minId(findMonthStartMs(timeZone, start)),
    to: endId(findMonthStartMs(timeZone, end)),
  };
}

let finderZone = "";
let findMonthOf: (ms: number) => Month = () => ({ year: 0, month: 1 });

/** The month of a time (Unix milliseconds) in a time zone. */
export function findMonth(timeZone: string, ms: number): Month {
  if (timeZone !== finderZone) {
    finderZone = timeZone;
    findMonthOf = makeMonthFinder(timeZone);
  }
  return findMonthOf(ms);
}

/** Adds pieces of a kind to a log's month, or takes them away; called by the projection. */
export function updateMonth(db: Database, month: MonthRow, change: number): void {
  if (change > 0) addToMonth(db, { ...month, count: change });
  else if (change < 0) takeFromMonth(db, month, -change);
}

/** Counts every log's archive again, after the time zone changed. Runs inside the transaction that changes it. */
export function rebuildArchive(db: Database, timeZone: string): void {
  db.prepare("delete from archive").run();
  const logs = db.prepare("select log from capsules order by log").all() as { log: number }[];
  for (const { log } of logs) {
    for (const kind of ["post", "article"]) rebuildLog(db, timeZone, log, kind);
  }
}

function rebuildLog(db: Database, timeZone: string, log: number, kind: string): void {
  for (const { year, month, count } of countMonths(db, timeZone, log, kind)) {
    addToMonth(db, { log, kind, year, month, count });
  }
}

/**
 * Counts the pieces of a kind month by month, the oldest first, without the kept counters. Jumps from month to month, so
 * that it costs one index range for each month that has pieces.
 */
export function countMonths(
  db: Database,
  timeZone: string,
  log: number,
  kind: string,
): MonthCount[] {
  const where = "from pieces where log = ? and kind = ? and is_page = 0 and id >= ?";
  const findNext = db.prepare(`select id ${where} order by id limit 1`);
  const count = db.prepare(`select count(*) as n ${where} and id < ?`);
  const findMonthAt = makeMonthFinder(timeZone);
  const months: MonthCount[] = [];
  let from = 0;
  while (true) {
    const next = findNext.get(log, kind, from) as { id: number } | undefined;
    if (next === undefined) return months;
    const { year, month } = findMonthAt(idMs(next.id));
    const { to } = findIdRange(timeZone, year, month);
    const row = count.get(log, kind, next.id, to) as { n: number };
    months.push({ year, month, count: row.n });
    from = to;
  }
}

/** One kind in one month of a log. */
export type MonthRow = Readonly<{ log: number; kind: string; year: number; month: number }>;

function addToMonth(db: Database, row: MonthRow & Readonly<{ count: number }>): void {
  db.prepare(
    `insert into archive (log, year, month, kind, pieces) values (?, ?, ?, ?, ?)
     on conflict (log, year, month, kind) do update set pieces = pieces + excluded.pieces`,
  ).run(row.log, row.year, row.month, row.kind, row.count);
}

function takeFromMonth(db: Database, { log, year, month, kind }: MonthRow, count: number): void {
  const where = "where log = ? and year = ? and month = ? and kind = ?";
  const { changes } = db.prepare(`delete from archive ${where} and pieces = ?`)
    .run(log, year, month, kind, count);
  if (changes === 1) return;
  db.prepare(`update archive set pieces = pieces - ? ${where}`).run(count, log, year, month, kind);
}
