/** Pulling one mirror: what it may grow by, how it ends, when it is asked next (docs/protocol.md §13). @module */
import { findLack, hurryMissingContents } from "../storage/missing_contents.ts";
import {
  findLogMirror,
  type Mirror,
  type MirrorChanges,
  updateMirror,
} from "../storage/mirrors.ts";
import { acceptIdentity, IDENTITY_CLASH } from "./accept_record.ts";
import { AskProblem } from "./fetch.ts";
import { countGrowth, growthProblem, LOG_BYTES_MAX, LOG_ENTRIES_MAX } from "./flooding.ts";
import { findIdentity } from "./identities.ts";
import type { LateContent } from "./late_contents.ts";
import type { Mesh } from "./mesh.ts";
import { isClosed } from "./protocol/identity.ts";
import { paceOf } from "./pace.ts";
import { type Pulled, pullLog, type PullStop } from "./pull.ts";
import { isDiskFull, LogProblem, MovedProblem, type PullCode } from "./pull_problem.ts";
import { reconcileCut } from "./reconcile.ts";
import type { CheckedRun } from "./run.ts";
import { backOff, jitter, REFUSED_MS, type Source, WAITING_MS } from "./schedule.ts";
import { chooseSources, listSources, toLogSource } from "./sources.ts";

/** How a pull of a mirror is run. */
export type MirrorPullOptions = Readonly<{
  signal?: AbortSignal | undefined;
  /** Entries that are here, of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** In place of those that are known. */
  sources?: readonly Source[] | undefined;
  /** After so long others have their turn: what came stays, and the mirror is due again. */
  turnMs?: number | undefined;
}>;

/** How a pull of a mirror ended. */
export type PullOutcome = Readonly<{
  /** The mirror after it; undefined when it is no mirror any more. */
  mirror: Mirror | undefined;
  /** Why nothing, or not all, came; undefined when all that is offered is here. */
  problem: string | undefined;
}>;

/**
 * Pulls a mirror and stores how it went and when it is due again. Throws only what is trouble of this machine, and
 * AskProblem "stopped" when `signal` fired: the mirror is due then as it was.
 */
export async function pullMirror(
  mesh: Mesh,
  log: number,
  options: MirrorPullOptions = {},
): Promise<PullOutcome> {
  const { db } = mesh;
  const mirror = findLogMirror(db, log);
  if (mirror === undefined || !isPulled(mirror)) return { mirror, problem: mirror?.problem };
  const sources = options.sources ?? chooseSources(mesh, mirror);
  // Whoever turns up with a copy while these are asked is asked for what they lack, soon.
  const known = new Set(listSources(mesh, mirror).map(({ address }) => address));
  if (mirror.size > 0 && mirror.firstSize === undefined) {
    updateMirror(db, log, { firstSize: mirror.size });
  }
  const changes = await runTurn(mesh, mirror, { ...options, sources }).catch((error) => {
    if (isDiskFull(error)) saveFull(mesh, log);
    throw error;
  });
  db.transaction(() => {
    const { state = mirror.state, problem } = findLogMirror(db, log) ?? {};
    // Two chains of equal length stay a matter for the owner until one of them grows.
    const isClash = problem === IDENTITY_CLASH;
    // The owner paused it meanwhile, or somebody brought the proof of a fork: that stays.
    const isOvertaken = state !== mirror.state && (state === "paused" || state === "forked");
    const { state: _state, problem: _problem, ...rest } = changes;
    const told = isClash ? { ...changes, problem } : changes;
    updateMirror(db, log, isOvertaken ? rest : told);
    const isNewThere = listSources(mesh, mirror).some(({ address }) => !known.has(address));
    if (isNewThere && findLack(db, log) !== undefined) {
      hurryMissingContents(db, mirror.id, mesh.now() + backOff(0));
    }
  });
  return { mirror: findLogMirror(db, log), problem: changes.problem ?? undefined };
}

/** How long a mirror waits for room on the disk. */
export const FULL_MS = 60_000;

/** A change of one row mostly fits where a run of entries does not. */
function saveFull({ db, now }: Mesh, log: number): void {
  try {
    updateMirror(db, log, { problem: "disk_full", nextPullAtMs: now() + FULL_MS });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** A paused or leaving mirror is left alone. */
function isPulled({ state }: Mirror): boolean {
  return state !== "paused" && state !== "leaving";
}

/** One that is slow without end keeps nobody else waiting: it goes to the end of those that are due. */
async function runTurn(mesh: Mesh, mirror: Mirror, options: Run): Promise<MirrorChanges> {
  const { turnMs, signal } = options;
  if (turnMs === undefined) return await run(mesh, mirror, options);
  const turn = new AbortController();
  const timer = setTimeout(() => turn.abort(), turnMs);
  const both = signal === undefined ? turn.signal : AbortSignal.any([signal, turn.signal]);
  try {
    return await run(mesh, mirror, { ...options, signal: both });
  } catch (error) {
    const isStopped = error instanceof AskProblem && error.code === "stopped" ||
      error === both.reason;
    if (!turn.signal.aborted || signal?.aborted === true || !isStopped) throw error;
    return { nextPullAtMs: mesh.now() };
  } finally {
    clearTimeout(timer);
  }
}

type Run = MirrorPullOptions & Readonly<{ sources: readonly Source[] }>;

async function run(mesh: Mesh, mirror: Mirror, options: Run): Promise<MirrorChanges> {
  const { log } = mirror;
  try {
    const unconfirmed = await confirmCut(mesh, mirror, options);
    if (unconfirmed !== undefined) return unconfirmed;
    const pulled = await pullLog(mesh, log, {
      ...options,
      isForked: mirror.state === "forked",
      accept: (notes, sources) => acceptIdentity(mesh, log, notes, sources),
      refuseGrowth: (size, contentBytes) => refuseGrowth(mesh, log, size, contentBytes),
      onAdvanced: (size, contentBytes) => countAdvance(mesh, log, size, contentBytes),
      onFilling: () => updateMirror(mesh.db, log, { state: "pulling" }),
      onStored: (runs) => watchStored(mesh, log, runs),
      onContents: (contents) => watchContents(mesh, log, contents),
    });
    return concludePull(mesh, log, pulled);
  } catch (error) {
    return concludeError(mesh, mirror, error);
  }
}

/** Under a new record nothing is added before what is held was compared with the cut's tree. */
async function confirmCut(
  mesh: Mesh,
  { log, id, isConfirmed, failures }: Mirror,
  { sources, signal }: Run,
): Promise<MirrorChanges | undefined> {
  if (isConfirmed) return undefined;
  const opened = sources.map((source) => toLogSource(mesh, id, source, signal));
  const reconciled = await reconcileCut(mesh, log, opened);
  if (reconciled.outcome !== "undelivered") return undefined;
  const problem = reconciled.failure?.code ?? "no_source";
  return failed(mesh, { state: "unreachable", problem, failures });
}

function refuseGrowth(
  { db, now }: Mesh,
  log: number,
  size: number,
  contentBytes: number,
): PullStop | undefined {
  const mirror = findLogMirror(db, log);
  if (mirror === undefined) throw new MovedProblem("Cannot pull: the mirror is gone");
  const { allowedSize = 0 } = mirror;
  if (size > LOG_ENTRIES_MAX && size > allowedSize) return "large";
  return growthProblem(db, mirror, { size, contentBytes, nowMs: now() });
}

/** A new head was taken: what is above the first-followed one counts as growth of this day. */
function countAdvance({ db, now }: Mesh, log: number, size: number, contentBytes: number): void {
  const mirror = findLogMirror(db, log);
  if (mirror === undefined) return;
  if (mirror.firstSize === undefined) updateMirror(db, log, { firstSize: size });
  else countGrowth(db, mirror, { size, contentBytes, nowMs: now() });
}

/** Stops where the owner paused or left meanwhile, and where contents above the first-followed head flood. */
function watchStored(mesh: Mesh, log: number, runs: readonly CheckedRun[]): PullStop | undefined {
  const arrived: LateContent[] = [];
  for (const { from, contents } of runs) {
    for (const [i, bytes] of contents.entries()) {
      if (bytes instanceof Uint8Array) arrived.push({ index: from + i, bytes });
    }
  }
  return watchContents(mesh, log, arrived);
}

/** The same for contents, whether they came with their entries or later. */
function watchContents(
  { db, now }: Mesh,
  log: number,
  contents: readonly LateContent[],
): PullStop | undefined {
  const mirror = findLogMirror(db, log);
  if (mirror === undefined || !isPulled(mirror)) return "paused";
  const { firstSize = Infinity, allowedSize = 0, size } = mirror;
  if (mirror.contentBytes > LOG_BYTES_MAX && size > allowedSize) return "large";
  const free = Math.max(firstSize, allowedSize);
  const contentBytes = contents.reduce(
    (sum, { index, bytes }) => index < free ? sum : sum + bytes.length,
    0,
  );
  if (contentBytes === 0) return undefined;
  const grown = { size, contentBytes, nowMs: now() };
  countGrowth(db, mirror, grown);
  return growthProblem(db, mirror, { ...grown, contentBytes: 0 });
}

/** What a finished pull means for the mirror's row. */
function concludePull(mesh: Mesh, log: number, pulled: Pulled): MirrorChanges {
  const { db, now } = mesh;
  const { outcome, problem, isOriginSeen, retryAfterMs } = pulled;
  const nowMs = now();
  const failures = findLogMirror(db, log)?.failures ?? 0;
  const seen = isOriginSeen ? { originSeenAtMs: nowMs } : {};
  switch (outcome) {
    case "current": {
      const identity = findIdentity(db, log);
      const isEnded = identity !== undefined && isClosed(identity);
      const intervalMs = isEnded ? WAITING_MS : paceOf(db, log, nowMs);
      const waitMs = Math.max(jitter(intervalMs, mesh.random()), retryAfterMs ?? 0);
      return {
        ...seen,
        state: isEnded ? "closed" : "current",
        problem: problem ?? describeLack(db, log) ?? null,
        seenAtMs: nowMs,
        intervalMs,
        nextPullAtMs: nowMs + waitMs,
        failures: 0,
      };
    }
    case "unreachable":
      return { ...seen, ...failed(mesh, { state: outcome, problem, failures, retryAfterMs }) };
    case "refused":
      return { ...seen, ...waiting(mesh, REFUSED_MS), state: outcome, problem: problem ?? null };
    default:
      return { ...seen, ...waiting(mesh, WAITING_MS), state: outcome, problem: problem ?? null };
  }
}

/** What is not here though all that is offered was taken: whoever was asked may have taken it down, or lie. */
function describeLack(db: Mesh["db"], log: number): PullCode | undefined {
  const lack = findLack(db, log);
  if (lack === undefined) return undefined;
  return lack === "takendown" ? "contents_taken_down" : "contents_missing";
}

function concludeError(mesh: Mesh, mirror: Mirror, error: unknown): MirrorChanges {
  if (error instanceof LogProblem) {
    mesh.log({
      level: "warning",
      message: "A log breaks a rule that its author signed.",
      fields: { id: mirror.id, problem: error.code },
    });
    return { ...waiting(mesh, REFUSED_MS), state: "refused", problem: error.code };
  }
  // Somebody else writes this log all the time, or the owner paused it: as good a minute later.
  if (error instanceof MovedProblem) return { nextPullAtMs: mesh.now() + backOff(0) };
  if (error instanceof AskProblem && error.code === "stopped") throw error;
  throw error;
}

function failed(
  { now, random }: Mesh,
  { state, problem, failures, retryAfterMs = 0 }: Readonly<{
    state: "unreachable";
    problem: string | undefined;
    failures: number;
    retryAfterMs?: number | undefined;
  }>,
): MirrorChanges {
  const waitMs = Math.max(jitter(backOff(failures), random()), retryAfterMs);
  return {
    state,
    problem: problem ?? null,
    failures: failures + 1,
    nextPullAtMs: now() + waitMs,
  };
}

function waiting({ now, random }: Mesh, ms: number): MirrorChanges {
  return { nextPullAtMs: now() + jitter(ms, random()) };
}
