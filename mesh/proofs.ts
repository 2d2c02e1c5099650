/** Proof documents of stored entries (docs/protocol.md §11). @module */
import { createHash } from "node:crypto";
import { ProtocolError } from "./protocol/errors.ts";
import { decodeIdentityRecord } from "./protocol/identity.ts";
import { decodeNote } from "./protocol/note.ts";
import { encodeProofDocument } from "./protocol/proof_document.ts";
import { equalBytes } from "./protocol/text.ts";
import { inclusionProof } from "./protocol/tree.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findContent } from "../storage/contents.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { findEntry } from "../storage/entries.ts";
import { listIdentityRecords } from "../storage/identity_records.ts";
import { findTile } from "../storage/tiles.ts";

/**
 * Makes the document that proves the entry at an index, against the newest checkpoint or, under a closed identity, its cut.
 * "withdrawn" when its author took the content back, "takendown" when this capsule removed it, undefined when there is no such
 * entry here, its content is not held, or a newer record's cut is the head and no checkpoint covers it yet.
 */
export function makeProofDocument(
  db: Database,
  log: number,
  index: number,
): string | "withdrawn" | "takendown" | undefined {
  const entry = findEntry(db, log, index);
  const checkpoint = findCheckpoint(db, log);
  if (entry === undefined || checkpoint === undefined) return undefined;
  const content = findContent(db, log, index);
  if (content.state === "absent") return undefined;
  if (content.state !== "held") return content.state;
  checkContent(content.bytes, entry.contentHash);
  const identity = listIdentityRecords(db, log).map(({ note }) => note);
  if (checkpoint.note === "" && !endsClosed(identity)) return undefined;
  const hashes = proveInclusion(db, log, index, checkpoint.size);
  if (hashes === undefined) return undefined;
  return encodeProofDocument({
    identity,
    entry: entry.bytes,
    content: content.bytes,
    index,
    hashes,
    checkpoint: checkpoint.note === "" || endsClosed(identity) ? undefined : checkpoint.note,
  });
}

function endsClosed(identity: readonly string[]): boolean {
  const note = identity.at(-1);
  return note !== undefined && decodeIdentityRecord(decodeNote(note).text).signingKey === null;
}

/** Undefined where a mirror does not hold all the tiles yet; throws ProtocolError for our own log, whose tiles are all here. */
function proveInclusion(
  db: Database,
  log: number,
  index: number,
  size: number,
): Uint8Array[] | undefined {
  try {
    return inclusionProof(index, size, (level, n) => findTile(db, log, level, n));
  } catch (error) {
    const isMissing = error instanceof ProtocolError &&
      (error.code === "tile_form" || error.code === "tree_range");
    if (isMissing && findOwnCapsule(db)?.log !== log) return undefined;
    throw error;
  }
}

/** A document over other words than those that were signed would prove nothing. */
function checkContent(bytes: Uint8Array, contentHash: Uint8Array): void {
  if (equalBytes(createHash("sha256").update(bytes).digest(), contentHash)) return;
  throw new DatabaseProblem(
    "damaged",
    "Cannot prove this: its words are no longer those that were signed. Stop the capsule and restore the newest backup.",
  );
}
