/** Fetching all of a lost log from several copies at once: entries, then contents, then pictures. @module */
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { adoptHead, listMissingEntries } from "../storage/mirror_log.ts";
import { findLogMirror } from "../storage/mirrors.ts";
import { countRecovered } from "../storage/recovery.ts";
import { findTile } from "../storage/tiles.ts";
import { fetchBlobs } from "./blobs.ts";
import { fillEntries } from "./fill.ts";
import { fetchLateContents } from "./late_contents.ts";
import type { Mesh } from "./mesh.ts";
import { equalBytes } from "./protocol/text.ts";
import { treeRoot } from "./protocol/tree.ts";
import { failureOf, MovedProblem } from "./pull_problem.ts";
import type { LogSource } from "./question.ts";
import type { Head } from "./recover_heads.ts";
import { RecoverProblem } from "./recover_problem.ts";
import { makeAskTile, proveTarget, type TargetTree } from "./target.ts";
import { readHeldTree } from "./target_held.ts";

/** How far a recovery is: `total` is the number of entries, and 0 where it is not known. */
export type RecoverProgress = Readonly<{
  step: "entries" | "contents" | "pictures";
  done: number;
  total: number;
}>;

/** What is fetched, and from whom. */
export type Fetching = Readonly<{
  log: number;
  head: Head;
  /** Every copy, those of the head among them. */
  sources: readonly LogSource[];
  onProgress: ((progress: RecoverProgress) => void) | undefined;
  signal: AbortSignal | undefined;
}>;

/**
 * Fetches every entry below the head, and the contents and pictures that the copies have; answers the size of the log. "other"
 * when what is here already is of another branch: the caller begins anew. Throws RecoverProblem when entries are missing after that.
 */
export async function fetchLog(mesh: Mesh, fetching: Fetching): Promise<number | "other"> {
  const { log, head, signal, onProgress } = fetching;
  const tree = await takeHead(mesh, fetching);
  if (tree === "other") return "other";
  const record = findNewestIdentityRecord(mesh.db, log)?.hash;
  const isConfirmed = findLogMirror(mesh.db, log)?.isConfirmed;
  if (tree === undefined || record === undefined || isConfirmed !== true) throw missing(0);
  // Those who showed the head have all of it; the others help where they can.
  const sources = [...new Set([...head.sources, ...fetching.sources])];
  const work = { mesh, log, record, sources, hasFailed: false, signal };
  const total = tree.target.size;
  let done = countRecovered(mesh.db, log).entries;
  onProgress?.({ step: "entries", done, total });
  try {
    await fillEntries({
      ...work,
      tree,
      joining: [],
      onStored: (runs) => {
        done += runs.reduce((sum, { entries }) => sum + entries.length, 0);
        onProgress?.({ step: "entries", done: Math.min(done, total), total });
      },
    });
    refuseGaps(mesh, log, signal);
    onProgress?.({ step: "contents", done: total, total });
    await fetchLateContents(work);
    onProgress?.({ step: "pictures", done: 0, total: 0 });
    await fetchBlobs(work);
  } catch (error) {
    if (!(error instanceof MovedProblem)) throw error;
    throw new RecoverProblem("stopped", "The copy changed meanwhile. Run it again: it goes on.");
  }
  if (signal?.aborted === true) throw stopped();
  return total;
}

/** Makes the head that of the copy here, unless it is already; the tree that is to be filled. */
async function takeHead(
  mesh: Mesh,
  { log, head, sources }: Fetching,
): Promise<TargetTree | "other" | undefined> {
  const { db } = mesh;
  const held = findCheckpoint(db, log);
  const record = findNewestIdentityRecord(db, log)?.hash;
  if (held === undefined || record === undefined) return undefined;
  if (held.size >= head.size) {
    const isSame = held.size === head.size
      ? equalBytes(held.root, head.root)
      : equalBytes(treeRoot(head.size, (level, n) => findTile(db, log, level, n)), head.root);
    return isSame ? await readHeldTree(db, log, held, sources) : "other";
  }
  for (const source of head.sources) {
    try {
      const { outcome, tree } = await proveTarget(held, head, makeAskTile(source));
      if (outcome === "differs") return "other";
      const { size, root, note } = head;
      const adopted = { size, root, note, tiles: tree.edge };
      adoptHead(db, log, { record, expectedSize: held.size }, adopted);
      return tree;
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
    }
  }
  return undefined;
}

function refuseGaps({ db }: Mesh, log: number, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw stopped();
  const gaps = listMissingEntries(db, log, 1_000);
  if (gaps.length === 0) return;
  throw missing(gaps.reduce((sum, { from, to }) => sum + to - from, 0));
}

function missing(entries: number): RecoverProblem {
  const what = entries === 0 ? "the log" : `${entries} entries of it`;
  return new RecoverProblem(
    "entries_missing",
    `The copies that were found do not give ${what} now. What came is kept: run it again later, or name more capsules that followed you.`,
  );
}

function stopped(): RecoverProblem {
  return new RecoverProblem("stopped", "Stopped. What came is kept: run it again, and it goes on.");
}
