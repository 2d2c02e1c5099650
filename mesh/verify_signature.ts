/** Ed25519 by the runtime's own library, with prepared keys kept (docs/protocol.md, signatures). @module */
import { Buffer } from "node:buffer";
import {
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import { toHex } from "./protocol/hex.ts";
import { makePrivateKey } from "../storage/keys.ts";
import type { Sign } from "./protocol/public_key.ts";

/** SubjectPublicKeyInfo around a raw Ed25519 key (RFC 8410). */
const PUBLIC_PREFIX = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];
/** Preparing a key costs more than a verification. */
const KEYS_MAX = 256;

const keys = new Map<string, KeyObject>();

/**
 * Verifies an Ed25519 signature of 64 bytes by a raw public key of 32; false for anything of another length and for a key
 * that is no point of the curve. Whether a key may be used at all is `checkPublicKey`'s question.
 */
export function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = findKey(publicKey);
  return key !== undefined && verifyBytes(null, message, key, signature);
}

/** Makes the function that signs with a seed of 32 bytes. */
export function makeSign(seed: Uint8Array): Sign {
  const key = makePrivateKey(seed);
  return (message) => new Uint8Array(signBytes(null, message, key));
}

/** Undefined for half of all 32 bytes: those whose y has no x on the curve. */
function findKey(publicKey: Uint8Array): KeyObject | undefined {
  const name = toHex(publicKey);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const der = Buffer.from([...PUBLIC_PREFIX, ...publicKey]);
  let key: KeyObject;
  try {
    key = createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    // The only thing that can be wrong with these bytes.
    return undefined;
  }
  if (keys.size >= KEYS_MAX) keys.clear();
  keys.set(name, key);
  return key;
}
