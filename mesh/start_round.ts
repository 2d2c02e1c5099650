/** The start rules as a turn of the mesh: once at the start, and again while something keeps us from signing. @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findSigning, saveSigning, type SigningOutcome } from "../storage/signing.ts";
import type { Mesh } from "./mesh.ts";
import { allowSigning, findServingStart, saveAllowed } from "./signing.ts";
import { checkStart } from "./start.ts";

/** How long after a finding the rules run again. What is told meanwhile makes it sooner. */
const AGAIN_MS: Readonly<Partial<Record<SigningOutcome, number>>> = {
  "another_copy": 15_000,
  undelivered: 60_000,
  nobody: 60_000,
};
const IDLE_MS = 3_600_000;

/** Runs the start rules when this start has not, or when what they found may have passed. */
export async function runStart(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { db, now, startId } = mesh;
  if (findOwnCapsule(db) === undefined) return IDLE_MS;
  const signing = findSigning(db);
  if (signing?.start === startId) {
    const againMs = AGAIN_MS[signing.outcome];
    const isOpen = signing.outcome === "checking" || signing.outcome === "behind";
    if (!isOpen && againMs === undefined) return IDLE_MS;
    const waitedMs = now() - signing.atMs;
    if (againMs !== undefined && waitedMs >= 0 && waitedMs < againMs) return againMs - waitedMs;
  }
  const outcome = await checkStart(mesh, signal);
  return AGAIN_MS[outcome] ?? IDLE_MS;
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
