/** Blocks: capsules and hosts of which nothing is pulled, shown, accepted or followed. @module */
import type { Database } from "./database.ts";

/** One block. */
export type Block = Readonly<{
  /** A capsule id, or the host of an address ("example.org", "localhost:8001"). */
  target: string;
  /** When, Unix milliseconds. */
  atMs: number;
}>;

/** Blocks listed at once at most. */
export const BLOCKS_MAX = 1_000;

/** Says whether a capsule id, a host or an address (its host counts) is blocked, or the capsule was taken down. */
export function isBlocked(db: Database, idOrHost: string): boolean {
  return db.prepare(
    `select 1 from blocks where target = ?1
     union all select 1 from takedowns where kind = 'capsule' and target = ?1`,
  ).get(makeTarget(idOrHost)) !== undefined;
}

/** Blocks a capsule id, a host or an address; a mirror of that capsule is taken off from now on. False when it was blocked. */
export function saveBlock(db: Database, idOrHost: string, nowMs: number): boolean {
  const target = makeTarget(idOrHost);
  return db.transaction(() => {
    const { changes } = db.prepare(
      "insert into blocks (target, at_ms) values (?, ?) on conflict do nothing",
    ).run(target, nowMs);
    db.prepare(
      `update mirrors set state = 'leaving', next_pull_at_ms = ? where log in
       (select log from capsules where is_own = 0 and (id = ? or address in (?, ?)))`,
    ).run(nowMs, target, `https://${target}`, `http://${target}`);
    return changes === 1;
  });
}

/** Ends a block; false when there was none. */
export function deleteBlock(db: Database, idOrHost: string): boolean {
  return db.prepare("delete from blocks where target = ?").run(makeTarget(idOrHost)).changes === 1;
}

/** Lists blocks by target, after one of them. */
export function listBlocks(
  db: Database,
  query: Readonly<{ after?: string | undefined; limit: number }> = { limit: BLOCKS_MAX },
): Block[] {
  return db.prepare(
    "select target, at_ms as atMs from blocks where target > ? order by target limit ?",
  ).all(query.after ?? "", Math.min(query.limit, BLOCKS_MAX)) as Block[];
}

/** What is kept of an id, a host or an address. */
function makeTarget(idOrHost: string): string {
  const url = /^https?:\/\//.test(idOrHost) ? URL.parse(idOrHost) : null;
  return (url === null ? idOrHost : url.host).toLowerCase();
}
