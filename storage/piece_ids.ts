/** Piece ids: integers whose order is the order by time of everything shown, of all logs. @module */
import type { Database } from "./database.ts";

/** Ids a millisecond has to itself. */
const SLOTS = 1_024;
/** The newest millisecond that ids tell apart (the year 2248); room is left above it for a crowd. */
const ID_MS_MAX = 2 ** 43 - 2 ** 24;
const NEIGHBOURS = 8;
const TRIES = 40;

/** The smallest id of a time (Unix milliseconds); times outside 1970 to 2248 count as the nearest inside. */
export function minId(ms: number): number {
  return Math.max(0, Math.min(ID_MS_MAX, Math.floor(ms))) * SLOTS;
}

/** The id below which every piece older than a time is; a time after 2248 has everything below it. */
export function endId(ms: number): number {
  return ms > ID_MS_MAX ? Number.MAX_SAFE_INTEGER : minId(ms);
}

/** The time of an id in Unix milliseconds: when it was published, or a little later where many share that moment. */
export function idMs(id: number): number {
  return Math.floor(id / SLOTS);
}

/** The id that a piece has unless another one has it already: its own slot of its millisecond. */
export function firstId(publishedAtMs: number, index: number): number {
  return minId(publishedAtMs) + index % SLOTS;
}

/**
 * Finds a free id for a piece: its own slot of its millisecond, so that pieces of one moment keep the order of the log;
 * then a neighbour; then any slot of a window that grows, so that a million pieces of one moment still find theirs fast.
 */
export function findFreeId(db: Database, publishedAtMs: number, index: number): number {
  const find = db.prepare("select 1 from pieces where id = ?");
  const isFree = (id: number) => find.get(id) === undefined;
  const base = minId(publishedAtMs);
  for (let n = 0; n < NEIGHBOURS; n += 1) {
    const id = base + (index + n) % SLOTS;
    if (isFree(id)) return id;
  }
  let random = index;
  for (let n = 0; n < TRIES; n += 1) {
    const window = SLOTS * 2 ** Math.floor(n / 2);
    // A step of a linear congruential generator: tries must differ, not be secret.
    random = (Math.imul(random, 1_664_525) + 1_013_904_223 + n) >>> 0;
    const id = base + random % window;
    if (isFree(id)) return id;
  }
  const newest = db.prepare("select max(id) as id from pieces").get() as { id: number | null };
  return (newest.id ?? base) + 1;
}
