/** Rows whose time is over, of every table that has such rows: what is bounded in other ways is not here. @module */
import { ATTEMPT_WINDOW_MS } from "./attempts.ts";
import type { Database } from "./database.ts";
import { ARRIVAL_WINDOW_MS } from "./inbox_arrivals.ts";
import { ONCE_KEPT_MS } from "./once_keys.ts";
import { CONFIRMATION_DAYS } from "./peers.ts";
import { SESSION_MS } from "./sessions.ts";

const DAY_MS = 86_400_000;

/** One kind of row: where it is, what names it, and how long after the time in `at` it is erased. */
type Expiry = Readonly<{ table: string; key: string; at: string; keptMs: number; only?: string }>;

const EXPIRIES: readonly Expiry[] = [
  { table: "sessions", key: "id", at: "seen_at_ms", keptMs: SESSION_MS },
  { table: "attempts", key: "id", at: "at_ms", keptMs: ATTEMPT_WINDOW_MS },
  // For some days longer, so that an old link is told what became of it.
  { table: "setup_codes", key: "id", at: "expires_at_ms", keptMs: 7 * DAY_MS },
  { table: "once_keys", key: "key", at: "at_ms", keptMs: ONCE_KEPT_MS },
  { table: "inbox_arrivals", key: "id", at: "at_ms", keptMs: ARRIVAL_WINDOW_MS },
  { table: "confirmations", key: "id", at: "at_ms", keptMs: CONFIRMATION_DAYS * DAY_MS },
  // Whoever was away for a month pulls; who is told that we follow, or of a new key, is told when it comes back.
  {
    table: "deliveries",
    key: "id",
    at: "created_at_ms",
    keptMs: 30 * DAY_MS,
    only: "kind = 'checkpoint'",
  },
  // Of names that are not used any more: a certificate in use is renewed long before.
  { table: "certificates", key: "name, directory", at: "not_after_ms", keptMs: 90 * DAY_MS },
  {
    table: "certificate_tries",
    key: "name, directory",
    at: "failed_at_ms",
    keptMs: 180 * DAY_MS,
    only: "coalesce(next_at_ms, 0) < failed_at_ms + 86400000",
  },
];

/** Deletes at most `limit` rows whose time is over at `nowMs`; answers how many. 0 means that none is left. */
export function deleteExpired(db: Database, nowMs: number, limit: number): number {
  let deleted = 0;
  for (const { table, key, at, keptMs, only = "true" } of EXPIRIES) {
    if (deleted >= limit) break;
    deleted += db.prepare(
      `delete from ${table} where (${key}) in
       (select ${key} from ${table} where ${at} < ? and ${only} limit ?)`,
    ).run(nowMs - keptMs, limit - deleted).changes;
  }
  return deleted;
}
