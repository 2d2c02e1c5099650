/** A delivered follow or unfollow: a proof document whose entry names us (docs/protocol.md §10.8, §12.10). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import {
  countUnconfirmedFollowers,
  findFollowEntry,
  type FollowEntry,
  saveFollower,
  updateFollowersTold,
} from "../storage/followers.ts";
import { deleteHolder, saveHolder } from "../storage/holders.ts";
import { findOpenCapsule } from "../storage/open_capsules.ts";
import { savePeer } from "../storage/peers.ts";
import { isTakenDown } from "../storage/takedowns.ts";
import { findIdentity } from "./identities.ts";
import { type InboxDeps, InboxProblem, type Outcome } from "./inbox_outcome.ts";
import { isAddress } from "./protocol/address.ts";
import { decodeContent } from "./protocol/content.ts";
import { ProtocolError } from "./protocol/errors.ts";
import type { Identity } from "./protocol/identity.ts";
import type { JsonObject } from "./protocol/json.ts";
import { type Proved, verifyProofDocument } from "./protocol/proof_document.ts";
import { countUtf8 } from "./protocol/text.ts";
import { verifySignature } from "./verify_signature.ts";

/** Bytes of the proof document of a follow: it is kept. */
export const FOLLOW_PROOF_BYTES_MAX: number = 64 * 1024;
/** Followers that were never reached at an address; beyond it the newest stranger is turned away. */
export const STRANGERS_MAX = 1_000;

/** Takes a follow or unfollow of our own capsule. Throws ProtocolError, InboxProblem. */
export function receiveFollow(
  { db, now, isDev }: InboxDeps,
  { address, proof }: JsonObject,
  kind: "follow" | "unfollow",
  network: string,
): Outcome {
  if (typeof proof !== "string" || typeof address !== "string") {
    throw new InboxProblem("body_form", "Expected an address and a proof document as text");
  }
  if (!isAddress(address) || (!isDev && !address.startsWith("https:"))) {
    throw new ProtocolError("address_form", "Cannot use follow: not an https origin");
  }
  if (countUtf8(proof) > FOLLOW_PROOF_BYTES_MAX) {
    throw new ProtocolError("proof_document_too_long", "Cannot use follow: its proof is too long");
  }
  const proved = verify(db, proof);
  const own = findOwnCapsule(db);
  if (own === undefined || proved === undefined) return { outcome: "ignored" };
  const { entry, content } = proved;
  const id = entry.capsuleId;
  if (entry.kind !== kind) {
    throw new InboxProblem("body_form", `Expected a proof of ${kind}, found ${entry.kind}`);
  }
  const fields = decodeContent(content, kind, id);
  if (fields === undefined || !("follows" in fields)) {
    throw new ProtocolError("content_form", "Cannot use follow: its content says nothing");
  }
  if (id === own.id || isUnwanted(db, id, address)) return { outcome: "ignored" };
  const nowMs = now();
  if (fields.follows !== own.id) {
    return meetHolder(db, { id, address, follows: fields.follows, kind, nowMs });
  }
  return db.transaction((): Outcome => {
    const known = findFollowEntry(db, id);
    const isNewer = known === undefined || isAfter(proved, known);
    const isFollowing = kind === "follow";
    // Whoever never followed need not say that it stopped.
    if (known === undefined && !isFollowing) return { outcome: "ignored" };
    if (known === undefined && countUnconfirmedFollowers(db) >= STRANGERS_MAX) {
      throw new InboxProblem("too_many", "Too many strangers follow already, try again later");
    }
    if (isFollowing) savePeer(db, { id, address, nowMs });
    if (!isNewer) return { outcome: "known" };
    saveFollower(db, { id, n: entry.index, isFollowing, proof, network, nowMs });
    if (isFollowing) {
      saveHolder(db, own.log, id, nowMs);
      greet(db, own.log, id, nowMs);
    } else deleteHolder(db, own.log, id);
    return { outcome: "stored" };
  });
}

/**
 * What was published between the follower's first look and this word, or between a new record and its followers' saying so again,
 * was told to nobody: they are told of the newest checkpoint.
 */
function greet(db: Database, log: number, id: string, nowMs: number): void {
  const size = findCheckpoint(db, log)?.size ?? 0;
  addDeliveries(db, "checkpoint", log, [id], nowMs, size);
  updateFollowersTold(db, [id], size, nowMs);
}

/** A follower of somebody whose copy is kept here too will have a copy: one more to ask. */
function meetHolder(
  db: Database,
  { id, address, follows, kind, nowMs }: Readonly<{
    id: string;
    address: string;
    follows: string;
    kind: "follow" | "unfollow";
    nowMs: number;
  }>,
): Outcome {
  const followed = findOpenCapsule(db, follows);
  if (followed === undefined || kind === "unfollow") return { outcome: "ignored" };
  return db.transaction((): Outcome => {
    const saved = savePeer(db, { id, address, nowMs });
    if (saved !== "full") saveHolder(db, followed.log, id, nowMs);
    return { outcome: saved === "saved" ? "stored" : "known" };
  });
}

function isUnwanted(db: Database, id: string, address: string): boolean {
  return isBlocked(db, id) || isBlocked(db, address) || isTakenDown(db, "capsule", id);
}

/** What a document proves, under the newest record that is known here of that capsule; undefined when it is disowned. */
function verify(db: Database, proof: string): Proved | undefined {
  const first = verifyProofDocument(proof, undefined, verifySignature);
  if (first.outcome === "invalid") throw new ProtocolError(first.code, first.message);
  const known = findKnown(db, first.proved.identity.capsuleId);
  const judged = verifyProofDocument(proof, known, verifySignature);
  if (judged.outcome === "invalid") throw new ProtocolError(judged.code, judged.message);
  return judged.outcome === "disowned" ? undefined : judged.proved;
}

function findKnown(db: Database, id: string): Identity | undefined {
  const capsule = findOpenCapsule(db, id);
  if (capsule !== undefined) return findIdentity(db, capsule.log);
  const entry = findFollowEntry(db, id);
  if (entry === undefined) return undefined;
  const kept = verifyProofDocument(entry.proof, undefined, verifySignature);
  return kept.outcome === "invalid" ? undefined : kept.proved.identity;
}

/** A larger index is newer, and so is every one under a newer record that took the known one back. */
function isAfter({ entry, identity }: Proved, known: FollowEntry): boolean {
  if (entry.index > known.n) return true;
  const kept = verifyProofDocument(known.proof, identity, verifySignature);
  return kept.outcome === "disowned" || kept.outcome === "invalid";
}
