/** Putting a finished file in the place of a database, so that a kill leaves the one or the other. @module */
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BESIDE_ENDS, isThere, removeFile } from "./part_file.ts";

/**
 * Puts a finished copy in the place of a file. A leftover -wal of the old one would be replayed into the new one, so its
 * commits go into the old file first: after a kill between these steps the old database is still there, and whole.
 */
export async function replaceDatabase(part: string, target: string): Promise<void> {
  if (isThere(`${target}-wal`)) foldIn(target);
  for (const end of BESIDE_ENDS) removeFile(target + end);
  await Deno.rename(part, target);
  syncFolder(target);
}

/** Moves the commits of a database's -wal into its file. */
function foldIn(path: string): void {
  try {
    const old = new DatabaseSync(path);
    try {
      old.exec("pragma wal_checkpoint(truncate)");
    } finally {
      old.close();
    }
  } catch {
    // Too damaged to read: that is why it is being replaced.
  }
}

/** Has a file's bytes on the disk. */
export function syncFile(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

/** The new name is on the disk too, where a folder can be opened. */
function syncFolder(path: string): void {
  try {
    using folder = Deno.openSync(dirname(path));
    folder.syncSync();
  } catch {
    // Not every system lets a folder be opened; the file itself is on the disk.
  }
}
