/** Asking who else runs this capsule, and what followers have of it (docs/protocol.md §13.4). @module */
import type { OwnCapsule } from "../storage/capsules.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { type AskedPeer, listAskedPeers } from "../storage/signing.ts";
import { confirmAddress, ConfirmProblem } from "./confirm.ts";
import { AskProblem } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { JSON_BYTES_MAX, NOTE_BYTES_MAX, WELL_KNOWN_BYTES_MAX } from "./protocol/limits.ts";
import { decodeUtf8, equalBytes } from "./protocol/text.ts";
import { failureOf, SourceProblem } from "./pull_problem.ts";
import { askLog, type LogSource, readIdentityNotes, readToldRecord } from "./question.ts";

/** Followers asked. */
export const ASKED_MAX = 20;
/** Addresses that are looked at to find so many followers. */
const LISTED_MAX = 400;

/** What came of asking one follower for our own head. */
export type HeadAnswer = Readonly<{
  /** Who was asked. */
  id: string;
  address: string;
  /** False when nobody answered there in time. */
  isAnswered: boolean;
  /** True when this address has answered with the follower's id before: its silence means something. */
  isConfirmed: boolean;
  /** Its checkpoint of our log, not verified; absent when it has none. */
  head?: string;
  /** Its identity chain of us, not verified; there when it says that it knows a newer record. */
  notes?: readonly string[];
}>;

/** Asks our own address who answers there; the start of another running copy, or undefined when it is nobody or we. */
export async function askOwnAddress(
  mesh: Mesh,
  { id, address }: OwnCapsule,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (address === null) return undefined;
  const url = `${address}/.well-known/capsule`;
  const first = await askStart(mesh, id, url, signal);
  // A cache that does not ask again would show the start before ours for ever.
  return first && await askStart(mesh, id, `${url}?start=${mesh.startId}`, signal);
}

async function askStart(
  { ask, startId }: Mesh,
  id: string,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const reply = await ask({ url, bytesMax: WELL_KNOWN_BYTES_MAX, isFresh: true, signal });
    if (reply.status !== 200) return undefined;
    const shown: unknown = JSON.parse(decodeUtf8(reply.bytes));
    if (typeof shown !== "object" || shown === null) return undefined;
    if (!("id" in shown) || shown.id !== id || !("start" in shown)) return undefined;
    return typeof shown.start === "string" && shown.start !== startId ? shown.start : undefined;
  } catch (error) {
    // Nobody, or something that is no capsule.
    const isNoCapsule = error instanceof SyntaxError || error instanceof ProtocolError;
    if (error instanceof AskProblem || isNoCapsule) return undefined;
    throw error;
  }
}

/** Asks up to 20 capsules that may have our log for its head: half those confirmed last, half others. */
export async function askFollowers(
  mesh: Mesh,
  own: OwnCapsule,
  signal: AbortSignal,
): Promise<HeadAnswer[]> {
  const byId = new Map<string, AskedPeer>();
  for (const peer of listAskedPeers(mesh.db, LISTED_MAX)) {
    if (!byId.has(peer.id)) byId.set(peer.id, peer);
  }
  const peers = [...byId.values()];
  const chosen = peers.splice(0, ASKED_MAX / 2);
  while (chosen.length < ASKED_MAX && peers.length > 0) {
    chosen.push(...peers.splice(Math.floor(mesh.random() * peers.length), 1));
  }
  return await Promise.all(chosen.map((peer) => askFollower(mesh, own, peer, signal)));
}

async function askFollower(
  mesh: Mesh,
  own: OwnCapsule,
  peer: AskedPeer,
  signal: AbortSignal,
): Promise<HeadAnswer> {
  const { ask, now } = mesh;
  const { id, address, isConfirmed } = peer;
  const source: LogSource = { ask, now, address, id: own.id, signal };
  try {
    // Nothing but this goes to an address that never answered with the id.
    if (!isConfirmed) {
      // Strangers claim these: counted like every claim, so that starting often asks nobody often.
      await confirmAddress(mesh, address, { id: peer.id, isOwnersAct: false, signal });
    }
    const reply = await askLog(source, {
      path: "checkpoint",
      bytesMax: NOTE_BYTES_MAX,
      isFresh: true,
    });
    const told = readToldRecord(reply);
    const record = findNewestIdentityRecord(mesh.db, own.log);
    const isOther = told !== undefined && record !== undefined &&
      (told.n > record.n || told.n === record.n && !equalBytes(told.hash, record.hash));
    const head = decodeUtf8(reply.bytes);
    if (!isOther) return { id, address, isConfirmed, isAnswered: true, head };
    return { id, address, isConfirmed, isAnswered: true, head, notes: await askIdentity(source) };
  } catch (error) {
    // It answered, and has nothing of ours.
    const code = error instanceof SourceProblem ? error.code : undefined;
    if (code === "capsule_unknown") return { id, address, isConfirmed, isAnswered: true };
    if (code === "undelivered") return await askCut(source, peer);
    if (isFailure(error)) return { id, address, isConfirmed, isAnswered: false };
    throw error;
  }
}

/** A follower without a checkpoint of ours may have a newer record, whose cut is its head. */
async function askCut(
  source: LogSource,
  { id, address, isConfirmed }: AskedPeer,
): Promise<HeadAnswer> {
  try {
    return { id, address, isConfirmed, isAnswered: true, notes: await askIdentity(source) };
  } catch (error) {
    if (isFailure(error)) return { id, address, isConfirmed, isAnswered: false };
    throw error;
  }
}

async function askIdentity(source: LogSource): Promise<string[]> {
  const bytesMax = JSON_BYTES_MAX;
  return readIdentityNotes(await askLog(source, { path: "identity", bytesMax, isFresh: true }));
}

/** Confirming fails in ways of its own; none of them is an answer about our log. */
function isFailure(error: unknown): boolean {
  const isStopped = error instanceof AskProblem;
  return isStopped || failureOf(error) !== undefined || error instanceof ConfirmProblem;
}
