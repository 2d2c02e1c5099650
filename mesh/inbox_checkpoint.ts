/** A delivered checkpoint, with its newest entries when they are small (docs/protocol.md §12.10). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findCheckpoint, type StoredCheckpoint } from "../storage/checkpoints.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import { findForkProof } from "../storage/fork_proofs.ts";
import { saveHolder } from "../storage/holders.ts";
import { adoptHead, appendToMirror, type Basis } from "../storage/mirror_log.ts";
import { findLogMirror, type Mirror, updateMirror } from "../storage/mirrors.ts";
import type { OpenCapsule } from "../storage/open_capsules.ts";
import { savePeer } from "../storage/peers.ts";
import { findLack } from "../storage/missing_contents.ts";
import { findTile } from "../storage/tiles.ts";
import { listWantedBlobs } from "../storage/wanted_blobs.ts";
import { acceptChain } from "./accept_record.ts";
import { countGrowth, growthProblem } from "./flooding.ts";
import { meetOwnHead, recordFork } from "./fork.ts";
import { hurryMirror } from "./hurry.ts";
import { findIdentity } from "./identities.ts";
import { type InboxDeps, InboxProblem, type Outcome } from "./inbox_outcome.ts";
import { isAddress } from "./protocol/address.ts";
import { decodeCapsuleId } from "./protocol/capsule_id.ts";
import type { Checkpoint } from "./protocol/checkpoint.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { compareIdentities, verifyHead, verifyIdentityChain } from "./protocol/identity.ts";
import { isJsonObject, type Json } from "./protocol/json.ts";
import { RUN_ENTRIES_MAX } from "./protocol/limits.ts";
import { encodeUtf8, equalBytes, isInteger } from "./protocol/text.ts";
import { consistencyProof, extendTree, treeRoot } from "./protocol/tree.ts";
import { putOffPull } from "./pace.ts";
import { LogProblem, SourceProblem } from "./pull_problem.ts";
import { checkRun, decodeRun, type RunRow } from "./run.ts";
import { verifySignature } from "./verify_signature.ts";

/** The fields of such a delivery. */
export type CheckpointFields = Readonly<{
  notes: readonly string[];
  note: string;
  from?: Json;
  entries?: Json;
  tell?: Json;
}>;

/** Those to whom one delivery is passed on. */
export const TELL_MAX = 4;
/** How often an append begins again because the head moved meanwhile. */
const APPEND_TRIES = 3;

/** Takes a checkpoint of the own log or of an open mirror. Throws ProtocolError, InboxProblem. */
export function receiveCheckpoint(
  deps: InboxDeps,
  capsule: OpenCapsule,
  fields: CheckpointFields,
): Outcome {
  const { db, now } = deps;
  const { log } = capsule;
  const rows = readRows(fields);
  const tell = readTell(fields.tell);
  const identity = takeChain(deps, capsule, fields.notes);
  const checkpoint = verifyHead(identity, fields.note, verifySignature);
  if (capsule.isOwn) {
    const met = meetOwnHead(deps, fields.note);
    if (met.outcome === "forked") return { outcome: "fork", proof: met.proof };
    return { outcome: met.outcome === "known" ? "known" : "later" };
  }
  for (let i = 0; i < APPEND_TRIES; i++) {
    const mirror = findLogMirror(db, log);
    const head = findCheckpoint(db, log);
    if (mirror === undefined || head === undefined || isClosedToNews(mirror)) {
      return { outcome: "ignored" };
    }
    if (checkpoint.size < head.size || (checkpoint.size === head.size && head.note !== "")) {
      return compareHead(deps, log, { head, checkpoint, note: fields.note });
    }
    const { newestHash: record } = identity;
    const outcome = extend(deps, mirror, { checkpoint, note: fields.note, record, ...rows });
    if (outcome === "moved") continue;
    if (outcome === "later") return { outcome };
    passOn(deps, log, checkpoint.size, tell);
    return { outcome, isNews: true };
  }
  updateMirror(db, log, { nextPullAtMs: now() });
  return { outcome: "later" };
}

/** States in which the owner, or the author's own contradiction, comes first. */
function isClosedToNews({ state }: Mirror): boolean {
  return ["refused", "flooding", "forked", "large", "paused", "closed", "leaving"].includes(state);
}

/** Learns the chain if it is newer. Whoever shows an older one than ours is told of ours, and its checkpoint is void. */
function takeChain({ db, now }: InboxDeps, { log, id }: OpenCapsule, notes: readonly string[]) {
  const offered = verifyIdentityChain(notes, verifySignature);
  const held = findIdentity(db, log);
  if (held === undefined) throw new Error("Cannot take checkpoint: the log has no identity");
  const winner = compareIdentities(held, offered);
  if (winner === "same") return held;
  acceptChain(db, log, notes, now());
  const identity = findIdentity(db, log) ?? held;
  if (winner === "offered") return identity;
  if (winner === "held") addDeliveries(db, "identity", log, [id], now(), identity.newest.n);
  throw new ProtocolError("checkpoint_void", "Cannot use checkpoint: of another record than ours");
}

type Offered = Readonly<{ checkpoint: Checkpoint; note: string }>;
type Rows = Readonly<{ from: number; rows: readonly RunRow[] }>;

/** A checkpoint that is not larger than the head says the same as the head at its size, or proves a fork. */
function compareHead(
  deps: InboxDeps,
  log: number,
  { head, checkpoint, note }: Offered & Readonly<{ head: StoredCheckpoint }>,
): Outcome {
  const read = (level: number, n: number) => findTile(deps.db, log, level, n);
  try {
    const root = checkpoint.size === head.size ? head.root : treeRoot(checkpoint.size, read);
    if (equalBytes(root, checkpoint.root)) return { outcome: "known" };
    const hashes = consistencyProof(checkpoint.size, head.size, read);
    const proof = { smaller: note, larger: head.note, largerRootBefore: root, hashes };
    recordFork(deps, log, proof);
    return { outcome: "fork", proof: findForkProof(deps.db, log)?.proof ?? "" };
  } catch (error) {
    // Not all tiles of that size are here: nothing can be said.
    if (error instanceof ProtocolError && error.code === "tile_form") return { outcome: "known" };
    throw error;
  }
}

/** Appends what was delivered right above the head if it proves to be the checkpoint's; else the mirror is due now. */
function extend(
  { db, now }: InboxDeps,
  mirror: Mirror,
  { checkpoint, note, record, from, rows }: Offered & Rows & Pick<Basis, "record">,
): "stored" | "later" | "moved" {
  const { log, size } = mirror;
  const nowMs = now();
  const basis = { record, expectedSize: size };
  const later = () => {
    hurryMirror(db, mirror, checkpoint.size, nowMs);
    return "later" as const;
  };
  const { size: newSize, root } = checkpoint;
  if (newSize === size && mirror.isConfirmed) {
    const outcome = adoptHead(db, log, basis, { size, root, note, tiles: [] });
    return outcome === "adopted" ? "stored" : "moved";
  }
  const isWhole = from <= size && from + rows.length === newSize;
  if (!isWhole || !mirror.isConfirmed || mirror.firstSize === undefined) return later();
  const run = proveRun(
    mirror,
    checkpoint,
    rows.slice(size - from),
    (level, n) => findTile(db, log, level, n),
    later,
  );
  if (run === undefined) return "later";
  const growing = { size: newSize, contentBytes: run.contentBytes, nowMs };
  if (growthProblem(db, mirror, growing) !== undefined) return later();
  return db.transaction(() => {
    if (appendToMirror(db, log, basis, { ...run, note, root }) === "moved") return "moved";
    countGrowth(db, mirror, growing);
    const state = mirror.state === "pulling" ? {} : { state: "current" } as const;
    updateMirror(db, log, { ...state, problem: null, seenAtMs: nowMs, failures: 0 });
    // Pictures are not in a delivery, and texts not always.
    const isWhole = findLack(db, log) === undefined &&
      listWantedBlobs(db, log, nowMs, 1).length === 0;
    if (isWhole) putOffPull({ db, now, random: Math.random }, log);
    else updateMirror(db, log, { nextPullAtMs: nowMs });
    return "stored";
  });
}

/** Proves rows to be exactly what the checkpoint adds; undefined, after `later`, when they cannot be taken here and now. */
function proveRun(
  mirror: Mirror,
  checkpoint: Checkpoint,
  rows: readonly RunRow[],
  readTile: (level: number, n: number) => Uint8Array | undefined,
  later: () => void,
) {
  try {
    const { root, tiles } = extendTree(mirror.size, rows.map(({ hash }) => hash), readTile);
    if (!equalBytes(root, checkpoint.root)) {
      // The checkpoint itself is good: whoever has its entries is asked.
      later();
      throw new ProtocolError("proof_mismatch", "Cannot use entries: not those of the checkpoint");
    }
    return { ...checkRun(rows, mirror.size, mirror.id), tiles };
  } catch (error) {
    const isOurLack = error instanceof ProtocolError && error.code === "tile_form";
    if (!isOurLack && !(error instanceof LogProblem)) throw error;
    later();
    return undefined;
  }
}

/** Tells those of whom the teller said that they do not know yet; an address that is not confirmed is confirmed first. */
function passOn(
  { db, now, isDev }: InboxDeps,
  log: number,
  size: number,
  tell: readonly Readonly<{ id: string; address: string }>[],
): void {
  const nowMs = now();
  const ids = tell.filter(({ id, address }) => {
    if (isBlocked(db, id) || isBlocked(db, address)) return false;
    if (!isDev && !address.startsWith("https:")) return false;
    if (savePeer(db, { id, address, nowMs }) === "full") return false;
    saveHolder(db, log, id, nowMs);
    return true;
  }).map(({ id }) => id);
  addDeliveries(db, "checkpoint", log, ids, nowMs, size);
}

/** Reads `from` and `entries`; absent ones are an empty run. */
function readRows({ from = 0, entries = [] }: CheckpointFields): Rows {
  if (!isInteger(from) || !Array.isArray(entries) || entries.length > RUN_ENTRIES_MAX) {
    throw new InboxProblem("body_form", "Expected `from` as an integer and at most 256 entries");
  }
  if (entries.length === 0) return { from, rows: [] };
  const lines = entries.map((row) => `${JSON.stringify(row)}\n`).join("");
  try {
    return { from, rows: decodeRun(encodeUtf8(lines), entries.length) };
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    throw new InboxProblem("body_form", error.message);
  }
}

function readTell(tell: Json = []): { id: string; address: string }[] {
  const isList = Array.isArray(tell) && tell.length <= TELL_MAX;
  if (!isList) throw new InboxProblem("body_form", "Expected `tell` as at most 4 capsules");
  return tell.map((one) => {
    if (!isJsonObject(one) || typeof one.id !== "string" || !isAddress(one.address)) {
      throw new InboxProblem("body_form", "Expected id and address of those to tell");
    }
    decodeCapsuleId(one.id);
    return { id: one.id, address: one.address };
  });
}
