/** The one-time code that opens the set-up page. @module */
import { timingSafeEqual } from "node:crypto";
import type { Database } from "./database.ts";
import { hashSecret } from "./secret_hash.ts";

/** What a code is worth now. */
export type SetupCodeState = "valid" | "expired" | "used" | "wrong";

type Row = { hash: Uint8Array; expiresAtMs: number; usedAtMs: number | null };

/** Saves the hash of a new code; the code before it no longer works. */
export function saveSetupCode(db: Database, code: string, expiresAtMs: number): void {
  saveSetupCodeHash(db, hashSecret(code), expiresAtMs);
}

/** The same for a code that only its owner knows: `hash` is its SHA-256, 32 bytes. */
export function saveSetupCodeHash(db: Database, hash: Uint8Array, expiresAtMs: number): void {
  db.prepare(
    `insert into setup_codes (id, hash, expires_at_ms, used_at_ms) values (1, ?, ?, null)
     on conflict (id) do update set hash = excluded.hash, expires_at_ms = excluded.expires_at_ms,
     used_at_ms = null`,
  ).run(hash, expiresAtMs);
}

/** Finds what a code is worth at a time (Unix milliseconds). */
export function findSetupCodeState(db: Database, code: string, nowMs: number): SetupCodeState {
  const row = db.prepare(
    "select hash, expires_at_ms as expiresAtMs, used_at_ms as usedAtMs from setup_codes where id = 1",
  ).get() as Row | undefined;
  if (row === undefined || !timingSafeEqual(row.hash, hashSecret(code))) return "wrong";
  if (row.usedAtMs !== null) return "used";
  return row.expiresAtMs <= nowMs ? "expired" : "valid";
}

/** Uses a code up, in the transaction that creates the capsule; false unless it was valid. */
export function updateSetupCodeUsed(db: Database, code: string, nowMs: number): boolean {
  return db.transaction(() => {
    if (findSetupCodeState(db, code, nowMs) !== "valid") return false;
    return db.prepare("update setup_codes set used_at_ms = ? where id = 1").run(nowMs).changes ===
      1;
  });
}
