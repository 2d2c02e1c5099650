/** The logs that calls are about: our own, and every mirror that is open (docs/protocol.md §12). @module */
import { decodeCapsuleId } from "../mesh/protocol/capsule_id.ts";
import { ProtocolError } from "../mesh/protocol/errors.ts";
import { toHex } from "../mesh/protocol/hex.ts";
import { decodeIdentityRecord } from "../mesh/protocol/identity.ts";
import { decodeNote } from "../mesh/protocol/note.ts";
import { findCheckpoint, type StoredCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { findOpenCapsule, type OpenCapsule } from "../storage/open_capsules.ts";
import { isTakenDown } from "../storage/takedowns.ts";
import { MeshProblem } from "./mesh_answers.ts";

/** A log that is served here. */
export type Served = Readonly<{
  capsule: OpenCapsule;
  /** The head; its note is "" while it is a cut that no checkpoint covers. */
  checkpoint: StoredCheckpoint;
  /** Header `Capsule-Record`. */
  record: string;
  /** Size of the newest cut. */
  cutSize: number;
}>;

/**
 * Finds the log of an id. Answers 400 for what is no id, 451 for a capsule that was taken down here, and 404 for every other
 * that is not served: one that is followed quietly, or about to leave, is unknown like one that was never heard of.
 */
export function findServed(db: Database, id: string): Served {
  decodeInput(() => decodeCapsuleId(id));
  const capsule = findOpenCapsule(db, id);
  if (capsule?.isOwn !== true && isTakenDown(db, "capsule", id)) {
    throw new MeshProblem(451, "taken_down", "This capsule was removed here");
  }
  const checkpoint = capsule && findCheckpoint(db, capsule.log);
  const newest = capsule && findNewestIdentityRecord(db, capsule.log);
  if (capsule === undefined || checkpoint === undefined || newest === undefined) {
    throw new MeshProblem(404, "capsule_unknown", "No such capsule here");
  }
  const { cutSize } = decodeIdentityRecord(decodeNote(newest.note).text);
  return { capsule, checkpoint, record: `${newest.n} ${toHex(newest.hash)}`, cutSize };
}

/** Decodes a part of the request; what breaks the protocol there is answered 400 with its code. */
export function decodeInput<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new MeshProblem(400, error.code, error.message);
  }
}
