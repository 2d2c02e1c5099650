/** Holdings: what we say that we keep of a log, and asking followers what they keep of ours (docs/protocol.md §12.11). @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { deleteStrangers } from "../storage/followers.ts";
import { deleteHolder, saveHolder } from "../storage/holders.ts";
import {
  countMirrorHoldings,
  countOwnHoldings,
  deleteOldHoldings,
  type Holdings,
  type HoldingsQuestion,
  listConfirmedHolders,
  listHoldingsQuestions,
  MISSING_BLOBS_MAX,
  saveHoldings,
} from "../storage/holdings.ts";
import type { OpenCapsule } from "../storage/open_capsules.ts";
import { saveSample } from "./confirm.ts";
import { AskProblem } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { isAddress } from "./protocol/address.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { decodeJsonObject, isJsonObject, type Json, type JsonObject } from "./protocol/json.ts";
import { decodeUtf8, isInteger } from "./protocol/text.ts";
import { readErrorCode } from "./question.ts";

/** Capsules named in an answer that keep the log too. */
export const HOLDERS_TOLD_MAX = 8;
/** Bytes of an answer: 500 hashes and 8 addresses fit well. */
export const HOLDINGS_BYTES_MAX: number = 256 * 1024;

const DEPTH_MAX = 4;
const AT_ONCE = 8;
/** The followers are looked at this often at most, when anything was committed. */
const LOOK_MS = 2_000;
const IDLE_MS = 60_000;
/** A follower that was never reached at an address is forgotten after this long. */
const STRANGER_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;
const HASH = /^[0-9a-f]{64}$/;

/** What we keep of an open log, as the call answers it. */
export function describeHoldings(db: Database, { log, id, isOwn }: OpenCapsule): JsonObject {
  const held = isOwn ? countOwnHoldings(db, log) : countMirrorHoldings(db, log);
  if (held === undefined) throw new Error("Cannot describe holdings: the log has no mirror");
  const found = findCheckpoint(db, log)?.size ?? 0;
  return {
    id,
    size: found,
    complete: held.complete,
    entries: held.entries,
    contents: held.contents,
    blobs: held.blobs,
    blobBytes: held.blobBytes,
    budget: held.budgetBytes,
    missingBlobs: held.missingBlobs,
    isListWhole: held.isListWhole,
    mirrors: listConfirmedHolders(db, log, HOLDERS_TOLD_MAX),
  };
}

type State = { lookedAtMs: number; cleanAtMs: number; failedAtMs: Map<string, number> };

/** What a connection remembers until the program ends: who did not answer. */
const states = new WeakMap<Database, State>();

/** Asks followers what they hold of our own log: soon after they came, while they hold only a part, and daily. */
export async function runHoldings(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { db, now } = mesh;
  const own = findOwnCapsule(db);
  if (own === undefined) return IDLE_MS;
  const nowMs = now();
  const state = states.get(db) ?? { lookedAtMs: 0, cleanAtMs: 0, failedAtMs: new Map() };
  states.set(db, state);
  const restMs = state.lookedAtMs + LOOK_MS - nowMs;
  if (restMs > 0 && restMs <= LOOK_MS) return restMs;
  state.lookedAtMs = nowMs;
  const questions = listHoldingsQuestions(db, findCheckpoint(db, own.log)?.size ?? 0)
    .map((one) => ({ ...one, atMs: Math.max(one.atMs, state.failedAtMs.get(one.id) ?? 0) }))
    .sort((a, b) => a.atMs - b.atMs);
  if (nowMs >= state.cleanAtMs) {
    state.cleanAtMs = nowMs + HOUR_MS;
    deleteOldHoldings(db, new Set(questions.map(({ id }) => id)));
    deleteStrangers(db, nowMs - STRANGER_MS);
  }
  const due = questions.filter(({ atMs }) => atMs <= nowMs).slice(0, AT_ONCE);
  await Promise.all(due.map((one) => askHoldings(mesh, state, { ...one, own, signal })));
  const nextAtMs = due.length > 0 ? 0 : questions[0]?.atMs ?? Infinity;
  return Math.min(IDLE_MS, Math.max(LOOK_MS, nextAtMs - now()));
}

type Asked =
  & HoldingsQuestion
  & Readonly<{ own: Readonly<{ log: number; id: string }>; signal: AbortSignal }>;

async function askHoldings(
  { db, ask, now, isDev }: Mesh,
  state: State,
  { id, address, own, signal }: Asked,
): Promise<void> {
  const url = `${address}/mesh/1/${own.id}/holdings`;
  try {
    const reply = await ask({ url, bytesMax: HOLDINGS_BYTES_MAX, signal });
    const isNothing = reply.status === 404 && readErrorCode(reply) === "capsule_unknown";
    if (isNothing) {
      saveHoldings(db, id, NOTHING, now());
      deleteHolder(db, own.log, id);
      return;
    }
    if (reply.status !== 200) throw new AskProblem("answer_broken", `Status ${reply.status}`);
    const { holdings, mirrors } = decodeHoldings(decodeUtf8(reply.bytes), own.id);
    saveHoldings(db, id, holdings, now());
    saveHolder(db, own.log, id, now());
    const usable = mirrors.filter((mirror) => isDev || mirror.address.startsWith("https:"));
    saveSample(db, own.id, usable, now());
    state.failedAtMs.delete(id);
  } catch (error) {
    if (!(error instanceof AskProblem || error instanceof ProtocolError)) throw error;
    // What it said the last time stands until it answers again.
    if (state.failedAtMs.size >= 1_000) state.failedAtMs.clear();
    state.failedAtMs.set(id, now() + HOUR_MS);
  }
}

const NOTHING: Holdings = {
  size: 0,
  complete: 0,
  entries: 0,
  contents: 0,
  blobs: 0,
  blobBytes: 0,
  budgetBytes: 0,
  missingBlobs: [],
  isListWhole: true,
};

/** Reads an answer about the holdings of a log. Throws AskProblem `answer_broken` for anything else. */
export function decodeHoldings(
  text: string,
  id: string,
): { holdings: Holdings; mirrors: { id: string; address: string }[] } {
  const body = decodeJsonObject(text, DEPTH_MAX);
  const missing = body?.missingBlobs;
  const isAbout = body !== undefined && body.id === id && Array.isArray(missing) &&
    missing.length <= MISSING_BLOBS_MAX &&
    missing.every((hash) => typeof hash === "string" && HASH.test(hash));
  if (!isAbout) throw new AskProblem("answer_broken", "Cannot read holdings");
  const size = readCount(body.size);
  return {
    holdings: {
      size,
      complete: Math.min(size, readCount(body.complete)),
      entries: readCount(body.entries),
      contents: readCount(body.contents),
      blobs: readCount(body.blobs),
      blobBytes: readCount(body.blobBytes),
      budgetBytes: readCount(body.budget),
      missingBlobs: missing as string[],
      isListWhole: body.isListWhole === true,
    },
    mirrors: readMirrors(body.mirrors),
  };
}

function readCount(value: Json | undefined): number {
  if (!isInteger(value)) throw new AskProblem("answer_broken", "Cannot read holdings: no count");
  return value;
}

function readMirrors(value: Json | undefined): { id: string; address: string }[] {
  if (!Array.isArray(value)) return [];
  const mirrors: { id: string; address: string }[] = [];
  for (const one of value.slice(0, HOLDERS_TOLD_MAX)) {
    if (!isJsonObject(one) || typeof one.id !== "string" || !isAddress(one.address)) continue;
    mirrors.push({ id: one.id, address: one.address });
  }
  return mirrors;
}
