/** Fetching entries of our own log that this database has not: after a restored backup (docs/protocol.md, start). @module */
import type { OwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { adoptHead } from "../storage/mirror_log.ts";
import { fillEntries } from "./fill.ts";
import { recordFork } from "./fork.ts";
import { fetchLateContents } from "./late_contents.ts";
import type { Mesh } from "./mesh.ts";
import type { Checkpoint } from "./protocol/checkpoint.ts";
import { consistencyProof } from "./protocol/tree.ts";
import { failureOf, MovedProblem } from "./pull_problem.ts";
import type { LogSource } from "./question.ts";
import { toLogSource } from "./sources.ts";
import { makeAskTile, proveTarget, readEdge, TargetTree } from "./target.ts";

/** What is fetched, and from whom. */
export type OwnPull = Readonly<{
  /** A verified head under our newest record, larger than ours; ours itself goes on with what is missing below it. */
  target: Checkpoint;
  /** The target's signed note. */
  note: string;
  /** Confirmed addresses of capsules that may have it. */
  addresses: readonly string[];
  signal: AbortSignal | undefined;
}>;

/**
 * Makes a proved newer head ours and fetches what is missing below it, as far as the sources deliver; contents too. When the
 * head contradicts our log the proof is kept. What came of it is read from the database.
 */
export async function pullOwnLog(mesh: Mesh, own: OwnCapsule, pull: OwnPull): Promise<void> {
  const sources = pull.addresses.map((address) =>
    toLogSource(mesh, own.id, { address }, pull.signal)
  );
  try {
    const tree = await adoptTarget(mesh, own, pull, sources);
    const recordN = findNewestIdentityRecord(mesh.db, own.log)?.n;
    if (tree === undefined || recordN === undefined) return;
    const work = { mesh, log: own.log, recordN, sources, signal: pull.signal };
    await fillEntries({ ...work, tree, onStored: () => {} });
    await fetchLateContents(work);
  } catch (error) {
    // Somebody rotated beside us: the rules run again.
    if (!(error instanceof MovedProblem)) throw error;
  }
}

/** The tree of the head that is ours then; undefined when nobody proved it, or when it contradicts ours. */
async function adoptTarget(
  mesh: Mesh,
  { log }: OwnCapsule,
  { target, note }: OwnPull,
  sources: readonly LogSource[],
): Promise<TargetTree | undefined> {
  const { db } = mesh;
  const held = findCheckpoint(db, log);
  const recordN = findNewestIdentityRecord(db, log)?.n;
  if (held === undefined || recordN === undefined) return undefined;
  for (const source of sources) {
    try {
      const ask = makeAskTile(source);
      if (target.size === held.size) return new TargetTree(target, await readEdge(target, ask));
      const { outcome, rootBefore, tree } = await proveTarget(held, target, ask);
      if (outcome === "differs") {
        const hashes = consistencyProof(held.size, target.size, tree.read);
        const proof = { smaller: held.note, larger: note, largerRootBefore: rootBefore, hashes };
        recordFork(mesh, log, proof);
        return undefined;
      }
      const head = { size: target.size, root: target.root, note, tiles: tree.edge };
      const adopted = adoptHead(db, log, { recordN, expectedSize: held.size }, head);
      return adopted === "adopted" ? tree : undefined;
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
    }
  }
  return undefined;
}
