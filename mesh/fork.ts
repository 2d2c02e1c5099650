/** Forks: two checkpoints under one record that cannot be of one log are evidence, kept and passed on (docs/protocol.md §9.3). @module */
import { findLogCapsule, findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint, type StoredCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { insertForkProof } from "../storage/fork_proofs.ts";
import { updateMirror } from "../storage/mirrors.ts";
import { findTile } from "../storage/tiles.ts";
import { findIdentity, listNotes } from "./identities.ts";
import type { Mesh } from "./mesh.ts";
import type { Checkpoint } from "./protocol/checkpoint.ts";
import { decodeForkDocument, encodeForkDocument } from "./protocol/fork_document.ts";
import { type ForkProof, verifyForkProof } from "./protocol/fork_proof.ts";
import { verifyHead, verifyIdentityChain } from "./protocol/identity.ts";
import { equalBytes } from "./protocol/text.ts";
import { consistencyProof, treeRoot } from "./protocol/tree.ts";
import { stopSigning } from "./signing.ts";
import { verifySignature } from "./verify_signature.ts";

/** What is needed to keep a proof. */
export type ForkKeeper = Pick<Mesh, "db" | "now" | "log">;

/**
 * Verifies and keeps the proof that a log was forked: the first one stays. The mirror pauses as "forked" until a newer record;
 * under our own log nothing is signed any more. Throws ProtocolError when it proves nothing under the newest record here.
 */
export function recordFork(keeper: ForkKeeper, log: number, proof: ForkProof): void {
  const { db, now } = keeper;
  const identity = findIdentity(db, log);
  if (identity === undefined) throw new Error("Cannot record fork: the log has no identity");
  verifyForkProof(identity, proof, verifySignature);
  const text = encodeForkDocument({ ...proof, identity: listNotes(db, log) });
  const isNew = db.transaction(() => {
    const inserted = insertForkProof(db, log, { proof: text, foundAtMs: now() });
    updateMirror(db, log, { state: "forked", problem: "fork" });
    if (findOwnCapsule(db)?.log === log) stopSigning(db, "forked", "", now());
    return inserted;
  });
  if (!isNew) return;
  keeper.log({
    level: "warning",
    message: "A log was continued in two ways; the proof is kept.",
    fields: { id: findLogCapsule(db, log)?.id ?? "" },
  });
}

/**
 * Takes a proof that somebody else found. "recorded" when it holds under the newest record here; "void" when it is under
 * another record, which the identity chain in it may explain. Throws ProtocolError for what is no proof at all.
 */
export function receiveForkProof(
  keeper: ForkKeeper,
  log: number,
  text: string,
): "recorded" | "void" {
  const document = decodeForkDocument(text);
  const offered = verifyIdentityChain(document.identity, verifySignature);
  const held = findIdentity(keeper.db, log);
  if (held === undefined || !equalBytes(held.newestHash, offered.newestHash)) return "void";
  recordFork(keeper, log, document);
  return "recorded";
}

/** What a checkpoint under our own newest key is to the own log. */
export type MetHead =
  /** We have all of it. */
  | Readonly<{ outcome: "known" }>
  /** It is larger than ours. */
  | Readonly<{ outcome: "newer"; size: number }>
  /** It contradicts our log; this proves it. */
  | Readonly<{ outcome: "fork"; proof: ForkProof }>;

/**
 * Compares a checkpoint with the own log. Throws ProtocolError when it does not stand under the newest record here: such a one
 * says nothing.
 */
export function compareOwnHead(db: Database, note: string): MetHead {
  const own = findOwnCapsule(db);
  const identity = own && findIdentity(db, own.log);
  const head = own && findCheckpoint(db, own.log);
  if (own === undefined || identity === undefined || head === undefined) {
    throw new Error("Cannot compare head: there is no own log");
  }
  const met = verifyHead(identity, note, verifySignature);
  if (met.size > head.size) return { outcome: "newer", size: met.size };
  const read = (level: number, n: number) => findTile(db, own.log, level, n);
  if (equalBytes(treeRoot(met.size, read), met.root)) return { outcome: "known" };
  return { outcome: "fork", proof: makeProof(note, met, head, read) };
}

function makeProof(
  note: string,
  met: Checkpoint,
  head: StoredCheckpoint,
  read: Parameters<typeof treeRoot>[1],
): ForkProof {
  return {
    smaller: note,
    larger: head.note,
    largerRootBefore: treeRoot(met.size, read),
    hashes: consistencyProof(met.size, head.size, read),
  };
}

/** What was done about a checkpoint of our own log that somebody told us of. */
export type MetOwnHead =
  | Readonly<{ outcome: "known" | "behind" }>
  /** `proof`: the fork proof as it travels. */
  | Readonly<{ outcome: "forked"; proof: string }>;

/**
 * Acts on a checkpoint of our own log that somebody told us of (docs/protocol.md §12.10). Larger than ours: signing stops, and
 * the start rules run again. A contradiction: signing stops, and the proof is kept and answered. Throws ProtocolError for one that
 * does not stand under our newest record; the teller knows an older or newer one then.
 */
export function meetOwnHead(keeper: ForkKeeper, note: string): MetOwnHead {
  const { db, now } = keeper;
  // Most of what is told is known; no write lock for that.
  if (compareOwnHead(db, note).outcome === "known") return { outcome: "known" };
  return db.transaction((): MetOwnHead => {
    const met = compareOwnHead(db, note);
    if (met.outcome === "known") return met;
    if (met.outcome === "newer") {
      stopSigning(db, "behind", note, now());
      return { outcome: "behind" };
    }
    const log = findOwnCapsule(db)?.log ?? 0;
    recordFork(keeper, log, met.proof);
    const proof = encodeForkDocument({ ...met.proof, identity: listNotes(db, log) });
    return { outcome: "forked", proof };
  });
}
