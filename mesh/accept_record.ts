/** A newer identity record: the chain that wins is stored, its cut becomes the head (docs/protocol.md §5.6, §5.7). @module */
import { findLogCapsule, findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { saveMovedPeer } from "./moved_peer.ts";
import { deleteTilesAbove, hasEntries } from "../storage/cut_tiles.ts";
import type { Database } from "../storage/database.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import { findFollowIndex } from "../storage/follows.ts";
import { deleteForkProof } from "../storage/fork_proofs.ts";
import { listHolders } from "../storage/holders.ts";
import { findLogMirror, updateMirror } from "../storage/mirrors.ts";
import { acceptRecords } from "../storage/set_aside.ts";
import { findTile } from "../storage/tiles.ts";
import { findIdentity, toStoredRecords } from "./identities.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";
import {
  compareIdentities,
  type Identity,
  isClosed,
  verifyIdentityChain,
} from "./protocol/identity.ts";
import { equalBytes } from "./protocol/text.ts";
import { treeRoot } from "./protocol/tree.ts";
import type { LogSource } from "./question.ts";
import { reconcileCut } from "./reconcile.ts";
import { findRetired, stopSigning } from "./signing.ts";
import { verifySignature } from "./verify_signature.ts";

/** What an offered chain was: the stored one, the new one from now on, one that loses, or one of equal length. */
export type Accepted = "same" | "accepted" | "older" | "clash";

/** Others with a copy who are told of a record by everybody who takes it. */
const TOLD_MAX = 8;

/** Code of a mirror whose author made two chains of equal length; the first seen is kept. */
export const IDENTITY_CLASH = "identity_clash";

/**
 * Takes an offered chain of a log that is here. When it wins it is stored, and what is held is compared with the cut's tree at
 * once if any of the sources gives it; if none does the mirror stays unconfirmed, and `reconcileCut` is called again by the
 * next pull. Throws ProtocolError for what is no chain of this capsule.
 */
export async function acceptIdentity(
  mesh: Mesh,
  log: number,
  notes: readonly string[],
  sources: readonly LogSource[],
): Promise<Accepted> {
  const accepted = acceptChain(mesh.db, log, notes, mesh.now());
  if (accepted !== "accepted") return accepted;
  mesh.log({
    level: "info",
    message: "A newer identity record was accepted.",
    fields: { id: findLogCapsule(mesh.db, log)?.id ?? "" },
  });
  if (findLogMirror(mesh.db, log)?.isConfirmed === false) await reconcileCut(mesh, log, sources);
  return accepted;
}

/**
 * The same without asking anybody: for a delivery. What could not be compared with the tiles that are here is marked as not yet
 * confirmed, and the mirror is due at once. Under the own log's newer record the key in this database signs no more.
 */
export function acceptChain(
  db: Database,
  log: number,
  notes: readonly string[],
  nowMs: number,
): Accepted {
  const offered = verifyIdentityChain(notes, verifySignature);
  for (;;) {
    const held = findIdentity(db, log);
    if (held === undefined) throw new Error("Cannot accept identity: the log has none");
    const winner = compareIdentities(held, offered);
    if (winner === "clash") updateMirror(db, log, { problem: IDENTITY_CLASH });
    if (winner !== "offered") return winner === "held" ? "older" : winner;
    if (store(db, log, { held, offered, notes, nowMs })) return "accepted";
  }
}

type Offer = Readonly<{
  held: Identity;
  offered: Identity;
  notes: readonly string[];
  nowMs: number;
}>;

/** False when another record was stored meanwhile. */
function store(db: Database, log: number, { held, offered, notes, nowMs }: Offer): boolean {
  const { cutSize, cutRoot, address } = offered.newest;
  return db.transaction(() => {
    const addressBefore = findLogCapsule(db, log)?.address ?? null;
    const outcome = acceptRecords(db, log, {
      expected: held.newestHash,
      records: toStoredRecords(offered, notes),
      cut: { size: cutSize, root: cutRoot },
      address,
      isConfirmed: isOfCut(db, log, offered),
    });
    if (outcome === "moved") return false;
    deleteTilesAbove(db, log, cutSize);
    deleteForkProof(db, log);
    const before = findLogMirror(db, log)?.state;
    // What the owner was asked about (flooding, size) stays asked.
    const isOver = before === "forked" || before === "refused";
    updateMirror(db, log, {
      ...(isClosed(offered) ? { state: "closed" } : isOver ? { state: "pulling" } : {}),
      problem: null,
      nextPullAtMs: nowMs,
      failures: 0,
    });
    const id = offered.capsuleId;
    if (address !== null && address !== addressBefore) {
      saveMovedPeer(db, { id, address, addressBefore, nowMs });
    }
    passOn(db, log, offered, address !== addressBefore, nowMs);
    const own = findOwnCapsule(db);
    const retired = own?.log === log ? findRetired(db, own) : undefined;
    if (retired !== undefined) stopSigning(db, retired, "", nowMs);
    return true;
  });
}

/**
 * A record is rare and matters: whoever takes it tells others that are known to have a copy. An author who is somewhere else now
 * may have lost everything, and hears again that we follow.
 */
function passOn(
  db: Database,
  log: number,
  { capsuleId: id, newest }: Identity,
  isMoved: boolean,
  nowMs: number,
): void {
  const mirror = findLogMirror(db, log);
  if (mirror === undefined || mirror.isQuiet || mirror.state === "leaving") return;
  const holders = listHolders(db, log, TOLD_MAX).map((holder) => holder.id);
  addDeliveries(db, "identity", log, holders.filter((holder) => holder !== id), nowMs, newest.n);
  const own = findOwnCapsule(db);
  const index = own && findFollowIndex(db, own.log, id);
  if (!isMoved || own === undefined || index === undefined) return;
  addDeliveries(db, "follow", own.log, [id], nowMs, index);
}

/** True when the tiles that are here prove that what is held belongs below the cut; false when they say no, or too little. */
function isOfCut(db: Database, log: number, { newest: { cutSize, cutRoot } }: Identity): boolean {
  if (!hasEntries(db, log, 0, cutSize)) return true;
  const head = findCheckpoint(db, log);
  // What an earlier record left unconfirmed is not proved by this one's size.
  if (findLogMirror(db, log)?.isConfirmed === false) return false;
  if (head === undefined || head.size < cutSize) return false;
  try {
    return equalBytes(treeRoot(cutSize, (level, n) => findTile(db, log, level, n)), cutRoot);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "tile_form") return false;
    throw error;
  }
}
