/** The signing key: the Ed25519 seed that signs this capsule's checkpoints. @module */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { equalBytes } from "../mesh/protocol/text.ts";
import type { Database } from "./database.ts";

/** PKCS #8 around a raw Ed25519 seed (RFC 8410). */
const PRIVATE_PREFIX = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

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

/** Says whether the stored halves belong together: a seed that changed on disk would sign what nobody can verify. */
export function isWholeKey({ seed, publicKey }: SigningKey): boolean {
  return equalBytes(derivePublicKey(seed), publicKey);
}

/** Makes the runtime's key object of a seed. Throws RangeError for a length other than 32. */
export function makePrivateKey(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError("Cannot use seed: expected 32 bytes");
  const key = Buffer.from([...PRIVATE_PREFIX, ...seed]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** Derives the raw public key, 32 bytes, of a seed of 32 bytes. */
export function derivePublicKey(seed: Uint8Array): Uint8Array {
  const der = createPublicKey(makePrivateKey(seed)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(-32));
}
