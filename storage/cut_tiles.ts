/** Tiles around a cut: what does not belong to the head's tree any more goes (docs/protocol.md §5.7). @module */
import type { Database } from "./database.ts";

const TILE_WIDTH = 256;
const LEVELS = 7;

/** Takes away every hash over entries at or above a size; hashes below it stay. */
export function deleteTilesAbove(db: Database, log: number, size: number): void {
  for (let level = 0; level < LEVELS; level++) {
    const hashes = Math.floor(size / TILE_WIDTH ** level);
    const edge = Math.floor(hashes / TILE_WIDTH);
    const width = hashes % TILE_WIDTH;
    db.prepare("delete from tiles where log = ? and level = ? and n >= ?")
      .run(log, level, width === 0 ? edge : edge + 1);
    if (width === 0) continue;
    db.prepare(
      "update tiles set bytes = substr(bytes, 1, ?) where log = ? and level = ? and n = ? and length(bytes) > ?",
    ).run(width * 32, log, level, edge, width * 32);
  }
}

/** Takes away the stored tiles below one hash: those over the entries from..to of all levels under `level`. */
export function deleteTilesUnder(
  db: Database,
  log: number,
  under: Readonly<{ level: number; from: number; to: number }>,
): void {
  for (let level = 0; level < under.level; level++) {
    const unit = TILE_WIDTH ** (level + 1);
    db.prepare("delete from tiles where log = ? and level = ? and n >= ? and n < ?")
      .run(log, level, Math.floor(under.from / unit), Math.ceil(under.to / unit));
  }
}

/** Says whether any entry of from..to is held. */
export function hasEntries(db: Database, log: number, from: number, to: number): boolean {
  return db.prepare("select 1 as one from entries where log = ? and n >= ? and n < ? limit 1")
    .get(log, from, to) !== undefined;
}
