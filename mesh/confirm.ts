/** Confirming an address: it is a capsule's when its well-known page answers with the id (docs/protocol.md §13.2). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findCapsule, findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { saveHolder } from "../storage/holders.ts";
import { findMirror } from "../storage/mirrors.ts";
import {
  confirmPeer,
  countConfirmations,
  countUnconfirmed,
  deleteIdlePeers,
  deletePeer,
  findNextConfirmation,
  findPeer,
  insertConfirmation,
  listUnconfirmed,
  type Peer,
  savePeer,
  UNCONFIRMED_OF_CROWD_MAX,
  updatePeer,
} from "../storage/peers.ts";
import { AskProblem, type Reply } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { checkAddress } from "./protocol/address.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { WELL_KNOWN_BYTES_MAX } from "./protocol/limits.ts";
import { isSpecialAddress, networkOf } from "./special_addresses.ts";
import { decodeWellKnown, type Neighbour, type WellKnownPage } from "./well_known.ts";

/** Confirmations of strangers' claims in a day at one host name, whatever the ids. */
export const HOST_CONFIRMATIONS_MAX = 3;
/** Connections for strangers' claims in a day to one network, an IPv4 /24 or IPv6 /48. */
export const NETWORK_CONFIRMATIONS_MAX = 60;

const DAY_MS = 86_400_000;
/** An address of nobody we have to do with is forgotten after so long. */
const IDLE_DAYS = 60;
/** A claim that could not be confirmed for so long is forgotten, whoever's fault that was. */
export const CLAIM_DAYS = 7;
const CLAIMS_AT_ONCE = 4;
const TRIES_MAX = 5;
const FIRST_RETRY_MS = 10 * 60_000;
const FULL_RETRY_MS = 3 * 3_600_000;
const IDLE_MS = 3_600_000;

/** A verified page, and the address that answered with it. */
export type WellKnown =
  & WellKnownPage
  & Readonly<{
    /** Where it was asked; another origin than was given only when that one redirected the owner's own act. */
    confirmedAddress: string;
  }>;

/** What is wrong with an address. */
export type ConfirmCode =
  /** A capsule answers there, but another one. */
  | "other_id"
  /** Something else answers there. */
  | "no_capsule"
  /** It was not asked: the day's number is used up. */
  | "too_many";

/** The address answered, but not as was claimed. */
export class ConfirmProblem extends Error {
  /** Always the class's name. */
  override readonly name = "ConfirmProblem";
  /** Why. */
  readonly code: ConfirmCode;
  /** The id it showed, with `other_id`. */
  readonly shownId: string | undefined;

  /** The message is for logs. */
  constructor(code: ConfirmCode, message: string, shownId?: string) {
    super(message);
    this.code = code;
    this.shownId = shownId;
  }
}

/** What is confirmed, and for whom. */
export type ConfirmOptions = Readonly<{
  /** The id that is claimed; whatever id answers when absent. */
  id?: string;
  /** True for what the owner asked for, and for capsules already followed: no number limits that. */
  isOwnersAct: boolean;
  signal?: AbortSignal;
}>;

/**
 * Asks an address for its well-known page and verifies identity chain and checkpoint. The address is then confirmed for
 * that id, and the page's sample of followers is kept as claims. Throws `ProtocolError` (`address_form` too), `AskProblem`
 * or `ConfirmProblem`; one with another id than expected loses what it had of the expected one.
 */
export async function confirmAddress(
  mesh: Mesh,
  address: string,
  options: ConfirmOptions,
): Promise<WellKnown> {
  checkAddress(address);
  const reply = await askWellKnown(mesh, address, options);
  const confirmedAddress = findOrigin(reply, address, options.isOwnersAct);
  const page = reply.status === 200 ? decodeWellKnown(reply.bytes) : undefined;
  if (page === undefined) {
    throw new ConfirmProblem("no_capsule", `Cannot confirm ${address}: no capsule answers there`);
  }
  const { id } = page;
  if (options.id !== undefined && options.id !== id) {
    updatePeer(mesh.db, options.id, address, { shownId: id, problem: "other_id" });
    const message = `Cannot confirm ${address}: expected ${options.id}, found ${id}`;
    throw new ConfirmProblem("other_id", message, id);
  }
  saveConfirmed(mesh, confirmedAddress, page);
  return { ...page, confirmedAddress };
}

/**
 * Keeps what is said about who follows a capsule: claims, to be confirmed before anything is asked of them. Only of a
 * capsule whose log is kept here and not quietly: otherwise checking claims would lead from capsule to capsule without end,
 * and tell others whom the owner follows.
 */
export function saveSample(
  db: Database,
  id: string,
  followers: readonly Neighbour[],
  nowMs: number,
): void {
  const log = findCapsule(db, id)?.log;
  if (log === undefined || findMirror(db, id)?.isQuiet) return;
  const ownId = findOwnCapsule(db)?.id;
  for (const follower of followers) {
    if (follower.id === ownId || isBlocked(db, follower.id) || isBlocked(db, follower.address)) {
      continue;
    }
    savePeer(db, { ...follower, nowMs });
    saveHolder(db, log, follower.id, nowMs);
  }
}

/** Checks claims of strangers that are due, a few at once, each seldom; after some tries a claim is forgotten. A `Round`. */
export async function runConfirmations(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const due = listUnconfirmed(mesh.db, mesh.now(), CLAIMS_AT_ONCE);
  if (due.length === 0) deleteIdlePeers(mesh.db, mesh.now() - IDLE_DAYS * DAY_MS);
  // One address claimed by several ids is asked for one of them at a time.
  const apart = new Map(due.toReversed().map((peer) => [peer.address, peer]));
  await Promise.all([...apart.values()].map((peer) => checkClaim(mesh, peer, signal)));
  const nextAtMs = signal.aborted ? undefined : findNextConfirmation(mesh.db);
  return nextAtMs === undefined ? IDLE_MS : Math.max(0, Math.min(IDLE_MS, nextAtMs - mesh.now()));
}

async function checkClaim(mesh: Mesh, peer: Peer, signal: AbortSignal): Promise<void> {
  const { db } = mesh;
  const { id, address, failures } = peer;
  if (id === findOwnCapsule(db)?.id || isBlocked(db, id) || isBlocked(db, address)) {
    return deletePeer(db, id, address);
  }
  try {
    await confirmAddress(mesh, address, { id, isOwnersAct: false, signal });
  } catch (error) {
    if (!isForeign(error)) throw error;
    if (signal.aborted) return;
    const jitter = 0.75 + mesh.random() / 2;
    if (mesh.now() - peer.addedAtMs >= CLAIM_DAYS * DAY_MS) return deletePeer(db, id, address);
    // Not its fault that others used the number up; but more than a day's number of them wait for nothing.
    if (error.code === "too_many") {
      const crowd = findPeer(db, id, address)?.crowd ?? peer.crowd;
      if (countUnconfirmed(db, crowd) > UNCONFIRMED_OF_CROWD_MAX) {
        return deletePeer(db, id, address);
      }
      const retryAtMs = mesh.now() + Math.round(FULL_RETRY_MS * jitter);
      return updatePeer(db, id, address, { retryAtMs, problem: error.code });
    }
    if (failures + 1 >= TRIES_MAX) return deletePeer(db, id, address);
    const retryAtMs = mesh.now() + Math.round(FIRST_RETRY_MS * 6 ** failures * jitter);
    updatePeer(db, id, address, { retryAtMs, failures: failures + 1, problem: error.code });
  }
}

/** What others can cause; everything else is ours. */
function isForeign(error: unknown): error is AskProblem | ConfirmProblem | ProtocolError {
  return error instanceof AskProblem || error instanceof ConfirmProblem ||
    error instanceof ProtocolError;
}

async function askWellKnown(
  mesh: Mesh,
  address: string,
  { id, isOwnersAct, signal }: ConfirmOptions,
): Promise<Reply> {
  const question = {
    url: `${address}/.well-known/capsule`,
    accept: "application/json",
    bytesMax: WELL_KNOWN_BYTES_MAX,
    isFresh: true,
    ...(signal === undefined ? {} : { signal }),
  };
  if (isOwnersAct) return await mesh.ask(question);
  takeHostTurn(mesh, address);
  let isFull = false;
  let isFirst = true;
  const permit = (ip: string) => {
    // Where its own name leads: not where it may send on to.
    if (id !== undefined && isFirst && !isLocal(mesh, ip)) {
      updatePeer(mesh.db, id, address, { crowd: networkOf(ip) });
    }
    isFirst = false;
    const isAllowed = takeNetworkTurn(mesh, ip);
    isFull ||= !isAllowed;
    return isAllowed;
  };
  try {
    return await mesh.ask({ ...question, permit });
  } catch (error) {
    if (!isFull) throw error;
    throw makeTooMany(address, "its network");
  }
}

/** Counts before asking, so that a kill in between asks no more often. */
function takeHostTurn(mesh: Mesh, address: string): void {
  const { db, isDev, now } = mesh;
  const url = new URL(address);
  // Several capsules of one machine differ by their ports.
  const host = isDev ? url.host : url.hostname;
  db.transaction(() => {
    if (countConfirmations(db, { host }, now() - DAY_MS) >= HOST_CONFIRMATIONS_MAX) {
      throw makeTooMany(address, "its host");
    }
    insertConfirmation(db, { host, network: "", atMs: now() });
  });
}

/** Many capsules of one machine are how the mesh is tried out: that is no network. */
function isLocal({ isDev }: Mesh, ip: string): boolean {
  return isDev && isSpecialAddress(ip);
}

function takeNetworkTurn(mesh: Mesh, ip: string): boolean {
  if (isLocal(mesh, ip)) return true;
  const { db, now } = mesh;
  const network = networkOf(ip);
  return db.transaction(() => {
    if (countConfirmations(db, { network }, now() - DAY_MS) >= NETWORK_CONFIRMATIONS_MAX) {
      return false;
    }
    insertConfirmation(db, { host: "", network, atMs: now() });
    return true;
  });
}

function makeTooMany(address: string, what: string): ConfirmProblem {
  const message = `Cannot confirm ${address}: ${what} was asked often enough today`;
  return new ConfirmProblem("too_many", message);
}

/** An address that sends elsewhere is no capsule's; the owner who typed it means where it leads. */
function findOrigin(reply: Reply, address: string, isOwnersAct: boolean): string {
  const { origin } = new URL(reply.url);
  if (origin === address || isOwnersAct) return origin;
  throw new ConfirmProblem("no_capsule", `Cannot confirm ${address}: it sends to ${origin}`);
}

function saveConfirmed(mesh: Mesh, address: string, page: WellKnownPage): void {
  const { db } = mesh;
  const nowMs = mesh.now();
  db.transaction(() => {
    if (page.id === findOwnCapsule(db)?.id) return;
    confirmPeer(db, { id: page.id, address, nowMs });
    saveSample(db, page.id, page.followers, nowMs);
  });
}
