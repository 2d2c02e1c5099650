/** Takedowns: what this capsule removed from its own copies, for ever; date and kind of reason are public. @module */
import type { Database } from "./database.ts";
import type { Takedown } from "./takedown_list.ts";

export {
  hasTakedowns,
  isTakenDown,
  type Takedown,
  TAKEDOWN_REASONS,
  type TakedownKind,
  type TakedownReason,
} from "./takedown_list.ts";

export {
  listContentHashes,
  takeDownBlob,
  takeDownCapsule,
  takeDownContent,
  takeDownEntry,
  type TakedownWords,
  type TakingDown,
} from "./taking_down.ts";

/** Takedowns listed at once at most. */
export const TAKEDOWNS_MAX = 1_000;

/** Lists the acts of taking down, the newest first. */
export function listTakedowns(
  db: Database,
  query: Readonly<{ before?: number | undefined; limit: number }>,
): Takedown[] {
  return db.prepare(
    `select id, kind, target, reason, note, at_ms as atMs from takedowns
     where part_of is null and id < ? order by id desc limit ?`,
  ).all(
    query.before ?? Number.MAX_SAFE_INTEGER,
    Math.min(query.limit, TAKEDOWNS_MAX),
  ) as Takedown[];
}

/** Counts the acts of taking down. */
export function countTakedowns(db: Database): number {
  return (db.prepare("select count(*) as n from takedowns where part_of is null").get() as {
    n: number;
  }).n;
}
