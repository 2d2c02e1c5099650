/** Which entries below a log's head are not here yet, as ranges: a pull resumes anywhere. @module */
import type { Database } from "./database.ts";

/** The entries [from, to). */
export type Range = Readonly<{ from: number; to: number }>;

const COLUMNS = `from_n as "from", to_n as "to"`;

/** Lists the ranges that are missing, the newest first. */
export function listMissingEntries(db: Database, log: number, limit: number): Range[] {
  return db.prepare(
    `select ${COLUMNS} from missing_entries where log = ? order by from_n desc limit ?`,
  ).all(log, limit) as Range[];
}

/** Adds a range of which nothing is missing so far; joins it with its neighbours. */
export function insertMissingEntries(db: Database, log: number, range: Range): void {
  if (range.from >= range.to) return;
  const before = db.prepare(
    `select ${COLUMNS} from missing_entries where log = ? and from_n < ? order by from_n desc limit 1`,
  ).get(log, range.from) as Range | undefined;
  const after = db.prepare(
    `select ${COLUMNS} from missing_entries where log = ? and from_n = ?`,
  ).get(log, range.to) as Range | undefined;
  if (after !== undefined) {
    db.prepare("delete from missing_entries where log = ? and from_n = ?").run(log, after.from);
  }
  const to = after?.to ?? range.to;
  if (before?.to === range.from) {
    db.prepare("update missing_entries set to_n = ? where log = ? and from_n = ?")
      .run(to, log, before.from);
  } else {
    db.prepare("insert into missing_entries (log, from_n, to_n) values (?, ?, ?)")
      .run(log, range.from, to);
  }
}

/** Takes [from, to) out of what is missing; answers the parts of it that were missing, in order. */
export function deleteMissingEntries(db: Database, log: number, { from, to }: Range): Range[] {
  const rows = db.prepare(
    `select ${COLUMNS} from missing_entries where log = ? and from_n < ? and to_n > ? order by from_n`,
  ).all(log, to, from) as Range[];
  const insert = db.prepare("insert into missing_entries (log, from_n, to_n) values (?, ?, ?)");
  const found: Range[] = [];
  for (const row of rows) {
    db.prepare("delete from missing_entries where log = ? and from_n = ?").run(log, row.from);
    if (row.from < from) insert.run(log, row.from, from);
    if (row.to > to) insert.run(log, to, row.to);
    found.push({ from: Math.max(from, row.from), to: Math.min(to, row.to) });
  }
  return found;
}
