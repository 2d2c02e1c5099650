/** Contents of entries that are here whose bytes are not: why, and when to ask again. @module */
import type { Database } from "./database.ts";

/** Why a content is not here: not yet sent, or what the source said of it. */
export type MissingReason = "later" | "absent" | "takendown" | "withdrawn";

/** A content to ask for. */
export type MissingContent = Readonly<{
  /** Index of its entry. */
  index: number;
  /** Why it is not here. */
  state: MissingReason;
  /** How often it was asked for in vain. */
  tries: number;
}>;

/** Lists contents to ask for now, the newest first. */
export function listMissingContents(
  db: Database,
  log: number,
  nowMs: number,
  limit: number,
): MissingContent[] {
  return db.prepare(
    `select n as "index", state, tries from missing_contents
     where log = ? and next_at_ms <= ? order by n desc limit ?`,
  ).all(log, nowMs, limit) as MissingContent[];
}

/** Records what asking for a content in vain brought; nothing when it has come meanwhile. */
export function updateMissingContent(
  db: Database,
  log: number,
  index: number,
  changes: Readonly<{ state: MissingReason; tries: number; nextAtMs: number }>,
): void {
  db.prepare(
    "update missing_contents set state = ?, tries = ?, next_at_ms = ? where log = ? and n = ?",
  ).run(changes.state, changes.tries, changes.nextAtMs, log, index);
}

/** Records that a content is not here. */
export function insertMissingContent(
  db: Database,
  log: number,
  index: number,
  state: MissingReason,
): void {
  db.prepare(
    `insert into missing_contents (log, n, state) values (?, ?, ?)
     on conflict (log, n) do update set state = excluded.state`,
  ).run(log, index, state);
}

/** Forgets that a content is missing. */
export function deleteMissingContent(db: Database, log: number, index: number): void {
  db.prepare("delete from missing_contents where log = ? and n = ?").run(log, index);
}

/** Counts contents that are missing, for a reason or for any. */
export function countMissingContents(db: Database, log: number, state?: MissingReason): number {
  const row = db.prepare(
    "select count(*) as n from missing_contents where log = ? and state = coalesce(?, state)",
  ).get(log, state ?? null) as { n: number };
  return row.n;
}
