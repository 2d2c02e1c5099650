/** Contents: the bytes that entries name by hash, and whether they are still shown. @module */
import type { Database } from "./database.ts";

/**
 * A content as it may be shown: held with its bytes; withdrawn by the entry at `by` (set aside for 30 days, then
 * erased: the difference is nobody's business but `verify`'s); or absent.
 */
export type ContentState =
  | Readonly<{ state: "held"; bytes: Uint8Array }>
  | Readonly<{ state: "withdrawn"; by: number }>
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
  return { state: "withdrawn", by: row.by ?? 0 };
}

/** Inserts a held content; called by `appendEntries` only. */
export function insertContent(db: Database, log: number, index: number, bytes: Uint8Array): void {
  db.prepare("insert into contents (log, n, state, bytes) values (?, ?, 'held', ?)")
    .run(log, index, bytes);
}

/** Sets a held content aside: unshown and unserved from now on. False when it was not held. */
export function updateContentWithdrawn(
  db: Database,
  log: number,
  index: number,
  by: number,
  day: number,
): boolean {
  return db.prepare(
    `update contents set state = 'withdrawn', by_n = ?, since_day = ?
     where log = ? and n = ? and state = 'held'`,
  ).run(by, day, log, index).changes === 1;
}

/** Erases at most `limit` contents that were set aside on or before a running day; answers how many. */
export function updateContentsErased(db: Database, day: number, limit: number): number {
  return db.prepare(
    `update contents set state = 'erased', bytes = null where rowid in
     (select rowid from contents where state = 'withdrawn' and since_day <= ? limit ?)`,
  ).run(day, limit).changes;
}
