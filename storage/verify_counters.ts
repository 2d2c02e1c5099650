/** Verifies counters against what they count. @module */
import { countMonths } from "./archive.ts";
import type { Database } from "./database.ts";
import { findSettings } from "./settings.ts";
import type { Report } from "./verify_report.ts";

/** Counts pieces, tags and the archive again. */
export function verifyCounters(db: Database, report: Report): void {
  const piece = "case when is_page = 1 then 'page' else kind end";
  compare(db, report, "count of pieces", {
    kept: "select log, shelf as name, pieces as n from piece_counts where pieces > 0",
    counted: `select log, ${piece} as name, count(*) as n from pieces group by log, name`,
  });
  compare(db, report, "count of tag", {
    kept: "select log, tag as name, pieces as n from tags",
    counted: "select log, tag as name, count(*) as n from piece_tags group by log, tag",
  });
  verifyArchive(db, report);
}

type Count = { log: number; name: string; n: number };

function compare(
  db: Database,
  report: Report,
  what: string,
  sql: Readonly<{ kept: string; counted: string }>,
): void {
  const kept = toMap(db.prepare(sql.kept).all() as Count[]);
  const counted = toMap(db.prepare(sql.counted).all() as Count[]);
  compareMaps(report, what, kept, counted);
}

function toMap(rows: Count[]): Map<string, number> {
  return new Map(rows.map(({ log, name, n }) => [`${name} of log ${log}`, n]));
}

function compareMaps(
  report: Report,
  what: string,
  kept: Map<string, number>,
  counted: Map<string, number>,
): void {
  for (const name of new Set([...kept.keys(), ...counted.keys()])) {
    const [expected, found] = [counted.get(name) ?? 0, kept.get(name) ?? 0];
    report.check(expected === found, `The ${what} ${name}: expected ${expected}, found ${found}`);
  }
}

function verifyArchive(db: Database, report: Report): void {
  const { timeZone } = findSettings(db);
  const logs = db.prepare("select log from capsules order by log").all() as { log: number }[];
  const counted = new Map<string, number>();
  for (const { log } of logs) {
    for (const kind of ["post", "article"]) {
      for (const { year, month, count } of countMonths(db, timeZone, log, kind)) {
        counted.set(`${year}-${month} ${kind} of log ${log}`, count);
      }
    }
  }
  const months = db.prepare("select log, year, month, kind, pieces as n from archive").all() as {
    log: number;
    year: number;
    month: number;
    kind: string;
    n: number;
  }[];
  const kept = new Map(
    months.map(({ log, year, month, kind, n }) => [`${year}-${month} ${kind} of log ${log}`, n]),
  );
  compareMaps(report, "archive's count", kept, counted);
}
