/** Whether a backup is of this log: its tree must be how ours began. @module */
import { treeRoot } from "../mesh/protocol/tree.ts";
import { findOwnCapsule } from "./capsules.ts";
import { findCheckpoint } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import { findTile } from "./tiles.ts";

/** What was found. */
export type Compared = Readonly<{
  /** Entries of our log that the backup does not have; absent with a problem. */
  behind?: number;
  /** In a sentence why the two do not fit. */
  problem?: string;
}>;

/**
 * Compares the own log of a backup, by its capsule's id, size and root (Base64), with the own log here. A backup that is
 * ahead is no problem of the backup: this database is the older one then.
 */
export function compareBackup(
  db: Database,
  backup: Readonly<{ id: string; size: number; root: string }>,
): Compared {
  return db.readTransaction(() => {
    const own = findOwnCapsule(db);
    const head = own && findCheckpoint(db, own.log);
    if (own === undefined || head === undefined) return {};
    if (own.id !== backup.id) {
      return { problem: `it is of another capsule (${backup.id}). Nothing was changed.` };
    }
    const { size, root } = backup;
    if (size > head.size) {
      return {
        problem: `it is newer than the database here: ${size} entries there, ${head.size} here. ` +
          "To go on from it, restore it.",
      };
    }
    const here = treeRoot(size, (level, n) => findTile(db, own.log, level, n)).toBase64();
    if (here === root) return { behind: head.size - size };
    return {
      problem:
        `it is whole, but its ${size} entries are not those with which the log here begins. ` +
        "One of the two was continued elsewhere; keep both.",
    };
  });
}
