/** Pulling one log: head, proof, entries, contents, pictures, from the sources that deliver (docs/protocol.md §13). @module */
import { findLogCapsule } from "../storage/capsules.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import { findCheckpoint, type StoredCheckpoint } from "../storage/checkpoints.ts";
import { findForkProof } from "../storage/fork_proofs.ts";
import { listMissingEntries } from "../storage/mirror_log.ts";
import { updatePeer } from "../storage/peers.ts";
import type { Accepted } from "./accept_record.ts";
import { advanceHead } from "./advance.ts";
import { fetchBlobs } from "./blobs.ts";
import { fillEntries } from "./fill.ts";
import { findIdentity } from "./identities.ts";
import { fetchLateContents, type LateContent } from "./late_contents.ts";
import type { Mesh } from "./mesh.ts";
import type { Identity } from "./protocol/identity.ts";
import { askHead, askIdentity, explainOlder, isNewest, type ShownHead } from "./pull_head.ts";
import { failureOf, MovedProblem, type SourceFailure, SourceProblem } from "./pull_problem.ts";
import type { LogSource } from "./question.ts";
import type { CheckedRun } from "./run.ts";
import type { Source } from "./schedule.ts";
import { toLogSource } from "./sources.ts";
import { readHeldTree } from "./target_held.ts";

/** How often a pull begins again because somebody else wrote the log meanwhile. */
const RESTARTS_MAX = 8;

/** How one log is pulled. */
export type PullOptions = Readonly<{
  /** Whom to ask, in this order; every address is confirmed. */
  sources: readonly Source[];
  signal?: AbortSignal | undefined;
  /** Entries that are here, of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called when a source says that it knows another record: takes or leaves the chain that it gives. */
  accept?:
    | ((notes: readonly string[], sources: readonly LogSource[]) => Promise<Accepted>)
    | undefined;
  /** Asked before a larger head is taken; answers why not. `contentBytes` is what is known of the new contents. */
  refuseGrowth?: ((size: number, contentBytes: number) => PullStop | undefined) | undefined;
  /** Told that a larger head was taken, with the bytes of the contents that came with it. */
  onAdvanced?: ((size: number, contentBytes: number) => void) | undefined;
  /** Told that entries below the head are about to be asked for. */
  onFilling?: (() => void) | undefined;
  /** Told of what was stored below the head; may answer why to stop here. */
  onStored?: ((runs: readonly CheckedRun[]) => PullStop | undefined) | undefined;
  /** Told of contents that came after their entries; may answer why to stop here. */
  onContents?: ((contents: readonly LateContent[]) => PullStop | undefined) | undefined;
  /** Looks for a newer record only: for a log that was forked. */
  isForked?: boolean;
}>;

/** Why a pull stops though sources deliver. */
export type PullStop = "flooding" | "large" | "paused";

/** How a pull ended. */
export type Pulled = Readonly<{
  /**
   * "current": some source showed a head that stands and all of it that is offered was taken. "unreachable": nobody was there, or
   * nobody delivered. "refused": what came breaks a rule, from everybody who answered.
   */
  outcome: "current" | "unreachable" | "refused" | "forked" | PullStop;
  /** Why, for all but "current"; with "current" only about pictures. */
  problem: string | undefined;
  /** True when the head moved or something missing came. */
  hasNews: boolean;
  /** True when the author's own address showed its head. */
  isOriginSeen: boolean;
  /** How long to leave everybody alone, milliseconds: there only when every source asked for patience. */
  retryAfterMs: number | undefined;
}>;

/** One pull under way. */
type Pull = Readonly<{
  mesh: Mesh;
  log: number;
  id: string;
  options: PullOptions;
  failures: Map<string, SourceFailure>;
  /** Addresses that showed a head that stands. */
  answered: Map<string, Source>;
  news: { count: number };
}>;

/**
 * Pulls a log, a mirror's or the own one: a verified head is stored before what is below it, so that a kill at any byte
 * leaves a tree that extends the newest record's cut and a list of what is missing. Throws what is no source's doing: a
 * LogProblem, an abort, trouble of this machine.
 */
export async function pullLog(mesh: Mesh, log: number, options: PullOptions): Promise<Pulled> {
  const id = findLogCapsule(mesh.db, log)?.id;
  if (id === undefined) throw new RangeError(`Cannot pull log ${log}: there is none`);
  const answered = new Map<string, Source>();
  const pull = { mesh, log, id, options, failures: new Map(), answered, news: { count: 0 } };
  if (options.sources.length === 0) return endPull(pull, "unreachable", "no_source");
  for (let restart = 0;; restart++) {
    try {
      return await pullOnce(pull);
    } catch (error) {
      if (!(error instanceof MovedProblem) || restart >= RESTARTS_MAX) throw error;
    }
  }
}

async function pullOnce(pull: Pull): Promise<Pulled> {
  const { mesh, log, options } = pull;
  const identity = findIdentity(mesh.db, log);
  if (identity === undefined) throw new Error(`Cannot pull log ${log}: it has no identity`);
  for (const source of options.sources) {
    if (pull.failures.has(source.address)) continue;
    try {
      const took = await takeHead(pull, source, identity);
      // One good answer is enough, but for a copy that is behind ours: the next one may know more.
      if (took === "taken") break;
      if (took === "forked") return endPull(pull, took, "fork");
      if (took !== "behind") return endPull(pull, took, stopCode(took));
    } catch (error) {
      noteFailure(pull, source, error);
    }
  }
  return await fillBelow(pull, identity);
}

/** Asks one source for the head and makes it ours when it is larger; or says why to stop here. */
async function takeHead(
  pull: Pull,
  source: Source,
  identity: Identity,
): Promise<"taken" | "behind" | "forked" | PullStop> {
  const { mesh, log } = pull;
  const logSource = openSource(pull, source);
  const told = await askHead(logSource, identity);
  if (told.record !== undefined && !isNewest(told.record, identity)) {
    await meetRecord(pull, logSource);
  }
  if (told.head === undefined) {
    // Whoever knows a higher record sends it; of two that clash each keeps its own.
    const { n } = identity.newest;
    const isLower = told.record !== undefined && told.record.n < n;
    if (isLower && source.id !== "") {
      addDeliveries(mesh.db, "identity", log, [source.id], mesh.now(), n);
    }
    if (told.record !== undefined && told.record.n > n) {
      const message = `Cannot use head: ${source.address} does not give the record that it names`;
      throw new SourceProblem("undelivered", message);
    }
    throw explainOlder(logSource);
  }
  // A newer record that was accepted just now ended the fork, and took its proof away.
  if (pull.options.isForked === true && findForkProof(mesh.db, log) !== undefined) return "forked";
  const held = findCheckpoint(mesh.db, log);
  if (held === undefined) throw new Error(`Cannot pull log ${log}: it has no head`);
  pull.answered.set(source.address, source);
  if (isOld(held, told.head)) return "taken";
  const { refuseGrowth = () => undefined } = pull.options;
  const advanced = await advanceHead({
    mesh,
    log,
    identity,
    held,
    head: told.head,
    source: logSource,
    refuseGrowth,
    onAdvanced: pull.options.onAdvanced,
  });
  if (advanced === "same") return told.head.size < held.size ? "behind" : "taken";
  if (advanced !== "advanced") return advanced;
  pull.news.count += 1;
  return "taken";
}

/** A head that brings nothing: the very one, or a cut that is held with a checkpoint already. */
function isOld(held: StoredCheckpoint, head: ShownHead): boolean {
  return held.size === head.size && (held.note !== "" || head.note === "") &&
    held.root.every((byte, i) => byte === head.root[i]);
}

/** Another record than ours: its chain is asked for and taken when it wins. A closing wins over longer chains too. */
async function meetRecord({ options }: Pull, source: LogSource): Promise<void> {
  if (options.accept === undefined) return;
  const notes = await askIdentity(source);
  const accepted = await options.accept(notes, [source]);
  if (accepted === "accepted") throw new MovedProblem("A newer record was accepted");
}

/** Entries, contents and pictures below the head that is ours now. */
async function fillBelow(pull: Pull, identity: Identity): Promise<Pulled> {
  const { mesh, log, options, answered } = pull;
  const { signal } = options;
  const record = identity.newestHash;
  const ready = openAll(pull, (source) => answered.has(source.address));
  if (ready.length === 0 && listMissingEntries(mesh.db, log, 1).length === 0) {
    return endUnanswered(pull);
  }
  const stop = await fillAll(pull, record);
  if (stop !== undefined) return endPull(pull, stop, stopCode(stop));
  signal?.throwIfAborted();
  if (listMissingEntries(mesh.db, log, 1).length > 0) return endUnanswered(pull);
  const sources = [
    ...openAll(pull, (source) => answered.has(source.address)),
    ...openAll(pull, (source) => !answered.has(source.address)),
  ];
  const hasFailed = pull.failures.size > 0;
  let full: PullStop | undefined;
  const onStored = (contents: readonly LateContent[]) =>
    (full ??= options.onContents?.(contents)) === undefined;
  const work = { mesh, log, record, sources, hasFailed, signal, onStored };
  const late = await fetchLateContents(work);
  for (const [address, failure] of late) saveFailure(pull, address, failure);
  if (full !== undefined) return endPull(pull, full, stopCode(full));
  const rest = sources.filter(({ address }) => !late.has(address));
  const isPartial = pull.failures.size > 0;
  const pictures = await fetchBlobs({ mesh, log, sources: rest, hasFailed: isPartial, signal });
  for (const [address, failure] of pictures.failures) saveFailure(pull, address, failure);
  signal?.throwIfAborted();
  if (answered.size === 0) return endUnanswered(pull);
  return endPull(pull, "current", pictures.problem);
}

/** Fills what is missing: those who showed a head at once, the others when they turn out to be there. */
async function fillAll(pull: Pull, record: Uint8Array): Promise<PullStop | undefined> {
  const { mesh, log, options, answered } = pull;
  const head = findCheckpoint(mesh.db, log);
  if (head === undefined || listMissingEntries(mesh.db, log, 1).length === 0) return undefined;
  const sources = openAll(pull, (source) => answered.has(source.address));
  const joining = openAll(pull, (source) => !answered.has(source.address));
  const tree = await readHeldTree(mesh.db, log, head, [...sources, ...joining]);
  if (tree === undefined) return undefined;
  options.onFilling?.();
  const { signal } = options;
  const ended = new AbortController();
  const both = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
  const work = { mesh, log, record, tree, sources, joining, signal: both };
  let stop: PullStop | undefined;
  const onStored = (runs: readonly CheckedRun[]) => {
    pull.news.count += runs.length;
    report(pull, head.size);
    stop ??= options.onStored?.(runs);
    if (stop !== undefined) ended.abort();
  };
  const filled = await fillEntries({ ...work, onStored }).catch((error) => {
    // Ended by ourselves, and so were the questions that were still open.
    if (!ended.signal.aborted || signal?.aborted === true) throw error;
  });
  for (const [address, failure] of filled?.failures ?? []) saveFailure(pull, address, failure);
  return stop;
}

function report({ mesh, log, options }: Pull, size: number): void {
  if (options.onProgress === undefined) return;
  const missing = listMissingEntries(mesh.db, log, 1_000)
    .reduce((sum, { from, to }) => sum + to - from, 0);
  options.onProgress(size - missing, size);
}

/** The sources that are of use still, those of a kind. */
function openAll(pull: Pull, isChosen: (source: Source) => boolean): LogSource[] {
  return pull.options.sources
    .filter((source) => !pull.failures.has(source.address) && isChosen(source))
    .map((source) => openSource(pull, source));
}

function openSource({ mesh, id, options }: Pull, source: Source): LogSource {
  return toLogSource(mesh, id, source, options.signal);
}

/** Remembers why a source is of no use now; throws what is not its doing. */
function noteFailure(pull: Pull, { address }: Source, error: unknown): void {
  const { mesh, id } = pull;
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  saveFailure(pull, address, failure);
  const isQuiet = error instanceof SourceProblem && !error.isWrong;
  if (isQuiet) return;
  mesh.log({
    level: failure.isWrong ? "warning" : "info",
    message: failure.isWrong
      ? "A source answered against the protocol and was left."
      : "A source was not reached.",
    fields: { id, address, problem: failure.code },
  });
}

/** Remembers it for this pull; one that asked for patience is not asked by the next pulls either, until then. */
function saveFailure(
  { failures, mesh, options }: Pull,
  address: string,
  failure: SourceFailure,
): void {
  failures.set(address, failure);
  const source = options.sources.find((one) => one.address === address);
  if (failure.retryAfterMs === undefined || source === undefined) return;
  updatePeer(mesh.db, source.id, address, { retryAtMs: mesh.now() + failure.retryAfterMs });
}

/** Nobody gave all of it. Only the author's own address can make a log refused: a stranger's lie says nothing about it. */
function endUnanswered(pull: Pull): Pulled {
  const { failures, options } = pull;
  const ofOrigins = options.sources.filter(({ isOrigin }) => isOrigin)
    .flatMap(({ address }) => failures.get(address) ?? []);
  const all = [...ofOrigins, ...failures.values()];
  const wrong = ofOrigins.find(({ isWrong }) => isWrong);
  if (wrong !== undefined) return endPull(pull, "refused", wrong.code);
  return endPull(pull, "unreachable", all[0]?.code ?? "undelivered");
}

function endPull(
  { failures, answered, news, options }: Pull,
  outcome: Pulled["outcome"],
  problem: string | undefined,
): Pulled {
  // One that is busy, or says so, holds up nobody else: it is left alone by itself (`noteFailure`).
  const waits = options.sources.map(({ address }) => failures.get(address)?.retryAfterMs);
  const isAllBusy = waits.length > 0 && waits.every((wait) => wait !== undefined);
  return {
    outcome,
    problem,
    hasNews: news.count > 0,
    isOriginSeen: [...answered.values()].some(({ isOrigin }) => isOrigin),
    retryAfterMs: isAllBusy ? Math.min(...waits) : undefined,
  };
}

function stopCode(stop: PullStop): string | undefined {
  if (stop === "paused") return undefined;
  return stop === "large" ? "too_large" : "flooding";
}
