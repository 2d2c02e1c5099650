/** What one follower said that it holds of the owner's log, for the list of followers. @module */
import type { Database } from "./database.ts";

/** The newest answer of a follower. */
export type FollowerHoldings = Readonly<{
  /** Every entry below this index is held, with every content that can be had. */
  complete: number;
  /** Contents held. */
  contents: number;
  /** Pictures that it misses, as far as it listed them. */
  missingBlobs: number;
  /** False when it misses more than it listed. */
  isListWhole: boolean;
  /** When it was asked, Unix milliseconds. */
  askedAtMs: number;
}>;

/** Finds what a follower said; undefined when it has not said anything yet. */
export function findFollowerHoldings(db: Database, id: string): FollowerHoldings | undefined {
  const row = db.prepare(
    `select h.complete, h.contents, h.is_list_whole as isListWhole, h.asked_at_ms as askedAtMs,
     (select count(*) from holdings_missing m where m.id = h.id) as missingBlobs
     from holdings h where h.id = ?`,
  ).get(id) as Omit<FollowerHoldings, "isListWhole"> & { isListWhole: number } | undefined;
  return row && { ...row, isListWhole: row.isListWhole === 1 };
}
