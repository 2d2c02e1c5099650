/** What others deliver: it proves itself, or nothing of it is kept (docs/protocol.md §12.10). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findOpenCapsule, type OpenCapsule } from "../storage/open_capsules.ts";
import { isTakenDown } from "../storage/takedowns.ts";
import { acceptChain } from "./accept_record.ts";
import { type InboxDeps, InboxProblem, type Outcome } from "./inbox_outcome.ts";
import { receiveCheckpoint } from "./inbox_checkpoint.ts";
import { receiveFollow } from "./inbox_follow.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { decodeJsonObject, type Json, type JsonObject } from "./protocol/json.ts";
import { IDENTITY_RECORDS_MAX } from "./protocol/limits.ts";

export { type InboxDeps, InboxProblem, type Outcome };

/** Levels of a delivery's JSON. */
const DEPTH_MAX = 4;

/**
 * Takes one delivery, whose size is within the limit. Synchronous: what is kept is on disk when it returns. `network`: where it
 * came from, "" when that says nothing. Throws ProtocolError for what breaks the protocol and InboxProblem for everything else.
 */
export function receiveDelivery(deps: InboxDeps, text: string, network: string): Outcome {
  const body = decodeJsonObject(text, DEPTH_MAX);
  if (body === undefined || body.capsule !== 1 || typeof body.kind !== "string") {
    throw new InboxProblem("body_form", "Expected a delivery of version 1 as JSON");
  }
  switch (body.kind) {
    case "checkpoint":
      return takeCheckpoint(deps, body);
    case "identity":
      return takeIdentity(deps, body);
    case "follow":
    case "unfollow":
      return receiveFollow(deps, body, body.kind, network);
    default:
      return { outcome: "ignored" };
  }
}

function takeCheckpoint(deps: InboxDeps, body: JsonObject): Outcome {
  const notes = readNotes(body.identity);
  if (typeof body.checkpoint !== "string") {
    throw new InboxProblem("body_form", "Expected a checkpoint as text");
  }
  const capsule = findKept(deps.db, notes);
  if (capsule === undefined) return { outcome: "ignored" };
  return receiveCheckpoint(deps, capsule, { ...body, notes, note: body.checkpoint });
}

function takeIdentity(deps: InboxDeps, body: JsonObject): Outcome {
  const notes = readNotes(body.identity);
  const capsule = findKept(deps.db, notes);
  if (capsule === undefined) return { outcome: "ignored" };
  const accepted = acceptChain(deps.db, capsule.log, notes, deps.now());
  return { outcome: accepted === "accepted" ? "stored" : "known" };
}

/** Reads a chain's notes; each is checked where it is verified. */
function readNotes(identity: Json | undefined): string[] {
  const isNotes = Array.isArray(identity) && identity.every((note) => typeof note === "string");
  if (!isNotes) throw new InboxProblem("body_form", "Expected an identity as an array of notes");
  if (identity.length === 0 || identity.length > IDENTITY_RECORDS_MAX) {
    throw new ProtocolError("identity_too_long", `Cannot use identity: ${identity.length} records`);
  }
  return identity as string[];
}

/**
 * Finds the log that a chain claims to be of, before anything of it is verified: nothing is done for a capsule that is not
 * openly kept here, and a quiet one is not told from an unknown one.
 */
function findKept(db: Database, notes: readonly string[]): OpenCapsule | undefined {
  const claimed = notes[0]?.slice(0, 512).split("\n")[1] ?? "";
  const capsule = findOpenCapsule(db, claimed);
  if (capsule === undefined || capsule.isOwn) return capsule;
  const isUnwanted = isBlocked(db, claimed) || isTakenDown(db, "capsule", claimed) ||
    findOwnCapsule(db) === undefined;
  return isUnwanted ? undefined : capsule;
}
