/** Checks inclusion and consistency proofs, RFC 9162 section 2.1 (docs/protocol.md §8.3). */
import { ProtocolError } from "./errors.ts";
import { equalBytes, isInteger } from "./text.ts";
import { PROOF_HASHES_MAX } from "./limits.ts";
import { EMPTY_ROOT, hashNode } from "./tree_hash.ts";

/**
 * Checks that a leaf hash is at `index` of the tree with this size and root. Throws `ProtocolError`
 * `tree_range` (index not below size), `proof_form` (wrong number or length of hashes) or
 * `proof_mismatch`.
 */
export function verifyInclusion(
  leafHash: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  checkHashes([leafHash, root, ...proof]);
  if (!isInteger(index) || !isInteger(size) || index >= size) {
    throw new ProtocolError("tree_range", `Cannot verify inclusion: index ${index} of ${size}`);
  }
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) throw tooMany(proof);
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = hashNode(hash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw tooMany(proof);
  expectEqual(hash, root, "inclusion");
}

/**
 * Checks that the tree of `to` entries extends the tree of `from` entries. Throws `ProtocolError`
 * `tree_range` (`from` above `to`), `proof_form` or `proof_mismatch`.
 */
export function verifyConsistency(
  from: number,
  fromRoot: Uint8Array,
  to: number,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  checkHashes([fromRoot, toRoot, ...proof]);
  if (!isInteger(from) || !isInteger(to) || from > to) {
    throw new ProtocolError("tree_range", `Cannot verify consistency: ${from} to ${to}`);
  }
  if (from === 0) expectEqual(fromRoot, EMPTY_ROOT, "consistency");
  if (to === 0) expectEqual(toRoot, EMPTY_ROOT, "consistency");
  if (from === to) expectEqual(fromRoot, toRoot, "consistency");
  if (from === 0 || from === to) {
    if (proof.length > 0) throw tooMany(proof);
    return;
  }
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : [...proof];
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) throw tooMany(proof);
  foldConsistency({ from, fromRoot, to, toRoot, first, rest });
}

function foldConsistency(
  { from, fromRoot, to, toRoot, first, rest }: {
    from: number;
    fromRoot: Uint8Array;
    to: number;
    toRoot: Uint8Array;
    first: Uint8Array;
    rest: readonly Uint8Array[];
  },
): void {
  let node = from - 1;
  let last = to - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let older = first;
  let newer = first;
  for (const hash of rest) {
    if (last === 0) throw tooMany(rest);
    if (node % 2 === 1 || node === last) {
      older = hashNode(hash, older);
      newer = hashNode(hash, newer);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      newer = hashNode(newer, hash);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw tooMany(rest);
  expectEqual(older, fromRoot, "consistency");
  expectEqual(newer, toRoot, "consistency");
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.length > PROOF_HASHES_MAX + 2 || hashes.some((hash) => hash.length !== 32)) {
    throw new ProtocolError("proof_form", "Cannot verify proof: too many hashes or not 32 bytes");
  }
}

function tooMany(proof: readonly Uint8Array[]): ProtocolError {
  return new ProtocolError("proof_form", `Cannot verify proof: does not end at ${proof.length}`);
}

function expectEqual(found: Uint8Array, expected: Uint8Array, what: string): void {
  if (!equalBytes(found, expected)) {
    throw new ProtocolError("proof_mismatch", `Cannot verify ${what}: roots differ`);
  }
}
