/** Filling a log below its head: runs of 256 entries, the newest first, from one or several sources at once (docs/protocol.md §13). @module */
import { listMissingEntries, type Range, type Run, storeRuns } from "../storage/mirror_log.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { NOTE_BYTES_MAX, RUN_BYTES_MAX, TILE_WIDTH } from "./protocol/limits.ts";
import { equalBytes } from "./protocol/text.ts";
import type { Tile } from "./protocol/tree.ts";
import { foldInPlace } from "./protocol/tree_hash.ts";
import { failureOf, MovedProblem, type SourceFailure } from "./pull_problem.ts";
import { askLog, askTwice, type LogSource } from "./question.ts";
import { restoreKept } from "./restore_kept.ts";
import { type CheckedRun, checkRun, decodeRun, runPath } from "./run.ts";
import { type AskTile, makeAskTile, type TargetTree } from "./target.ts";

/** Questions that are open to one source at once: the next runs are on their way while some are checked and stored. */
const QUESTIONS_AT_ONCE = 6;
/** Entries stored in one transaction: not more than are on their way meanwhile, or their source is waited for after each. */
const ENTRIES_AT_ONCE = 1_536;
/** Bytes of contents that wait to be stored; beyond it a transaction is made at once. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;
/** Sources beside those who showed their head that one pull uses at once. */
const JOINING_MAX = 3;
/** Ranges of missing entries that are looked at in one go. */
const RANGES_MAX = 256;

/** What filling works with. */
export type Filling = Readonly<{
  mesh: Mesh;
  log: number;
  /** Hash of the record under which the tree was proved. */
  record: Uint8Array;
  /** The head's tree. */
  tree: TargetTree;
  /** Those who showed their head. */
  sources: readonly LogSource[];
  /** Those who were not asked yet: each shows that it is there before it is counted on. */
  joining: readonly LogSource[];
  signal: AbortSignal | undefined;
  /** Told after each transaction: how many entries were stored by it, and bytes of contents of entries from an index on. */
  onStored: (stored: readonly CheckedRun[]) => void;
}>;

/** How filling ended. */
export type Filled = Readonly<{
  /** True when nothing is missing below the head. */
  isWhole: boolean;
  /** Why a source was given up, by its address. */
  failures: ReadonlyMap<string, SourceFailure>;
}>;

/**
 * Fills what is missing as far as the sources deliver. Throws MovedProblem when another record came, LogProblem when the author
 * signed what is no entry, and everything that is no source's doing.
 */
export async function fillEntries(filling: Filling): Promise<Filled> {
  const failures = new Map<string, SourceFailure>();
  const state = new FillState(filling);
  for (;;) {
    const before = state.stored;
    state.begin();
    const ended = await Promise.allSettled([
      ...filling.sources.map((source) => runSource(state, source, failures)),
      ...filling.joining.slice(0, JOINING_MAX).map(async (source) => {
        if (await isThere(source, failures)) await runSource(state, source, failures);
      }),
    ]);
    const broken = ended.find((lane) => lane.status === "rejected");
    // What was proved before stays, whatever came then.
    if (!(broken?.reason instanceof MovedProblem)) state.flush();
    if (broken !== undefined) throw broken.reason;
    const isWhole = listMissingEntries(filling.mesh.db, filling.log, 1).length === 0;
    // Ranges beyond those that were looked at, or runs that a lane gave back after the others had ended.
    const isStuck = state.stored === before;
    if (isWhole || isStuck || filling.signal?.aborted === true) {
      return { isWhole: isWhole || await restoreKept(filling), failures };
    }
  }
}

/** Whether a source answers at all. What it says of the head is not looked at: each run proves itself. */
async function isThere(
  source: LogSource,
  failures: Map<string, SourceFailure>,
): Promise<boolean> {
  try {
    await askLog(source, { path: "checkpoint", bytesMax: NOTE_BYTES_MAX });
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    failures.set(source.address, failure);
    return false;
  }
}

/** Asks a source for one run after another, several at a time. */
async function runSource(
  state: FillState,
  source: LogSource,
  failures: Map<string, SourceFailure>,
): Promise<void> {
  const lane = { source, ask: makeAskTile(source) };
  const lanes = Array.from({ length: QUESTIONS_AT_ONCE }, () => runLane(state, lane, failures));
  const ended = await Promise.allSettled(lanes);
  const broken = ended.find(({ status }) => status === "rejected");
  if (broken?.status === "rejected") throw broken.reason;
}

type Lane = Readonly<{ source: LogSource; ask: AskTile }>;

/** Takes one run after another until there is none, or its source fails. */
async function runLane(
  state: FillState,
  lane: Lane,
  failures: Map<string, SourceFailure>,
): Promise<void> {
  const { address } = lane.source;
  while (!state.isEnded && !failures.has(address)) {
    const n = state.take();
    if (n === undefined) return;
    try {
      state.add(await readRun(state.filling, lane, n));
    } catch (error) {
      state.giveBack(n);
      const failure = failureOf(error);
      if (failure === undefined) {
        state.isEnded = true;
        throw error;
      }
      failures.set(address, failure);
    }
  }
}

/** Reads the aligned run `n` and proves it: its leaf hashes are the tile that the tree has there. */
async function readRun(
  { tree }: Filling,
  { source, ask }: Lane,
  n: number,
): Promise<Run & CheckedRun> {
  const from = n * TILE_WIDTH;
  const count = Math.min(TILE_WIDTH, tree.target.size - from);
  const tiles: Tile[] = [];
  // A tile above is asked for first: without it nothing that comes can be checked.
  const edge = count === TILE_WIDTH ? undefined : await tree.tile(0, n, ask);
  const whole = edge === undefined ? await tree.tileHash(0, n, ask) : undefined;
  for (let level = 1; level < 7; level++) {
    const above = Math.floor(n / TILE_WIDTH ** level);
    const hashes = tree.read(level, above);
    if (hashes !== undefined) tiles.push({ level, n: above, hashes });
  }
  const checked = await askTwice(async (isFresh) => {
    const path = runPath(from, count);
    const { bytes } = await askLog(source, { path, bytesMax: RUN_BYTES_MAX, isFresh });
    const rows = decodeRun(bytes, count);
    const hashes = new Uint8Array(count * 32);
    for (const [i, row] of rows.entries()) hashes.set(row.hash, i * 32);
    const isProved = edge !== undefined
      ? equalBytes(hashes, edge)
      : whole !== undefined && equalBytes(foldInPlace(hashes.slice(), TILE_WIDTH), whole);
    if (!isProved) {
      throw new ProtocolError("proof_mismatch", `Cannot use run from ${from}: not of this tree`);
    }
    tiles.push({ level: 0, n, hashes });
    return checkRun(rows, from, source.id);
  });
  return { ...checked, tiles };
}

/** Which runs are still to be asked for, and what waits to be stored. */
class FillState {
  readonly filling: Filling;
  /** Set when something happened that is no source's doing: every lane ends. */
  isEnded = false;
  /** Runs stored so far. */
  stored = 0;
  #ranges: readonly Range[] = [];
  /** Below it no run was handed out yet. */
  #below = 0;
  #back: number[] = [];
  #waiting: (Run & CheckedRun)[] = [];
  #waitingEntries = 0;
  #waitingBytes = 0;
  readonly #savedTiles = new Set<string>();

  constructor(filling: Filling) {
    this.filling = filling;
  }

  /** Looks anew at what is missing. */
  begin(): void {
    const { mesh, log, tree } = this.filling;
    this.#ranges = listMissingEntries(mesh.db, log, RANGES_MAX);
    this.#below = Math.ceil(tree.target.size / TILE_WIDTH);
    this.#back = [];
  }

  /** The number of the next run, the newest first; undefined when all are handed out. */
  take(): number | undefined {
    if (this.filling.signal?.aborted === true) return undefined;
    const back = this.#back.pop();
    if (back !== undefined) return back;
    for (const { from, to } of this.#ranges) {
      // A range that begins above the tree belongs to a head that came meanwhile.
      const last = Math.min(to, this.filling.tree.target.size) - 1;
      const n = Math.min(this.#below - 1, Math.floor(last / TILE_WIDTH));
      if (n < Math.floor(from / TILE_WIDTH)) continue;
      this.#below = n;
      return n;
    }
    return undefined;
  }

  /** A run that its source did not deliver is for another one. */
  giveBack(n: number): void {
    this.#back.push(n);
  }

  /** Adds a checked run; stores what waits when it is enough for a transaction. */
  add(run: Run & CheckedRun): void {
    if (this.isEnded) return;
    this.#waiting.push(run);
    this.#waitingEntries += run.entries.length;
    this.#waitingBytes += run.contentBytes;
    if (this.#waitingEntries >= ENTRIES_AT_ONCE || this.#waitingBytes >= BYTES_AT_ONCE) {
      this.flush();
    }
  }

  /** Stores what waits, in one transaction. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const { mesh, log, record, onStored } = this.filling;
    const runs = this.#waiting.map((run) => ({
      ...run,
      tiles: run.tiles.filter(({ level, n }) => level === 0 || this.#isNew(level, n)),
    }));
    this.#waiting = [];
    this.#waitingEntries = 0;
    this.#waitingBytes = 0;
    if (storeRuns(mesh.db, log, { record }, runs) === "moved") {
      this.isEnded = true;
      throw new MovedProblem("Cannot store runs: another record is there now");
    }
    this.stored += runs.length;
    onStored(runs);
  }

  /** Upper tiles serve 256 runs and more: each is saved once. */
  #isNew(level: number, n: number): boolean {
    const key = `${level} ${n}`;
    if (this.#savedTiles.has(key)) return false;
    this.#savedTiles.add(key);
    return true;
  }
}
