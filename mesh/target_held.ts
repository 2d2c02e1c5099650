/** The tree of the head that is held already: its right edge from our own tiles, else from a source. @module */
import type { StoredCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { findTile } from "../storage/tiles.ts";
import { TILE_WIDTH } from "./protocol/limits.ts";
import { equalBytes } from "./protocol/text.ts";
import { type Tile, treeRoot } from "./protocol/tree.ts";
import { failureOf } from "./pull_problem.ts";
import type { LogSource } from "./question.ts";
import { makeAskTile, readEdge, TargetTree, tileWidth } from "./target.ts";

/** Makes the tree of the held head; undefined when our own tiles are not there and no source gives them. */
export async function readHeldTree(
  db: Database,
  log: number,
  head: StoredCheckpoint,
  sources: readonly LogSource[],
): Promise<TargetTree | undefined> {
  const held = findHeldEdge(db, log, head);
  if (held !== undefined) return new TargetTree(head, held);
  for (const source of sources) {
    try {
      return new TargetTree(head, await readEdge(head, makeAskTile(source)));
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
    }
  }
  return undefined;
}

/** The right edge from stored tiles; undefined when one is not there or they do not fold to the root. */
function findHeldEdge(db: Database, log: number, head: StoredCheckpoint): Tile[] | undefined {
  const edge: Tile[] = [];
  for (let level = 0; TILE_WIDTH ** level <= head.size; level++) {
    const n = Math.floor(head.size / TILE_WIDTH ** (level + 1));
    const width = tileWidth(head.size, level, n);
    if (width === 0) continue;
    const hashes = findTile(db, log, level, n);
    if (hashes === undefined || hashes.length < width * 32) return undefined;
    edge.push({ level, n, hashes: hashes.subarray(0, width * 32) });
  }
  const byPlace = new Map(edge.map((tile) => [`${tile.level} ${tile.n}`, tile.hashes]));
  const root = treeRoot(head.size, (level, n) => byPlace.get(`${level} ${n}`));
  return equalBytes(root, head.root) ? edge : undefined;
}
