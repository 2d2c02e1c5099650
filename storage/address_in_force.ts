/** The address in force of a log (docs/protocol.md §5.8). @module */
import { decodeIdentityRecord } from "../mesh/protocol/identity.ts";
import { decodeNote } from "../mesh/protocol/note.ts";
import { updateCapsuleAddress } from "./capsules.ts";
import { findContent } from "./contents.ts";
import type { Database } from "./database.ts";
import { findNewestHeld } from "./entries.ts";
import { findNewestIdentityRecord } from "./identity_records.ts";
import { decodeStoredContent } from "./stored_values.ts";

/**
 * Decides anew: the last address entry after the newest record's cut, else the record's. While entries after the cut are missing,
 * what was in force stays. A capsule without any address keeps the one at which it was found.
 */
export function refreshAddress(db: Database, log: number, capsuleId: string): void {
  const note = findNewestIdentityRecord(db, log)?.note;
  if (note === undefined) return;
  const { cutSize, address } = decodeIdentityRecord(decodeNote(note).text);
  const missing = db.prepare("select 1 from missing_entries where log = ? and to_n > ? limit 1")
    .get(log, cutSize);
  if (missing !== undefined) return;
  const found = findNewestAddress(db, { log, capsuleId, from: cutSize }) ?? address;
  if (found !== null) updateCapsuleAddress(db, log, found);
}

function findNewestAddress(
  db: Database,
  { log, capsuleId, from }: Readonly<{ log: number; capsuleId: string; from: number }>,
): string | undefined {
  let index = findNewestHeld(db, log, "address", Number.MAX_SAFE_INTEGER);
  while (index !== undefined && index >= from) {
    const found = findContent(db, log, index);
    const content = found.state === "held"
      ? decodeStoredContent(found.bytes, "address", capsuleId)
      : undefined;
    if (content?.kind === "address") return content.address;
    index = findNewestHeld(db, log, "address", index);
  }
  return undefined;
}
