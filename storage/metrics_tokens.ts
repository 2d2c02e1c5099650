/** The token with which a monitoring program may read the figures; only its hash is stored. @module */
import { timingSafeEqual } from "node:crypto";
import type { Database } from "./database.ts";
import { hashSecret } from "./secret_hash.ts";

/** Saves a token in the place of the one before. The token must be random: 16 bytes or more of it. */
export function saveMetricsToken(db: Database, token: string, nowMs: number): void {
  db.prepare(
    `insert into metrics_tokens (id, hash, made_at_ms) values (1, ?, ?)
     on conflict (id) do update set hash = excluded.hash, made_at_ms = excluded.made_at_ms`,
  ).run(hashSecret(token), nowMs);
}

/** When the token in force was made, Unix milliseconds; undefined when there is none. */
export function findMetricsTokenMs(db: Database): number | undefined {
  const row = db.prepare("select made_at_ms as ms from metrics_tokens where id = 1").get() as
    | { ms: number }
    | undefined;
  return row?.ms;
}

/** Says whether this is the token in force; false when there is none. */
export function isMetricsToken(db: Database, token: string): boolean {
  const row = db.prepare("select hash from metrics_tokens where id = 1").get() as
    | { hash: Uint8Array }
    | undefined;
  return row !== undefined && timingSafeEqual(row.hash, hashSecret(token));
}

/** Ends the token. */
export function deleteMetricsToken(db: Database): void {
  db.prepare("delete from metrics_tokens").run();
}
