/** The log: entries, contents, tiles and the checkpoint over exactly them, in one transaction. @module */
import type { Tile } from "../mesh/protocol/tree.ts";
import { updateCheckpoint } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import type { StoredEntry } from "./entries.ts";
import { Projection } from "./projection.ts";
import { storeEntries } from "./stored_entries.ts";
import { saveTile } from "./tiles.ts";

/** Entries in one transaction at most (docs/protocol.md, signing). */
export const APPEND_ENTRIES_MAX = 1_000;

/** What is appended: everything was made and checked before. */
export type Append = Readonly<{
  /** The new entries in order, the first at the expected size. */
  entries: readonly StoredEntry[];
  /** The content of each entry, in the same order. */
  contents: readonly Uint8Array[];
  /** The tiles that changed or are new. */
  tiles: readonly Tile[];
  /** The signed checkpoint over the whole log with the new entries. */
  note: string;
  /** Root hash in that checkpoint. */
  root: Uint8Array;
}>;

/**
 * Appends entries if the log still has the expected size and shows what they say; "moved" when it has another size:
 * nothing was written and the caller starts again from the head. After "appended" all of it is on disk.
 */
export function appendEntries(
  db: Database,
  log: number,
  expectedSize: number,
  append: Append,
): "appended" | "moved" {
  const { entries, contents, tiles, note, root } = append;
  if (entries.length === 0 || entries.length > APPEND_ENTRIES_MAX) {
    throw new RangeError(
      `Cannot append: expected 1 to ${APPEND_ENTRIES_MAX} entries, found ${entries.length}`,
    );
  }
  return db.transaction(() => {
    const size = expectedSize + entries.length;
    if (!updateCheckpoint(db, log, expectedSize, { size, root, note })) return "moved";
    for (const tile of tiles) saveTile(db, log, tile);
    const projection = new Projection(db, log);
    storeEntries(projection, { from: expectedSize, entries, contents });
    projection.finish();
    return "appended";
  });
}
