/** Checkpoints: the signed size and root of each log, exactly those of its entries. @module */
import type { Database } from "./database.ts";

/** The stored head of a log. */
export type StoredCheckpoint = Readonly<{
  /** How many entries the log has. */
  size: number;
  /** Root hash of the tree over them, 32 bytes. */
  root: Uint8Array;
  /** The signed note as it travels. */
  note: string;
}>;

/** Finds a log's head; undefined when the log is unknown. */
export function findCheckpoint(db: Database, log: number): StoredCheckpoint | undefined {
  return db.prepare("select size, root, note from checkpoints where log = ?")
    .get(log) as StoredCheckpoint | undefined;
}

/** Inserts the first head of a log; throws when there is one. */
export function insertCheckpoint(db: Database, log: number, checkpoint: StoredCheckpoint): void {
  db.prepare("insert into checkpoints (log, size, root, note) values (?, ?, ?, ?)")
    .run(log, checkpoint.size, checkpoint.root, checkpoint.note);
}

/**
 * Replaces the head only if its size is still the expected one; false when it moved.
 * Called by `appendEntries` inside the transaction that adds the entries.
 */
export function updateCheckpoint(
  db: Database,
  log: number,
  expectedSize: number,
  checkpoint: StoredCheckpoint,
): boolean {
  const update = db.prepare(
    "update checkpoints set size = ?, root = ?, note = ? where log = ? and size = ?",
  );
  const { size, root, note } = checkpoint;
  return update.run(size, root, note, log, expectedSize).changes === 1;
}
