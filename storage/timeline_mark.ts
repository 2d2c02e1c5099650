/** How far the owner has read the timeline, for the line between what is new and what is not. @module */
import type { Database } from "./database.ts";
import { parseStored } from "./stored_values.ts";

/** One visit is one look, also when pages are turned or loaded again. */
const LOOK_MS = 10 * 60_000;
const KEY = "timelineMark";

type Mark = Readonly<{
  /** The newest `id` at the visit before this one: what is above it is new. */
  seenId: number;
  /** The newest `id` at the last look. */
  newestId: number;
  /** When the last look was, Unix milliseconds. */
  atMs: number;
}>;

/** Finds the `id` above which everything is new to the owner at this time; undefined before the first look. */
export function findTimelineMark(db: Database, nowMs: number): number | undefined {
  const mark = findMark(db);
  if (mark === undefined) return undefined;
  return isSameLook(mark, nowMs) ? mark.seenId : mark.newestId;
}

/** Remembers that the owner looks now, and what was the newest; writes only where that says something new. */
export function saveTimelineLook(db: Database, newestId: number, nowMs: number): void {
  const before = findMark(db);
  const isSame = before !== undefined && isSameLook(before, nowMs);
  if (isSame && before.newestId === newestId && nowMs - before.atMs < LOOK_MS / 2) return;
  const seenId = before === undefined ? newestId : isSame ? before.seenId : before.newestId;
  db.prepare(
    "insert into settings (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
  ).run(KEY, JSON.stringify({ seenId, newestId: Math.max(newestId, seenId), atMs: nowMs }));
}

function findMark(db: Database): Mark | undefined {
  const row = db.prepare("select value from settings where key = ?").get(KEY) as
    | { value: string }
    | undefined;
  return row && parseStored<Mark>(row.value);
}

function isSameLook({ atMs }: Mark, nowMs: number): boolean {
  return Math.abs(nowMs - atMs) < LOOK_MS;
}
