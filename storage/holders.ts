/** Holders: which other capsules openly keep a copy of a log (docs/protocol.md §12.1, §12.11). @module */
import type { Database } from "./database.ts";

/** A capsule that keeps a copy. */
export type Holder = Readonly<{
  id: string;
  /** When we last heard that it does, Unix milliseconds. */
  seenAtMs: number;
}>;

/** Holders that are remembered of one log; those that were never reached make room first, then the ones heard of longest ago. */
export const HOLDERS_MAX = 64;

/** Saves that a capsule keeps a copy of a log. */
export function saveHolder(db: Database, log: number, id: string, nowMs: number): void {
  db.transaction(() => {
    db.prepare(
      `insert into holders (log, id, seen_at_ms) values (?, ?, ?)
       on conflict (log, id) do update set seen_at_ms = max(seen_at_ms, excluded.seen_at_ms)`,
    ).run(log, id, nowMs);
    db.prepare(
      `delete from holders where log = ? and id in (select id from holders where log = ?
         order by exists (select 1 from peers p where p.id = holders.id
           and p.confirmed_at_ms is not null) desc, seen_at_ms desc, id limit -1 offset ?)`,
    ).run(log, log, HOLDERS_MAX);
  });
}

/** Lists who keeps copies of a log, the ones heard of last first. */
export function listHolders(db: Database, log: number, limit: number): Holder[] {
  return db.prepare(
    "select id, seen_at_ms as seenAtMs from holders where log = ? order by seen_at_ms desc, id limit ?",
  ).all(log, limit) as Holder[];
}

/** Deletes a holder: it said that it keeps nothing of this log. */
export function deleteHolder(db: Database, log: number, id: string): void {
  db.prepare("delete from holders where log = ? and id = ?").run(log, id);
}
