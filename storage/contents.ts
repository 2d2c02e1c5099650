/** Contents: the bytes that entries name by hash, and whether they are still shown. @module */
import type { Database } from "./database.ts";
import { insertRows, type RowForm } from "./many_rows.ts";

/**
 * A content as it may be shown: held with its bytes; withdrawn by the entry at `by` (set aside for 30 days, then
 * erased: the difference is nobody's business but `verify`'s); taken down here; or absent.
 */
export type ContentState =
  | Readonly<{ state: "held"; bytes: Uint8Array }>
  | Readonly<{ state: "withdrawn"; by: number }>
  | Readonly<{ state: "takendown" }>
  | Readonly<{ state: "absent" }>;

type Row = { n: number; state: string; by: number | null; bytes: Uint8Array | null };

// Bytes that are set aside never leave SQLite.
const COLUMNS = `n, state, by_n as "by", case state when 'held' then bytes end as bytes`;

/** Finds one entry's content. */
export function findContent(db: Database, log: number, index: number): ContentState {
  const row = db.prepare(`select ${COLUMNS} from contents where log = ? and n = ?`)
    .get(log, index) as Row | undefined;
  return toState(row);
}

/** Lists the contents of `count` entries from an index on, one for each, absent ones included. */
export function listContents(
  db: Database,
  log: number,
  from: number,
  count: number,
): ContentState[] {
  const rows = db.prepare(
    `select ${COLUMNS} from contents where log = ? and n >= ? and n < ? order by n`,
  ).all(log, from, from + count) as Row[];
  const states = new Map(rows.map((row) => [row.n, toState(row)]));
  return Array.from({ length: count }, (_, i) => states.get(from + i) ?? { state: "absent" });
}

function toState(row: Row | undefined): ContentState {
  if (row === undefined) return { state: "absent" };
  if (row.state === "held" && row.bytes !== null) return { state: "held", bytes: row.bytes };
  if (row.state === "takendown") return { state: "takendown" };
  return { state: "withdrawn", by: row.by ?? 0 };
}

/** A content as it is stored, also what nobody may see; for the projection. */
export type StoredContent =
  | Readonly<{ state: "held"; bytes: Uint8Array }>
  | Readonly<{ state: "withdrawn"; bytes: Uint8Array; by: number; day: number }>
  | Readonly<{ state: "erased"; bytes: null; by: number; day: number }>
  | Readonly<{ state: "takendown"; bytes: null }>;

/** Finds a content as it is stored; undefined when there is no row. */
export function findStoredContent(
  db: Database,
  log: number,
  index: number,
): StoredContent | undefined {
  return db.prepare(
    `select state, bytes, by_n as "by", since_day as day from contents where log = ? and n = ?`,
  ).get(log, index) as StoredContent | undefined;
}

/** Inserts a content; called by the projection only. */
export function insertContent(
  db: Database,
  log: number,
  index: number,
  content: StoredContent,
): void {
  const by = "by" in content ? content.by : null;
  const day = "day" in content ? content.day : null;
  db.prepare(
    "insert into contents (log, n, state, by_n, since_day, bytes) values (?, ?, ?, ?, ?, ?)",
  )
    .run(log, index, content.state, by, day, content.bytes);
}

const HELD: RowForm = {
  into: "contents (log, n, state, by_n, since_day, bytes)",
  row: "(?, ?, 'held', null, null, ?)",
};

/** Inserts contents that are held; called by the projection only. */
export function insertHeldContents(
  db: Database,
  log: number,
  contents: readonly Readonly<{ index: number; bytes: Uint8Array }>[],
): void {
  insertRows(db, HELD, contents, ({ index, bytes }) => [log, index, bytes]);
}

/** Replaces a content's row; called by the projection only. */
export function updateContent(
  db: Database,
  log: number,
  index: number,
  content: StoredContent,
): void {
  const by = "by" in content ? content.by : null;
  const day = "day" in content ? content.day : null;
  db.prepare(
    "update contents set state = ?, by_n = ?, since_day = ?, bytes = ? where log = ? and n = ?",
  ).run(content.state, by, day, content.bytes, log, index);
}

/** Forgets a content. */
export function deleteContent(db: Database, log: number, index: number): void {
  db.prepare("delete from contents where log = ? and n = ?").run(log, index);
}

/** Lists the entries that one withdrawal hides. */
export function listHiddenBy(db: Database, log: number, by: number): number[] {
  // "+" keeps the planner from walking all contents of the log in their order.
  const rows = db.prepare("select n from contents where log = ? and by_n = ? order by +n")
    .all(log, by) as { n: number }[];
  return rows.map(({ n }) => n);
}

/** What one withdrawal hid another hides from now on: the lowest of several counts. */
export function updateHidingEntry(db: Database, log: number, from: number, to: number): void {
  db.prepare("update contents set by_n = ? where log = ? and by_n = ?").run(to, log, from);
}

/** Lists the logs that have contents set aside on or before a running day, and the days. */
export function listSetAsideDays(
  db: Database,
  day: number,
): Readonly<{ log: number; day: number; withdrawals: number; agreedDay: number | null }>[] {
  return db.prepare(
    `select t.log, t.since_day as day, count(distinct t.by_n) as withdrawals,
     (select erase_agreed_day from mirrors m where m.log = t.log) as agreedDay
     from contents t where t.state = 'withdrawn' and t.since_day <= ? group by t.log, t.since_day`,
  ).all(day) as { log: number; day: number; withdrawals: number; agreedDay: number | null }[];
}

/** Erases at most `limit` contents of a log that were set aside on a running day; answers how many. */
export function updateContentsErased(
  db: Database,
  { log, day }: Readonly<{ log: number; day: number }>,
  limit: number,
): number {
  return db.prepare(
    `update contents set state = 'erased', bytes = null where rowid in
     (select rowid from contents where state = 'withdrawn' and since_day = ? and log = ? + 0 limit ?)`,
  ).run(day, log, limit).changes;
}
