/** Contents of entries that are held already: those that came "later", and those that only others have (docs/protocol.md §13). @module */
import { listEntries } from "../storage/entries.ts";
import {
  listMissingContents,
  type MissingContent,
  type MissingReason,
  storeContents,
  updateMissingContent,
} from "../storage/mirror_log.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from "./protocol/limits.ts";
import { equalBytes } from "./protocol/text.ts";
import { failureOf, MovedProblem, type SourceFailure } from "./pull_problem.ts";
import { askLog, askTwice, type LogSource } from "./question.ts";
import { checkRun, decodeRun, runPath } from "./run.ts";

/** Contents that are looked at in one go. */
const CONTENTS_MAX = 1_024;
/** A content that no source has is asked for again after this long, doubled each time up to two weeks. */
const AGAIN_MS = 6 * 3_600_000;
/** One that a source may have which failed: sooner, doubled up to that. */
const SOON_MS = 60_000;

/** What this works with. */
export type LateContents = Readonly<{
  mesh: Mesh;
  log: number;
  /** Hash of the newest record. */
  record: Uint8Array;
  sources: readonly LogSource[];
  /** True when others failed before: what these do not have may be there. */
  hasFailed: boolean;
  signal: AbortSignal | undefined;
  /** Told what was stored; false ends it here. */
  onStored?: ((contents: readonly LateContent[]) => boolean) | undefined;
}>;

/** A content that came after its entry. */
export type LateContent = Readonly<{ index: number; bytes: Uint8Array }>;

/**
 * Asks each source for what the ones before did not have. Answers why sources were given up. Throws MovedProblem when another
 * record came.
 */
export async function fetchLateContents(work: LateContents): Promise<Map<string, SourceFailure>> {
  const { mesh, log, sources } = work;
  const failures = new Map<string, SourceFailure>();
  const nowMs = mesh.now();
  if (sources.length === 0) return failures;
  let isEnded = false;
  for (let due = listDue(work, nowMs); due.length > 0; due = listDue(work, nowMs)) {
    let missing = due;
    for (const source of sources) {
      if (missing.length === 0 || failures.has(source.address)) continue;
      try {
        const absent = await askSource(work, source, missing);
        isEnded = absent === "ended";
        if (absent === "ended") break;
        missing = absent;
      } catch (error) {
        const failure = failureOf(error);
        if (failure === undefined) throw error;
        failures.set(source.address, failure);
        missing = stillMissing(work, missing, nowMs);
      }
    }
    if (isEnded) break;
    // Nobody has these now: the rest is looked at, these another day; where a source failed that may have them, soon.
    const hasFailed = work.hasFailed || failures.size > 0;
    mesh.db.transaction(() => {
      for (const { index, state, tries } of missing) {
        const waitMs = hasFailed
          ? Math.min(AGAIN_MS, SOON_MS * 2 ** Math.min(tries, 16))
          : AGAIN_MS * 2 ** Math.min(tries, 6);
        updateMissingContent(mesh.db, log, index, {
          state,
          tries: tries + 1,
          nextAtMs: nowMs + waitMs,
        });
      }
    });
    if (failures.size > 0 && sources.every(({ address }) => failures.has(address))) break;
  }
  return failures;
}

function listDue({ mesh, log, signal }: LateContents, nowMs: number): MissingContent[] {
  return signal?.aborted === true ? [] : listMissingContents(mesh.db, log, nowMs, CONTENTS_MAX);
}

function stillMissing(
  { mesh, log }: LateContents,
  asked: readonly MissingContent[],
  nowMs: number,
): MissingContent[] {
  const indexes = new Set(asked.map(({ index }) => index));
  return listMissingContents(mesh.db, log, nowMs, CONTENTS_MAX)
    .filter(({ index }) => indexes.has(index));
}

/** Asks one source for contents; answers those that it does not have, with what it says of them. "ended" when `onStored` said so. */
async function askSource(
  work: LateContents,
  source: LogSource,
  missing: readonly MissingContent[],
): Promise<MissingContent[] | "ended"> {
  const absent: MissingContent[] = [];
  let waiting = missing.toSorted((a, b) => a.index - b.index);
  while (waiting.length > 0) {
    const [first, ...rest] = waiting as [MissingContent, ...MissingContent[]];
    const near = [first, ...rest.filter(({ index }) => index < first.index + RUN_ENTRIES_MAX)];
    const last = near.at(-1) ?? first;
    const came = await readContents(work, source, first.index, last.index - first.index + 1);
    const asked = new Map(near.map((one) => [one.index, one]));
    const later = new Set<number>();
    const held: LateContent[] = [];
    for (const [index, one] of asked) {
      const content = came.get(index);
      if (content instanceof Uint8Array) held.push({ index, bytes: content });
      else if (content === "later" && index > first.index) later.add(index);
      else absent.push({ ...one, state: content === undefined ? "absent" : content });
    }
    const { mesh, log, record } = work;
    if (storeContents(mesh.db, log, { record }, held) === "moved") {
      throw new MovedProblem("Cannot store contents: another record is there now");
    }
    if (held.length > 0 && work.onStored?.(held) === false) return "ended";
    // Each answer brings at least its first content or says why not, so this ends.
    waiting = waiting.filter(({ index }) => !asked.has(index) || later.has(index));
  }
  return absent;
}

/** What a source says of the contents of a few entries that are held here. */
async function readContents(
  { mesh, log }: LateContents,
  source: LogSource,
  from: number,
  count: number,
): Promise<Map<number, Uint8Array | MissingReason>> {
  const held = listEntries(mesh.db, log, from, count);
  return await askTwice(async (isFresh) => {
    const path = runPath(from, count);
    const { bytes } = await askLog(source, { path, bytesMax: RUN_BYTES_MAX, isFresh });
    const rows = decodeRun(bytes, count);
    const found = new Map<number, Uint8Array | MissingReason>();
    for (const { index, hash } of held) {
      const row = rows[index - from];
      if (row === undefined || !equalBytes(row.hash, hash)) {
        throw new ProtocolError("proof_mismatch", `Cannot use row: entry ${index} is another one`);
      }
      const [content] = checkRun([row], index, source.id).contents;
      if (content === undefined) continue;
      found.set(index, content instanceof Uint8Array ? content : reasonOf(content));
    }
    return found;
  });
}

function reasonOf(content: MissingReason | Readonly<{ withdrawnBy: number }>): MissingReason {
  return typeof content === "string" ? content : "withdrawn";
}
