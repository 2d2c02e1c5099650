/** The start rules as a turn of the mesh: once at the start, and again while something keeps us from signing. @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import { findSigning, type SigningOutcome } from "../storage/signing.ts";
import type { Mesh } from "./mesh.ts";
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
