/** Contents of entries that are here whose bytes are not: why, and when to ask again. @module */
import type { Database } from "./database.ts";

/** Why a content is not here: not yet sent, what the source said of it, or longer than its entry's kind may be (for nobody to take). */
export type MissingReason = "later" | "absent" | "takendown" | "withdrawn" | "too_long";

/**
 * SQL: the missing content `t` is one that somebody should have. Only the log itself can say otherwise: a withdrawal that names
 * the entry takes its row away, and what is too long nobody may take. A revision that is said to be withdrawn may have gone
 * with its piece, which nobody can see without its bytes: that is believed where a piece before it was withdrawn.
 */
export const IS_LACKING = `t.state <> 'too_long' and not (t.state = 'withdrawn'
  and exists (select 1 from entries e where e.log = t.log and e.n = t.n and e.kind = 'revise')
  and exists (select 1 from withdrawals w join entries e on e.log = w.log and e.n = w.target_n
    where w.log = t.log and w.target_n < t.n and e.kind in ('post', 'article')))`;

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
     where log = ? and next_at_ms <= ? and state <> 'too_long' order by n desc limit ?`,
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

/** Says what is lacking of a log's contents: some that are merely not here, or only such as whoever was asked has taken down. */
export function findLack(db: Database, log: number): "contents" | "takendown" | undefined {
  const row = db.prepare(
    `select t.state = 'takendown' as isTakenDown from missing_contents t
     where t.log = ? and ${IS_LACKING} order by isTakenDown limit 1`,
  ).get(log) as { isTakenDown: number } | undefined;
  if (row === undefined) return undefined;
  return row.isTakenDown === 1 ? "takendown" : "contents";
}

/** Counts the contents that somebody should have and nobody gave. */
export function countLacking(db: Database, log: number): number {
  const { count } = db.prepare(
    `select count(*) as count from missing_contents t where t.log = ? and ${IS_LACKING}`,
  ).get(log) as { count: number };
  return count;
}

/** Has everything that is missing of what a capsule keeps, its own log included, asked for now: there is one more to ask. */
export function hurryMissingContents(db: Database, holder: string, nowMs: number): void {
  const logs =
    "(select log from holders where id = ?1 union select log from capsules where id = ?1)";
  db.prepare(`update missing_contents set next_at_ms = 0 where next_at_ms > 0 and log in ${logs}`)
    .run(holder);
  db.prepare(
    `update mirrors set next_pull_at_ms = min(next_pull_at_ms, ?2)
     where state in ('current', 'unreachable') and log in ${logs}
     and exists (select 1 from missing_contents t where t.log = mirrors.log)`,
  ).run(holder, nowMs);
}
