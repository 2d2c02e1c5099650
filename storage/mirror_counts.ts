/** How the copies are doing all together. @module */
import type { Database } from "./database.ts";
import type { MirrorState } from "./mirrors.ts";

/** All mirrors, counted. */
export type MirrorCounts = Readonly<{
  /** How many there are in each state; states without a mirror are absent. */
  states: Readonly<Partial<Record<MirrorState, number>>>;
  /** How many are not known to belong to the newest identity record. */
  unconfirmed: number;
  /** When the newest head of any of them was seen, Unix milliseconds; undefined before the first. */
  seenAtMs: number | undefined;
  /** When the one that waits longest is or was due, Unix milliseconds; undefined when none waits to be asked. */
  dueAtMs: number | undefined;
}>;

/** Counts mirrors by state. */
export function countMirrorStates(db: Database): MirrorCounts {
  const rows = db.prepare("select state, count(*) as count from mirrors group by state").all() as {
    state: MirrorState;
    count: number;
  }[];
  const row = db.prepare(
    `select coalesce(sum(is_confirmed = 0), 0) as unconfirmed, max(seen_at_ms) as seenAtMs,
     min(case when state in ('paused', 'closed', 'leaving', 'flooding', 'large', 'forked', 'pulling') then null
       else next_pull_at_ms end) as dueAtMs from mirrors`,
  ).get() as { unconfirmed: number; seenAtMs: number | null; dueAtMs: number | null };
  return {
    states: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
    unconfirmed: row.unconfirmed,
    seenAtMs: row.seenAtMs ?? undefined,
    dueAtMs: row.dueAtMs ?? undefined,
  };
}
