/** Once keys: a form sent twice publishes once, and both answers name the same entry. @module */
import type { Database } from "./database.ts";
import { parseStored } from "./stored_values.ts";

/** Keys are remembered for this long. */
export const ONCE_KEPT_MS: number = 7 * 86_400_000;
const KEY_CHARACTERS_MAX = 200;

/** Finds what was done under a key; undefined when nothing was. */
export function findOnceResult(db: Database, key: string): unknown {
  const row = db.prepare("select result from once_keys where key = ?").get(key) as
    | { result: string }
    | undefined;
  return row && parseStored(row.result);
}

/** Inserts what was done, in the same transaction that did it; forgets a few old keys. Throws when the key is taken. */
export function insertOnceResult(db: Database, key: string, result: unknown, nowMs: number): void {
  if (key.length > KEY_CHARACTERS_MAX) {
    throw new RangeError(
      `Cannot insert once key: expected at most ${KEY_CHARACTERS_MAX} characters`,
    );
  }
  db.prepare(
    "delete from once_keys where key in (select key from once_keys where at_ms < ? order by at_ms limit 100)",
  ).run(nowMs - ONCE_KEPT_MS);
  db.prepare("insert into once_keys (key, result, at_ms) values (?, ?, ?)")
    .run(key, JSON.stringify(result), nowMs);
}
