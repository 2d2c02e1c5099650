/** Whether the file beside a database belongs to it: SQLite itself would take in whatever stands there. @module */
import { equalBytes } from "../mesh/protocol/text.ts";
import { treeRoot } from "../mesh/protocol/tree.ts";
import { findOwnCapsule } from "./capsules.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { type Database, openLookedAt } from "./database.ts";
import { findNewestIdentityRecord } from "./identity_records.ts";
import { findTile } from "./tiles.ts";
import { removeDatabase } from "./upgrade_copies.ts";

/** Where the owner's log stands. */
type Head = Readonly<{ id: string; record: number; size: number; root: Uint8Array }>;

/**
 * Says whether what stands in the -wal file of a database goes on from what stands in its file: the same capsule, and its log with
 * all that the file has of it. True as well where either cannot be read, or no capsule is set up: others say that better. For a
 * moment the file has a second name; nothing in it is changed. This program may not have it open.
 */
export function isContinued(path: string): boolean {
  // First, and closed again: SQLite takes two names of one file for one database.
  const before = readFileAlone(path);
  if (before === undefined) return true;
  using db = openLookedAt(path);
  const after = tryRead(db);
  if (after === undefined) return true;
  if (after === "absent" || after.id !== before.id) return false;
  // A newer record may have cut the log off.
  if (after.record > before.record) return true;
  if (after.record < before.record || after.size < before.size) return false;
  const log = findOwnCapsule(db)?.log ?? 0;
  // A log that does not fit itself is damaged: that is another trouble.
  return !hasRoot(db, log, after) || hasRoot(db, log, before);
}

/** Whether the tiles of a log fold to the root that it has at a size; true where they cannot be read. */
function hasRoot(db: Database, log: number, { size, root }: Head): boolean {
  try {
    return equalBytes(treeRoot(size, (level, n) => findTile(db, log, level, n)), root);
  } catch {
    return true;
  }
}

/** What the file says without the -wal beside it; undefined when that cannot be known, or nothing is set up. */
function readFileAlone(path: string): Head | undefined {
  const look = `${path}.look`;
  removeDatabase(look);
  try {
    Deno.linkSync(path, look);
    using db = openLookedAt(look);
    const head = tryRead(db);
    return head === "absent" ? undefined : head;
  } catch {
    // A disk without second names; or the kill came while pages were being written into the file, which the -wal then mends.
    return undefined;
  } finally {
    removeDatabase(look);
  }
}

function tryRead(db: Database): Head | "absent" | undefined {
  try {
    const own = findOwnCapsule(db);
    const checkpoint = own && findCheckpoint(db, own.log);
    const record = own && findNewestIdentityRecord(db, own.log);
    if (own === undefined || checkpoint === undefined || record === undefined) return "absent";
    return { id: own.id, record: record.n, size: checkpoint.size, root: checkpoint.root };
  } catch {
    return undefined;
  }
}
