/** Pictures of a mirror: asked for last, kept only when they are what the content names (docs/protocol.md §12.7, §13). @module */
import { createHash } from "node:crypto";
import {
  hasRoom,
  listWantedBlobs,
  saveMirrorBlob,
  updateWantedBlob,
  type WantedBlob,
} from "../storage/mirror_blobs.ts";
import { AskProblem } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { BLOB_BYTES_MAX } from "./protocol/limits.ts";
import { failureOf, type SourceFailure, SourceProblem } from "./pull_problem.ts";
import { askTwice, explainStatus, type LogSource } from "./question.ts";

/** Wanted pictures that are looked at in one go. */
const BLOBS_MAX = 64;
/** A picture that nobody has is asked for again after this long, doubled each time up to two weeks. */
const AGAIN_MS = 6 * 3_600_000;
/** One that a source may have which failed: sooner, doubled up to that. */
const SOON_MS = 60_000;
const DAY_MS = 86_400_000;
/** What a source may say in place of a picture that it does not have: more than the smallest pictures. */
const WORDS_BYTES = 16 * 1024;
/** Bytes that are no picture stay so: they are looked at again only in case this program learns to read them. */
const NEVER_MS = 365 * DAY_MS;

/** What this works with. */
export type BlobWork = Readonly<{
  mesh: Mesh;
  log: number;
  sources: readonly LogSource[];
  /** True when others failed before: what these do not have may be there. */
  hasFailed: boolean;
  signal: AbortSignal | undefined;
}>;

/** Bytes that are no picture, whoever sends them; or other bytes than the content names, from everybody who was asked. */
export type BlobProblem = "blob_form" | "blob_mismatch";

/** How fetching pictures ended. */
export type FetchedBlobs = Readonly<{
  saved: number;
  /** The code of a picture whose bytes cannot be kept; undefined when there was none. */
  problem: BlobProblem | undefined;
  /** Why sources were given up, by their address. */
  failures: ReadonlyMap<string, SourceFailure>;
}>;

/** Fetches the pictures that are wanted now, the newest first, each from the first source that has it. */
export async function fetchBlobs(work: BlobWork): Promise<FetchedBlobs> {
  const { mesh, log, sources, signal } = work;
  const failures = new Map<string, SourceFailure>();
  const nowMs = mesh.now();
  let saved = 0;
  let problem: BlobProblem | undefined;
  for (;;) {
    const wanted = listWantedBlobs(mesh.db, log, nowMs, BLOBS_MAX);
    for (const blob of wanted) {
      if (signal?.aborted === true) return { saved, problem, failures };
      const usable = sources.filter(({ address }) => !failures.has(address));
      const outcome = await fetchBlob(work, usable, blob, failures);
      if (outcome === "saved") saved += 1;
      if (outcome === "blob_form" || outcome === "blob_mismatch") problem = outcome;
      if (outcome === "over_budget") return { saved, problem, failures };
    }
    const isNobodyLeft = sources.every(({ address }) => failures.has(address));
    if (wanted.length < BLOBS_MAX || isNobodyLeft) return { saved, problem, failures };
  }
}

type Outcome = "saved" | "over_budget" | "absent" | BlobProblem;

async function fetchBlob(
  { mesh, log, signal, hasFailed }: BlobWork,
  sources: readonly LogSource[],
  blob: WantedBlob,
  failures: Map<string, SourceFailure>,
): Promise<Outcome> {
  const { db, now, sniff } = mesh;
  if (!hasRoom(db, log, blob)) {
    // The owner may give it more room, and tomorrow new pictures may displace old ones again.
    putOff(mesh, log, blob, DAY_MS);
    return "over_budget";
  }
  let isWrong = false;
  for (const source of sources) {
    try {
      const bytes = await askBlob(source, blob, signal);
      const info = sniff(bytes);
      if (info === undefined) {
        putOff(mesh, log, blob, NEVER_MS);
        return "blob_form";
      }
      const { type, width, height } = info;
      const outcome = saveMirrorBlob(db, log, bytes, { type, width, height }, now());
      if (outcome === "over_budget") putOff(mesh, log, blob, DAY_MS);
      return outcome === "taken_down" ? "absent" : outcome;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      // A source without this picture, or with other bytes, may have the next one.
      if (failure.code === "blob_mismatch") isWrong = true;
      else if (failure.code !== "undelivered") {
        failures.set(source.address, failure);
      }
    }
  }
  // Always put off, or this pull would ask for it again and again; where a source failed that may have it, not for long.
  const waitMs = hasFailed || failures.size > 0
    ? Math.min(AGAIN_MS, SOON_MS * 2 ** Math.min(blob.tries, 16))
    : AGAIN_MS * 2 ** Math.min(blob.tries, 6);
  putOff(mesh, log, blob, waitMs);
  return isWrong ? "blob_mismatch" : "absent";
}

function putOff({ db, now }: Mesh, log: number, { hash, tries }: WantedBlob, waitMs: number): void {
  updateWantedBlob(db, log, hash, { tries: tries + 1, nextAtMs: now() + waitMs });
}

/** Asks one source for a picture; what it answers has the right length and hash. */
async function askBlob(
  { ask, address, now }: LogSource,
  { hash, bytes: length }: WantedBlob,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return await askTwice(async (isFresh) => {
    const url = `${address}/mesh/1/blob/${hash}`;
    const bytesMax = Math.min(Math.max(length, WORDS_BYTES), BLOB_BYTES_MAX);
    const reply = await ask({
      url,
      bytesMax,
      isFresh,
      timeoutMs: blobTimeout(length),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error) => {
      throw error instanceof AskProblem && error.code === "too_long" ? refuseBlob(url) : error;
    });
    if (reply.status !== 200) throw explainStatus(reply, now());
    const found = createHash("sha256").update(reply.bytes).digest("hex");
    if (reply.bytes.length === length && found === hash) return reply.bytes;
    throw refuseBlob(url);
  });
}

/** A large picture may take longer than other answers: 64 KiB a second are enough. */
function blobTimeout(bytes: number): number {
  return 30_000 + Math.ceil(bytes / 65_536) * 1_000;
}

function refuseBlob(url: string): SourceProblem {
  return new SourceProblem("blob_mismatch", `Cannot use blob: other bytes from ${url}`, {
    isWrong: true,
  });
}
