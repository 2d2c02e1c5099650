/** Holders: which other capsules openly keep a copy of a log (docs/protocol.md §12.1, §12.11). @module */
import type { Database } from "./database.ts";
import { hurryMissingContents } from "./missing_contents.ts";

/** A capsule that keeps a copy. */
export type Holder = Readonly<{
  id: string;
  /** Since when we know of it, Unix milliseconds. */
  sinceMs: number;
  /** When we last heard that it does, Unix milliseconds. */
  seenAtMs: number;
}>;

/** Holders that are remembered of one log: half of them the longest known, so that newcomers, however many, leave those. */
export const HOLDERS_MAX = 64;
/** Holders in one network that count as reached when room is made. */
export const HOLDERS_OF_NETWORK_MAX = 8;

/**
 * Saves that a capsule keeps a copy of a log. Beyond `HOLDERS_MAX` those that were never reached at an address, or are many
 * in one network, make room first; of the others half are the longest known, and half those that were heard of last.
 */
export function saveHolder(db: Database, log: number, id: string, nowMs: number): void {
  db.transaction(() => {
    const { changes } = db.prepare(
      "update holders set seen_at_ms = max(seen_at_ms, ?3) where log = ?1 and id = ?2",
    ).run(log, id, nowMs);
    if (changes > 0) return;
    db.prepare("insert into holders (log, id, since_ms, seen_at_ms) values (?1, ?2, ?3, ?3)")
      .run(log, id, nowMs);
    if (isReached(db, id)) hurryMissingContents(db, id, nowMs);
    const { count } = db.prepare("select count(*) as count from holders where log = ?").get(
      log,
    ) as {
      count: number;
    };
    if (count > HOLDERS_MAX) deleteNewcomers(db, log);
  });
}

function isReached(db: Database, id: string): boolean {
  return db.prepare("select 1 from peers where id = ? and confirmed_at_ms is not null limit 1")
    .get(id) !== undefined;
}

function deleteNewcomers(db: Database, log: number): void {
  db.prepare(
    `with known as (
       select id, since_ms, seen_at_ms, (select min(p.crowd) from peers p
         where p.id = h.id and p.confirmed_at_ms is not null) as crowd
       from holders h where log = ?1
     ), counted as (
       select *, crowd is not null
         and row_number() over (partition by crowd order by since_ms, id) <= ${HOLDERS_OF_NETWORK_MAX}
         as isGood
       from known
     ), placed as (
       select *, row_number() over (order by isGood desc, since_ms, id) <= ${
      HOLDERS_MAX / 2
    } as isLong
       from counted
     )
     delete from holders where log = ?1 and id in (select id from placed
       order by isLong desc, isGood desc, seen_at_ms desc, id limit -1 offset ${HOLDERS_MAX})`,
  ).run(log);
}

/** Lists who keeps copies of a log: in turn one of the longest known and one of those that were heard of last. */
export function listHolders(db: Database, log: number, limit: number): Holder[] {
  const holders = db.prepare(
    `select id, since_ms as sinceMs, seen_at_ms as seenAtMs from holders where log = ?
     order by seen_at_ms desc, id limit ?`,
  ).all(log, HOLDERS_MAX) as Holder[];
  return mixHolders(holders, limit);
}

/** Deletes a holder: it said that it keeps nothing of this log. */
export function deleteHolder(db: Database, log: number, id: string): void {
  db.prepare("delete from holders where log = ? and id = ?").run(log, id);
}

/**
 * In turn one of the longest known and one of those that were heard of last, each once: whoever comes in great numbers has
 * half of what is asked and told at most.
 */
export function mixHolders<T extends Holder>(lastHeardFirst: readonly T[], limit: number): T[] {
  const byAge = lastHeardFirst.toSorted((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1));
  const mixed = new Set<T>();
  for (const [place, heard] of lastHeardFirst.entries()) {
    mixed.add(byAge[place] as T);
    mixed.add(heard);
  }
  return [...mixed].slice(0, limit);
}
