/** From the held head to a larger one: by appending what is new, or by proving that its tree extends ours (docs/protocol.md §13). @module */
import type { StoredCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { adoptHead, appendToMirror, type HeadBasis } from "../storage/mirror_log.ts";
import { findTile } from "../storage/tiles.ts";
import { recordFork } from "./fork.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";
import type { ForkProof } from "./protocol/fork_proof.ts";
import type { Identity } from "./protocol/identity.ts";
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from "./protocol/limits.ts";
import { equalBytes } from "./protocol/text.ts";
import { consistencyProof, extendTree, type ReadTile, treeRoot } from "./protocol/tree.ts";
import { explainVoid, type ShownHead } from "./pull_head.ts";
import type { PullStop } from "./pull.ts";
import { MovedProblem } from "./pull_problem.ts";
import { askLog, askTwice, type LogSource } from "./question.ts";
import { checkRun, decodeRun, runPath, type RunRow } from "./run.ts";
import { makeAskTile, proveTarget } from "./target.ts";

/** Entries that are appended in one go; more are taken after their tree was proved. */
export const APPEND_MAX = 1_024;

/** One step from head to head. */
export type Advance = Readonly<{
  mesh: Mesh;
  log: number;
  /** The newest identity of the log. */
  identity: Identity;
  /** The head as it is stored. */
  held: StoredCheckpoint;
  /** The head that the source showed; it stands under the identity. */
  head: ShownHead;
  source: LogSource;
  refuseGrowth: (size: number, contentBytes: number) => PullStop | undefined;
  /** Told inside the transaction that takes a larger head. */
  onAdvanced: ((size: number, contentBytes: number) => void) | undefined;
}>;

/**
 * Makes a shown head ours. "same" when it is not larger and contradicts nothing; "forked" when both cannot be of one log: the
 * proof is kept. Throws MovedProblem when somebody else wrote the log meanwhile, and what is the source's doing.
 */
export async function advanceHead(
  advance: Advance,
): Promise<"advanced" | "same" | "forked" | PullStop> {
  const { held, head } = advance;
  if (head.size < held.size) return compareSmaller(advance);
  if (head.size === held.size) return adoptSameSize(advance);
  // A very large one is proved and adopted, so that its size shows, and filled when its owner says so.
  const stop = advance.refuseGrowth(head.size, 0);
  if (stop === "flooding") return stop;
  if (head.size - held.size <= APPEND_MAX) {
    const appended = await append(advance);
    if (appended !== "differs") return appended;
  }
  return await adopt(advance) ?? stop ?? "advanced";
}

/** Appends every new entry at once; "differs" when the source's entries do not lead to the head's root. */
async function append(advance: Advance): Promise<"advanced" | "differs" | PullStop> {
  const { mesh, log, identity, held, head, source } = advance;
  const read: ReadTile = (level, n) => findTile(mesh.db, log, level, n);
  let isWrong = false;
  const found = await askTwice(async (isFresh) => {
    const rows = await readRows(source, held.size, head.size, isFresh);
    const grown = extendTree(held.size, rows.map(({ hash }) => hash), read);
    isWrong = !equalBytes(grown.root, head.root);
    if (isWrong) {
      throw new ProtocolError("proof_mismatch", `Cannot append to ${held.size}: another root`);
    }
    return { run: checkRun(rows, held.size, source.id), tiles: grown.tiles };
  }).catch((error) => {
    // Whose doing that is, a proof shows: the source's, or the author's who signed another log.
    if (isWrong && error instanceof ProtocolError) return undefined;
    throw error;
  });
  if (found === undefined) return "differs";
  const { run, tiles } = found;
  const stop = advance.refuseGrowth(head.size, run.contentBytes);
  if (stop !== undefined) return stop;
  const { entries, contents, contentBytes } = run;
  const { note, root } = head;
  mesh.db.transaction(() => {
    advance.onAdvanced?.(head.size, contentBytes);
    const basis = basisOf(identity, held);
    const all = { entries, contents, tiles, note, root };
    if (appendToMirror(mesh.db, log, basis, all) === "appended") return;
    throw new MovedProblem("Cannot append: the head moved");
  });
  return "advanced";
}

async function readRows(
  source: LogSource,
  from: number,
  to: number,
  isFresh: boolean,
): Promise<RunRow[]> {
  const rows: RunRow[] = [];
  for (let at = from; at < to; at += RUN_ENTRIES_MAX) {
    const count = Math.min(RUN_ENTRIES_MAX, to - at);
    const path = runPath(at, count);
    const { bytes } = await askLog(source, { path, bytesMax: RUN_BYTES_MAX, isFresh });
    rows.push(...decodeRun(bytes, count));
  }
  return rows;
}

/** Proves that the head's tree extends ours and makes it the head; what is between is missing from now on. */
async function adopt(advance: Advance): Promise<"forked" | undefined> {
  const { mesh, log, identity, held, head, source } = advance;
  const { outcome, rootBefore, tree } = await proveTarget(held, head, makeAskTile(source));
  if (outcome === "differs") {
    return fork(advance, {
      smaller: held.note,
      larger: head.note,
      largerRootBefore: rootBefore,
      hashes: consistencyProof(held.size, head.size, tree.read),
    });
  }
  const { size, root, note } = head;
  mesh.db.transaction(() => {
    advance.onAdvanced?.(size, 0);
    const basis = basisOf(identity, held);
    const all = { size, root, note, tiles: tree.edge };
    if (adoptHead(mesh.db, log, basis, all) === "adopted") return;
    throw new MovedProblem("Cannot adopt head: it moved");
  });
  return undefined;
}

/** A head of the size that is held: a checkpoint over the cut, or a contradiction. */
function adoptSameSize(advance: Advance): "advanced" | "same" | "forked" {
  const { mesh, log, identity, held, head } = advance;
  if (!equalBytes(head.root, held.root)) {
    return fork(advance, {
      smaller: held.note,
      larger: head.note,
      largerRootBefore: head.root,
      hashes: [],
    });
  }
  if (head.note === "" || held.note !== "") return "same";
  const adopted = adoptHead(mesh.db, log, basisOf(identity, held), { ...head, tiles: [] });
  if (adopted === "moved") throw new MovedProblem("Cannot adopt head: it moved");
  return "advanced";
}

/** A head that is behind ours says nothing, unless it is of another log. */
function compareSmaller(advance: Advance): "same" | "forked" {
  const { mesh, log, held, head } = advance;
  if (head.note === "") return "same";
  const read: ReadTile = (level, n) => findTile(mesh.db, log, level, n);
  const own = findOwnRoot(mesh.db, log, head.size);
  if (own === undefined || equalBytes(own, head.root)) return "same";
  return fork(advance, {
    smaller: head.note,
    larger: held.note,
    largerRootBefore: own,
    hashes: consistencyProof(head.size, held.size, read),
  });
}

/** Our root at a smaller size; undefined while the tiles for it are not here. */
function findOwnRoot(db: Database, log: number, size: number): Uint8Array | undefined {
  try {
    return treeRoot(size, (level, n) => findTile(db, log, level, n));
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "tile_form") return undefined;
    throw error;
  }
}

/** Two checkpoints are a fork; against a cut, which the recovery key signed, the checkpoint is void. */
function fork({ mesh, log, held, head }: Advance, proof: ForkProof): "forked" {
  if (held.note === "") throw explainVoid(head.size);
  recordFork(mesh, log, proof);
  return "forked";
}

function basisOf(
  { newestHash }: Identity,
  { size }: StoredCheckpoint,
): HeadBasis {
  return { record: newestHash, expectedSize: size };
}
