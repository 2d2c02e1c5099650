/** A quick check of a log's head, before anything is signed: what a crash or a bad disk would most likely have harmed. @module */
import { verifyCheckpoint } from "../mesh/protocol/checkpoint.ts";
import { decodeEntry } from "../mesh/protocol/entry.ts";
import type { Verify } from "../mesh/protocol/public_key.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import { hashLeaf, treeRoot } from "../mesh/protocol/tree.ts";
import { findLogCapsule } from "./capsules.ts";
import { findCheckpoint } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import { listEntries } from "./entries.ts";
import { findSigningKey, isWholeKey } from "./keys.ts";
import { findTile } from "./tiles.ts";

/** Entries at the end of the log that are looked at. */
const LAST_ENTRIES = 16;

/**
 * Checks that the stored key is whole and signed the checkpoint, that the tiles at the right edge fold to its root, and that the
 * last entries are whole and the last. Answers a sentence about what is wrong, or undefined; takes about a millisecond.
 */
export function checkHead(db: Database, log: number, verify: Verify): string | undefined {
  const found = findHeadProblem(db, log, verify);
  if (found === undefined) return undefined;
  return `The log is damaged: ${found}. Nothing is signed any more; stop the capsule and restore the newest backup.`;
}

function findHeadProblem(db: Database, log: number, verify: Verify): string | undefined {
  const capsuleId = findLogCapsule(db, log)?.id;
  const key = findSigningKey(db, log);
  const checkpoint = findCheckpoint(db, log);
  if (capsuleId === undefined) return "its capsule is not there";
  if (key === undefined) return "its signing key is not there";
  if (checkpoint === undefined) return "its checkpoint is not there";
  if (!isWholeKey(key)) return "its signing key is not the one it was";
  const { size, root, note } = checkpoint;
  try {
    const signed = verifyCheckpoint(note, capsuleId, key.publicKey, verify);
    if (signed.size !== size || !equalBytes(signed.root, root)) {
      return `its signed checkpoint is of ${signed.size} entries, its row of ${size}`;
    }
    const folded = treeRoot(size, (level, n) => findTile(db, log, level, n));
    if (!equalBytes(folded, root)) return `its newest tiles do not add up to the checkpoint`;
    return findEntryProblem(db, log, capsuleId, size);
  } catch (error) {
    if (error instanceof Error) return `its head cannot be read (${error.message})`;
    throw error;
  }
}

function findEntryProblem(
  db: Database,
  log: number,
  capsuleId: string,
  size: number,
): string | undefined {
  const from = Math.max(0, size - LAST_ENTRIES);
  const entries = listEntries(db, log, from, LAST_ENTRIES + 1);
  if (entries.length !== size - from) {
    return `expected ${size} entries, found ${from + entries.length}`;
  }
  for (const [i, { index, bytes }] of entries.entries()) {
    if (index !== from + i) return `entry ${from + i} is not there`;
    decodeEntry(bytes, { capsuleId, index });
    const leaf = findTile(db, log, 0, Math.floor(index / 256))
      ?.subarray((index % 256) * 32, (index % 256) * 32 + 32);
    if (leaf === undefined || !equalBytes(hashLeaf(bytes), leaf)) {
      return `entry ${index} is not the one that was signed`;
    }
  }
  return undefined;
}
