/** The tree that a head stands for, read from a source tile by tile, each checked against the one above (docs/protocol.md §13). @module */
import { ProtocolError } from "./protocol/errors.ts";
import { TILE_BYTES_MAX, TILE_WIDTH } from "./protocol/limits.ts";
import { equalBytes } from "./protocol/text.ts";
import { encodeTilePath } from "./protocol/tile_path.ts";
import { EMPTY_ROOT, type Tile, treeRoot } from "./protocol/tree.ts";
import { foldInPlace } from "./protocol/tree_hash.ts";
import { askLog, askTwice, type LogSource } from "./question.ts";
import { SourceProblem } from "./pull_problem.ts";

/** A head whose tree is wanted: a verified checkpoint, or a cut. */
export type Target = Readonly<{ size: number; root: Uint8Array }>;

/** Checked tiles of one tree that are kept in memory, beside its right edge. */
const TILES_MAX = 64;

/** Asks a source for one tile; the answer is of that width and not checked in any other way. */
export type AskTile = (
  tile: Readonly<{ level: number; n: number; width: number; isFresh: boolean }>,
) => Promise<Uint8Array>;

/** How many hashes a tile has in a tree of this size. */
export function tileWidth(size: number, level: number, n: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH));
}

/** Asks a source for tiles of a log. Throws what `askLog` throws, and ProtocolError `tile_form` for another length. */
export function makeAskTile(source: LogSource): AskTile {
  return async ({ level, n, width, isFresh }) => {
    const path = encodeTilePath({ level, n, width });
    const { bytes } = await askLog(source, { path, bytesMax: TILE_BYTES_MAX, isFresh });
    if (bytes.length === width * 32) return bytes;
    throw new ProtocolError("tile_form", `Cannot use tile ${path}: ${bytes.length} bytes`);
  };
}

/** A tree with a known root, whose tiles are read as needed. What it answers is proved to be part of that tree. */
export class TargetTree {
  /** The root that every answer is proved against, and its size. */
  readonly target: Target;
  readonly #edge = new Map<string, Uint8Array>();
  readonly #kept = new Map<string, Uint8Array>();
  readonly #asked = new Map<string, Promise<Uint8Array>>();

  /** `edge`: the partial tiles of the right edge, which fold to the root: see `readEdge`. */
  constructor(target: Target, edge: readonly Tile[]) {
    this.target = target;
    for (const { level, n, hashes } of edge) this.#edge.set(`${level} ${n}`, hashes);
  }

  /** The tiles of the right edge, from level 0 upwards. */
  get edge(): Tile[] {
    return [...this.#edge].map(([key, hashes]) => {
      const [level, n] = key.split(" ").map(Number) as [number, number];
      return { level, n, hashes };
    });
  }

  /** A tile that was read before, if it is still in memory. */
  readonly read = (level: number, n: number): Uint8Array | undefined => {
    const key = `${level} ${n}`;
    return this.#edge.get(key) ?? this.#kept.get(key);
  };

  /**
   * Reads a tile as wide as the tree has it, and those above it that are needed to check it. Throws ProtocolError
   * `proof_mismatch` when a source gave wrong hashes twice, `tree_range` for a tile that the tree does not have.
   */
  async tile(level: number, n: number, ask: AskTile): Promise<Uint8Array> {
    const known = this.read(level, n);
    if (known !== undefined) return known;
    if (tileWidth(this.target.size, level, n) !== TILE_WIDTH) {
      throw new ProtocolError("tree_range", `Cannot read tile ${level}/${n}: not of this tree`);
    }
    const key = `${level} ${n}`;
    const asked = this.#asked.get(key);
    // Somebody else's question: when it fails this one asks its own source.
    if (asked !== undefined) {
      return await asked.catch(() => this.tile(level, n, ask));
    }
    const answer = this.#ask(level, n, ask);
    this.#asked.set(key, answer);
    try {
      return await answer;
    } finally {
      this.#asked.delete(key);
    }
  }

  /** The hash that the tree has of a whole tile: one hash of the tile above. */
  async tileHash(level: number, n: number, ask: AskTile): Promise<Uint8Array> {
    const parent = await this.tile(level + 1, Math.floor(n / TILE_WIDTH), ask);
    const at = (n % TILE_WIDTH) * 32;
    return parent.subarray(at, at + 32);
  }

  async #ask(level: number, n: number, ask: AskTile): Promise<Uint8Array> {
    const expected = await this.tileHash(level, n, ask);
    const hashes = await askTwice(async (isFresh) => {
      const found = await ask({ level, n, width: TILE_WIDTH, isFresh });
      if (equalBytes(foldInPlace(found.slice(), TILE_WIDTH), expected)) return found;
      throw new ProtocolError("proof_mismatch", `Cannot use tile ${level}/${n}: another hash`);
    });
    if (this.#kept.size >= TILES_MAX) {
      const oldest = this.#kept.keys().next().value;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(`${level} ${n}`, hashes);
    return hashes;
  }
}

/**
 * Reads the right edge of a target: for each level its partial tile, at most seven questions, which fold to the root.
 * Throws ProtocolError `proof_mismatch` when they do not, also past caches.
 */
export async function readEdge(target: Target, ask: AskTile): Promise<Tile[]> {
  if (target.size === 0) {
    if (equalBytes(target.root, EMPTY_ROOT)) return [];
    throw new ProtocolError("proof_mismatch", "Cannot use tree: empty with another root");
  }
  return await askTwice(async (isFresh) => {
    const edge: Tile[] = [];
    for (let level = 0; TILE_WIDTH ** level <= target.size; level++) {
      const n = Math.floor(target.size / TILE_WIDTH ** (level + 1));
      const width = tileWidth(target.size, level, n);
      if (width === 0) continue;
      edge.push({ level, n, hashes: await ask({ level, n, width, isFresh }) });
    }
    const byPlace = new Map(edge.map((tile) => [`${tile.level} ${tile.n}`, tile.hashes]));
    const root = treeRoot(target.size, (level, n) => byPlace.get(`${level} ${n}`));
    if (equalBytes(root, target.root)) return edge;
    throw new ProtocolError("proof_mismatch", "Cannot use tree: its right edge has another root");
  });
}

/** What a target is to the tree that is held. */
export type Proved = Readonly<{
  /** "extends": the target's tree begins with the held one. "differs": it has another root at that size. */
  outcome: "extends" | "differs";
  /** The root that the target's tree has at the held size. */
  rootBefore: Uint8Array;
  /** The target's tree, with every tile that a consistency proof from the held size needs. */
  tree: TargetTree;
}>;

/**
 * Proves what a target of at least the held size is to what is held. Throws ProtocolError when the source does not
 * have that tree, SourceProblem and AskProblem when it does not deliver.
 */
export async function proveTarget(
  held: Target,
  target: Target,
  ask: AskTile,
): Promise<Proved> {
  if (target.size < held.size) {
    throw new SourceProblem("undelivered", `Cannot prove: ${target.size} is below ${held.size}`);
  }
  const tree = new TargetTree(target, await readEdge(target, ask));
  const path = new Map<string, Uint8Array>();
  // From the top: each tile is checked against the one above, which was read just before.
  for (let level = 6; level >= 0; level--) {
    const n = Math.floor(held.size / TILE_WIDTH ** (level + 1));
    const isNeeded = tileWidth(held.size, level, n) > 0;
    if (isNeeded) path.set(`${level} ${n}`, await tree.tile(level, n, ask));
  }
  const rootBefore = treeRoot(held.size, (level, n) => path.get(`${level} ${n}`));
  const outcome = equalBytes(rootBefore, held.root) ? "extends" : "differs";
  return { outcome, rootBefore, tree };
}
