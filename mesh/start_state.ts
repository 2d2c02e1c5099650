/** What is known of the start rules without asking anybody (docs/protocol.md §13.4). @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findForkProof } from "../storage/fork_proofs.ts";
import { listMissingEntries } from "../storage/missing_entries.ts";
import { findSigning, saveSigning, type SigningOutcome } from "../storage/signing.ts";
import {
  allowSigning,
  findRetired,
  findServingStart,
  isCheckNeeded,
  saveAllowed,
} from "./signing.ts";

/**
 * Begins the rules for one start: says at once what needs nobody's answer. "checking" means that `checkStart` has to ask. A
 * newer head that was proved before is remembered until it is here.
 */
export function beginStart(db: Database, start: string, nowMs: number): SigningOutcome {
  return db.transaction(() => {
    const own = findOwnCapsule(db);
    const before = findSigning(db);
    const isBehind = before !== undefined && before.detail.includes("\n") &&
      (before.outcome === "behind" || before.outcome === "undelivered" ||
        before.outcome === "checking");
    const settled = own && findSettled(db, own);
    const isOpen = isBehind || isCheckNeeded(db) || (own !== undefined && hasGaps(db, own));
    const outcome = settled ?? (isOpen ? "checking" : "allowed");
    saveSigning(db, { start, outcome, detail: isBehind ? before.detail : "", atMs: nowMs });
    return outcome;
  });
}

/** A fetch of our own newer entries that was killed left some of them for later. */
export function hasGaps(db: Database, { log }: OwnCapsule): boolean {
  return listMissingEntries(db, log, 1).length > 0;
}

/** What no answer changes: it ends with a new record. */
export function findSettled(db: Database, own: OwnCapsule): SigningOutcome | undefined {
  return findRetired(db, own) ??
    (findForkProof(db, own.log) === undefined ? undefined : "forked");
}

/**
 * The owner decides to publish although no follower could be asked. False when that is not what stands in the way: what was
 * found of another copy or a newer log is not the owner's to overrule.
 */
export function allowAnyway(db: Database, nowMs: number): boolean {
  return db.transaction(() => {
    const signing = findSigning(db);
    if (signing?.outcome !== "nobody") return false;
    if (findServingStart(db, nowMs) !== undefined) saveAllowed(db, nowMs, "owner");
    else saveSigning(db, { ...signing, outcome: "allowed", detail: "owner", atMs: nowMs });
    allowSigning(db);
    return true;
  });
}
