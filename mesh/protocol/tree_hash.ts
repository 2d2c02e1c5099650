/** Leaf and node hashes of RFC 6962, section 2.1, without allocations but the result (§8.1). */
import { sha256 } from "@noble/hashes/sha2.js";

/** Root of the tree without entries: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array());

/** A hash state that has taken in the leaf prefix 0x00, one with the node prefix 0x01, and one to work on. */
const LEAF = sha256.create().update(Uint8Array.of(0));
const NODE = sha256.create().update(Uint8Array.of(1));
const work = sha256.create();

/** Hashes an entry into its leaf hash: SHA-256(0x00, bytes). */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  LEAF._cloneInto(work).update(entry).digestInto(out);
  return out;
}

/** Hashes two children: SHA-256(0x01, left, right). */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  NODE._cloneInto(work).update(left).update(right).digestInto(out);
  return out;
}

/**
 * Folds `count` hashes of 32 bytes that lie side by side, a power of two, into their common root.
 * Works on the bytes in place: what it is given is overwritten.
 */
export function foldInPlace(hashes: Uint8Array, count: number): Uint8Array {
  for (let width = count; width > 1; width /= 2) {
    for (let pair = 0; pair < width / 2; pair++) {
      // A pair is read whole before the digest is written over its front or earlier ones.
      NODE._cloneInto(work).update(hashes.subarray(pair * 64, pair * 64 + 64))
        .digestInto(hashes.subarray(pair * 32, pair * 32 + 32));
    }
  }
  return hashes.slice(0, 32);
}
