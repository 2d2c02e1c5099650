/** Entries set aside that a newer head takes in again, where no source delivers them (docs/protocol.md §5.7). @module */
import { listEntriesSetAside } from "../storage/entries_set_aside.ts";
import { listMissingEntries, storeRuns } from "../storage/mirror_log.ts";
import { hasSetAside, restoreSetAside } from "../storage/set_aside.ts";
import type { Filling } from "./fill.ts";
import { TILE_WIDTH } from "./protocol/limits.ts";
import type { Tile } from "./protocol/tree.ts";
import { failureOf, MovedProblem } from "./pull_problem.ts";
import { makeAskTile } from "./target.ts";

/** Ranges of missing entries that are looked at. */
const RANGES_MAX = 256;

/**
 * Takes those of the missing entries back from what is set aside whose leaf hashes the tree has; says whether nothing is missing
 * then. Sources are asked for hashes only. Throws MovedProblem when another record came.
 */
export async function restoreKept(filling: Filling): Promise<boolean> {
  const { mesh: { db }, log, tree, signal } = filling;
  if (!hasSetAside(db, log)) return false;
  for (const { from, to } of listMissingEntries(db, log, RANGES_MAX)) {
    const last = Math.min(to, tree.target.size) - 1;
    for (let n = Math.floor(from / TILE_WIDTH); n * TILE_WIDTH <= last; n++) {
      if (signal?.aborted === true) return false;
      const range = { from: Math.max(from, n * TILE_WIDTH), to: (n + 1) * TILE_WIDTH };
      if (listEntriesSetAside(db, log, range, 1).length > 0) await restoreRun(filling, n);
    }
  }
  return listMissingEntries(db, log, 1).length === 0;
}

async function restoreRun(filling: Filling, n: number): Promise<void> {
  const { mesh: { db }, log, record, tree } = filling;
  const leaves = await readLeaves(filling, n);
  if (leaves === undefined) return;
  const hashes = Array.from(
    { length: leaves.length / 32 },
    (_, i) => leaves.subarray(i * 32, i * 32 + 32),
  );
  const tiles: Tile[] = [{ level: 0, n, hashes: leaves }];
  for (let level = 1; level < 7; level++) {
    const above = Math.floor(n / TILE_WIDTH ** level);
    const found = tree.read(level, above);
    if (found !== undefined) tiles.push({ level, n: above, hashes: found });
  }
  const from = n * TILE_WIDTH;
  const outcome = db.transaction(() => {
    const restored = restoreSetAside(db, log, { record }, { from, hashes });
    if (restored === "moved" || restored === 0) return restored;
    return storeRuns(db, log, { record }, [{ from, entries: [], contents: [], tiles }]);
  });
  if (outcome === "moved") throw new MovedProblem("Cannot restore: another record is there now");
}

/** The leaf hashes of an aligned run; undefined when no source proves them. */
async function readLeaves(
  { tree, sources, joining }: Filling,
  n: number,
): Promise<Uint8Array | undefined> {
  const known = tree.read(0, n);
  if (known !== undefined) return known;
  for (const source of [...sources, ...joining]) {
    try {
      return await tree.tile(0, n, makeAskTile(source));
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
    }
  }
  return undefined;
}
