/** What is more than people write: the owner is asked first (docs/protocol.md §13). @module */
import type { Database } from "../storage/database.ts";
import { findGrowth, updateGrowth } from "../storage/flooding.ts";
import type { Mirror } from "../storage/mirrors.ts";

/** Entries that a log may grow by in a day, above its first-followed head. */
export const GROWTH_ENTRIES_MAX = 5_000;
/** Bytes of contents that a log may grow by in a day. */
export const GROWTH_BYTES_MAX: number = 64 * 1024 * 1024;
/** Entries of a log that is copied unasked. */
export const LOG_ENTRIES_MAX = 5_000_000;

/** Bytes of contents of a log that are copied unasked: what was there when it was followed has an end too. */
export const LOG_BYTES_MAX: number = 4 * 1024 ** 3;

/** What of a mirror decides. */
export type Grown = Pick<Mirror, "log" | "size" | "firstSize" | "allowedSize">;

/** A head above the held one, or contents that come. */
export type Growing = Readonly<{
  /** Size of the new head. */
  size: number;
  /** Bytes of the contents of the new entries, as far as they are known. */
  contentBytes: number;
  /** Unix milliseconds. */
  nowMs: number;
}>;

/** Up to where a mirror grows without being counted: what was there when it was followed, and what the owner allowed. */
function freeSize({ firstSize, allowedSize }: Grown): number {
  // Before the first pull everything is what was there.
  return firstSize === undefined ? Infinity : Math.max(firstSize, allowedSize ?? 0);
}

/** Entries of the growth that count. */
function countedEntries(mirror: Grown, size: number): number {
  return Math.max(0, size - Math.max(mirror.size, freeSize(mirror)));
}

/** "flooding" when the mirror would have grown by too much today. */
export function growthProblem(
  db: Database,
  mirror: Grown,
  { size, contentBytes, nowMs }: Growing,
): "flooding" | undefined {
  if (size <= freeSize(mirror)) return undefined;
  const today = findGrowth(db, mirror.log, nowMs);
  const isTooMuch = today.entries + countedEntries(mirror, size) > GROWTH_ENTRIES_MAX ||
    today.bytes + contentBytes > GROWTH_BYTES_MAX;
  return isTooMuch ? "flooding" : undefined;
}

/** Counts growth that was taken. */
export function countGrowth(
  db: Database,
  mirror: Grown,
  { size, contentBytes, nowMs }: Growing,
): void {
  if (size <= freeSize(mirror)) return;
  const entries = countedEntries(mirror, size);
  updateGrowth(db, mirror.log, nowMs, { entries, bytes: contentBytes });
}
