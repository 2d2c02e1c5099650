/** Proof documents of stored entries (docs/protocol.md §11). @module */
import { createHash } from "node:crypto";
import { encodeProofDocument } from "./protocol/proof_document.ts";
import { equalBytes } from "./protocol/text.ts";
import { inclusionProof } from "./protocol/tree.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findContent } from "../storage/contents.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { findEntry } from "../storage/entries.ts";
import { listIdentityRecords } from "../storage/identity_records.ts";
import { findTile } from "../storage/tiles.ts";

/**
 * Makes the document that proves the entry at an index, against the newest checkpoint; "withdrawn" when its author took
 * the content back, undefined when the log has no such entry or the content is not held.
 */
export function makeProofDocument(
  db: Database,
  log: number,
  index: number,
): string | "withdrawn" | undefined {
  const entry = findEntry(db, log, index);
  const checkpoint = findCheckpoint(db, log);
  if (entry === undefined || checkpoint === undefined) return undefined;
  const content = findContent(db, log, index);
  if (content.state === "withdrawn") return "withdrawn";
  if (content.state === "absent") return undefined;
  checkContent(content.bytes, entry.contentHash);
  return encodeProofDocument({
    identity: listIdentityRecords(db, log).map(({ note }) => note),
    entry: entry.bytes,
    content: content.bytes,
    index,
    hashes: inclusionProof(index, checkpoint.size, (level, n) => findTile(db, log, level, n)),
    checkpoint: checkpoint.note,
  });
}

/** A document over other words than those that were signed would prove nothing. */
function checkContent(bytes: Uint8Array, contentHash: Uint8Array): void {
  if (equalBytes(createHash("sha256").update(bytes).digest(), contentHash)) return;
  throw new DatabaseProblem(
    "damaged",
    "Cannot prove this: its words are no longer those that were signed. Stop the capsule and restore the newest backup.",
  );
}
