/** The Merkle tree over a log, kept in tiles of height 8 (docs/protocol.md §8). */
import { ProtocolError } from "./errors.ts";
import { INTEGER_MAX, TILE_WIDTH } from "./limits.ts";
import { EMPTY_ROOT, foldInPlace, hashLeaf, hashNode } from "./tree_hash.ts";

export { EMPTY_ROOT, hashLeaf, hashNode };
export { verifyConsistency, verifyInclusion } from "./tree_proof.ts";

/**
 * Reads a stored hash tile: 32 bytes for each hash, at most 256 hashes, level 0 holding leaf hashes
 * and each hash of level L + 1 the root of a full tile of level L. `undefined` when there is none.
 */
export type ReadTile = (level: number, n: number) => Uint8Array | undefined;

/** A tile that changed or is new. */
export type Tile = Readonly<{
  /** Level from 0. */
  level: number;
  /** Number within the level, from 0. */
  n: number;
  /** All hashes of the tile, 32 bytes each. */
  hashes: Uint8Array;
}>;

const TILE_HEIGHT = 8;

/**
 * Appends leaf hashes to a tree of `size` entries. Returns the new size, its root and only the tiles that
 * changed or are new, from level 0 upwards. Throws `ProtocolError` `tile_form` when a tile is missing
 * and `tree_range` when the size is impossible.
 */
export function extendTree(
  size: number,
  leafHashes: readonly Uint8Array[],
  readTile: ReadTile,
): { size: number; root: Uint8Array; tiles: Tile[] } {
  checkSize(size + leafHashes.length);
  const tiles: Tile[] = [];
  let added = leafHashes;
  let width = size;
  for (let level = 0; added.length > 0; level++) {
    const grown = extendLevel(level, width, added, readTile);
    tiles.push(...grown.tiles);
    added = grown.parents;
    width = Math.floor(width / TILE_WIDTH);
  }
  const changed = new Map(tiles.map((tile) => [`${tile.level} ${tile.n}`, tile.hashes]));
  const root = treeRoot(
    size + leafHashes.length,
    (level, n) => changed.get(`${level} ${n}`) ?? readTile(level, n),
  );
  return { size: size + leafHashes.length, root, tiles };
}

/** Appends hashes to one level; `parents` are the roots of the tiles that became full. */
function extendLevel(
  level: number,
  width: number,
  added: readonly Uint8Array[],
  readTile: ReadTile,
): { tiles: Tile[]; parents: Uint8Array[] } {
  const tiles: Tile[] = [];
  const parents: Uint8Array[] = [];
  let next = 0;
  while (next < added.length) {
    const n = Math.floor((width + next) / TILE_WIDTH);
    const held = (width + next) % TILE_WIDTH;
    const take = Math.min(TILE_WIDTH - held, added.length - next);
    const hashes = new Uint8Array((held + take) * 32);
    if (held > 0) hashes.set(readWidth(readTile, level, n, held));
    for (let i = 0; i < take; i++) hashes.set(added[next + i] as Uint8Array, (held + i) * 32);
    tiles.push({ level, n, hashes });
    if (held + take === TILE_WIDTH) parents.push(foldInPlace(hashes.slice(), TILE_WIDTH));
    next += take;
  }
  return { tiles, parents };
}

/** Computes the root of the first `size` entries. Throws `tree_range` or `tile_form`. */
export function treeRoot(size: number, readTile: ReadTile): Uint8Array {
  checkSize(size);
  return size === 0 ? EMPTY_ROOT.slice() : rangeHash(0, size, keepTiles(readTile));
}

/**
 * Makes the inclusion proof of an entry in the tree of the first `size` entries, from the leaf's
 * sibling upwards (RFC 9162 section 2.1.3.1). Throws `tree_range` or `tile_form`.
 */
export function inclusionProof(index: number, size: number, readTile: ReadTile): Uint8Array[] {
  checkSize(size);
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new ProtocolError("tree_range", `Cannot prove inclusion: index ${index} of ${size}`);
  }
  const read = keepTiles(readTile);
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      proof.push(rangeHash(middle, to, read));
      to = middle;
    } else {
      proof.push(rangeHash(from, middle, read));
      from = middle;
    }
  }
  return proof.reverse();
}

/**
 * Makes the proof that the tree of `to` entries extends the one of `from` (RFC 9162 section 2.1.4.1);
 * empty when `from` is 0 or `to`. Throws `tree_range` or `tile_form`.
 */
export function consistencyProof(from: number, to: number, readTile: ReadTile): Uint8Array[] {
  checkSize(from);
  checkSize(to);
  if (from > to) {
    throw new ProtocolError("tree_range", `Cannot prove consistency: ${from} is above ${to}`);
  }
  if (from === 0 || from === to) return [];
  const read = keepTiles(readTile);
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = to;
  let isWhole = true; // The older tree covers start..end whole and is known to the verifier.
  while (from !== end) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      proof.push(rangeHash(middle, end, read));
      end = middle;
    } else {
      proof.push(rangeHash(start, middle, read));
      start = middle;
      isWhole = false;
    }
  }
  if (!isWhole) proof.push(rangeHash(start, end, read));
  return proof.reverse();
}

/** Root of the subtree over entries from..to, to being on the right edge or from..to complete. */
function rangeHash(from: number, to: number, readTile: ReadTile): Uint8Array {
  const count = to - from;
  const below = largestPowerBelow(count);
  if (count === 1 || below * 2 === count) return completeHash(from, count, readTile);
  return hashNode(
    completeHash(from, below, readTile),
    rangeHash(from + below, to, readTile),
  );
}

/** Root of an aligned subtree of `count` entries, a power of two. */
function completeHash(from: number, count: number, readTile: ReadTile): Uint8Array {
  const height = Math.log2(count);
  // A subtree as high as a whole tile is one hash of the level above.
  const level = Math.floor(height / TILE_HEIGHT);
  const unit = TILE_WIDTH ** level;
  const first = from / unit;
  const n = Math.floor(first / TILE_WIDTH);
  const start = first % TILE_WIDTH;
  const hashes = readWidth(readTile, level, n, start + count / unit);
  return foldInPlace(hashes.slice(start * 32), count / unit);
}

/** Reads the first `width` hashes of a tile. */
function readWidth(readTile: ReadTile, level: number, n: number, width: number): Uint8Array {
  const tile = readTile(level, n);
  if (tile === undefined || tile.length < width * 32) {
    throw new ProtocolError(
      "tile_form",
      `Cannot read tile ${level}/${n}: expected ${width} hashes: ${(tile?.length ?? 0) / 32}`,
    );
  }
  return tile.subarray(0, width * 32);
}

/** Reads each tile once: a proof comes back to the same one up to eight times. */
function keepTiles(readTile: ReadTile): ReadTile {
  const kept = new Map<string, Uint8Array | undefined>();
  return (level, n) => {
    const key = `${level} ${n}`;
    if (!kept.has(key)) kept.set(key, readTile(level, n));
    return kept.get(key);
  };
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function checkSize(size: number): void {
  if (!Number.isInteger(size) || size < 0 || size > INTEGER_MAX) {
    throw new ProtocolError("tree_range", `Cannot use tree size: ${size}`);
  }
}
