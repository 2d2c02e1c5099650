/** Hash tiles: up to 256 hashes of one level of a log's tree; what is stored is what is served. @module */
import type { Database } from "./database.ts";

/** Finds a tile's bytes (32 for each hash, at most 8,192); undefined when the tree has no such tile. */
export function findTile(
  db: Database,
  log: number,
  level: number,
  n: number,
): Uint8Array | undefined {
  const row = db.prepare("select bytes from tiles where log = ? and level = ? and n = ?")
    .get(log, level, n) as { bytes: Uint8Array } | undefined;
  return row?.bytes;
}

/** Saves a tile, in place of its shorter self or of another tree's; a wider one that begins with it stays. */
export function saveTile(
  db: Database,
  log: number,
  tile: Readonly<{
    /** Tile level: its hashes are over 256^level leaves each. */
    level: number;
    /** Position in the level, from 0. */
    n: number;
    /** The hashes one after another. */
    hashes: Uint8Array;
  }>,
): void {
  db.prepare(
    `insert into tiles (log, level, n, bytes) values (?, ?, ?, ?)
     on conflict (log, level, n) do update set bytes = excluded.bytes
     where length(excluded.bytes) > length(bytes)
     or substr(bytes, 1, length(excluded.bytes)) <> excluded.bytes`,
  ).run(log, tile.level, tile.n, tile.hashes);
}
