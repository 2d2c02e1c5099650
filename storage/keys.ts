/** The signing key: the Ed25519 seed that signs this capsule's checkpoints. @module */
import type { Database } from "./database.ts";

/** A signing key as stored. */
export type SigningKey = Readonly<{
  /** RFC 8032 seed, 32 bytes. Secret. */
  seed: Uint8Array;
  /** The public half, 32 bytes. */
  publicKey: Uint8Array;
}>;

/** Finds the key that signs a log; undefined for logs of others. */
export function findSigningKey(db: Database, log: number): SigningKey | undefined {
  return db.prepare("select seed, public_key as publicKey from signing_keys where log = ?")
    .get(log) as SigningKey | undefined;
}

/** Saves the key that signs a log, in place of the one before. */
export function saveSigningKey(db: Database, log: number, key: SigningKey): void {
  db.prepare(
    `insert into signing_keys (log, public_key, seed) values (?, ?, ?)
     on conflict (log) do update set public_key = excluded.public_key, seed = excluded.seed`,
  ).run(log, key.publicKey, key.seed);
}
