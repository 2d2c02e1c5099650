/** Hash tiles and entry bundles, whole or any prefix of what is held (docs/protocol.md §12.4). @module */
import { encodeEntryBundle } from "../mesh/protocol/entry_bundle.ts";
import { TILE_WIDTH } from "../mesh/protocol/limits.ts";
import type { TilePath } from "../mesh/protocol/tile_path.ts";
import type { Database } from "../storage/database.ts";
import { listEntries } from "../storage/entries.ts";
import { findTile } from "../storage/tiles.ts";
import { type Answer, MeshProblem } from "./mesh_answers.ts";
import type { Served } from "./mesh_served.ts";

/** Reads a tile, or answers 404 for one that the head's tree does not have, or that is not all here. */
export function readTileAnswer(db: Database, served: Served, tile: TilePath): Answer {
  const { capsule, checkpoint, cutSize, record } = served;
  const height = tile.level === "entries" ? 0 : tile.level;
  const unit = TILE_WIDTH ** height;
  // What is stored may be wider than the head for a moment: after a cut that took entries back.
  const isOfTree = (tile.n * TILE_WIDTH + tile.width) * unit <= checkpoint.size;
  const bytes = isOfTree ? readBytes(db, capsule.log, tile) : undefined;
  if (bytes === undefined) {
    throw new MeshProblem(404, "tile_unknown", "No such tile here, or only a narrower one");
  }
  // Only the recovery key can take back what lies below the newest cut, and it signed that.
  const isSettled = capsule.isConfirmed && tile.width === TILE_WIDTH &&
    (tile.n + 1) * TILE_WIDTH * unit <= cutSize;
  const cache = isSettled ? "public, max-age=31536000, immutable" : "public, max-age=60";
  return { body: new Uint8Array(bytes), type: "application/octet-stream", cache, record };
}

function readBytes(db: Database, log: number, tile: TilePath): Uint8Array | undefined {
  if (tile.level === "entries") return readBundle(db, log, tile);
  const bytes = findTile(db, log, tile.level, tile.n)?.subarray(0, tile.width * 32);
  return bytes?.length === tile.width * 32 ? bytes : undefined;
}

function readBundle(db: Database, log: number, { n, width }: TilePath): Uint8Array | undefined {
  const from = n * TILE_WIDTH;
  const entries = listEntries(db, log, from, width);
  const isWhole = entries.length === width && entries.at(-1)?.index === from + width - 1;
  return isWhole ? encodeEntryBundle(entries.map((entry) => entry.bytes)) : undefined;
}
