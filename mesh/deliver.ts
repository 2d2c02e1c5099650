/** Delivering: what waits in the table goes to its peers, again and again until it arrives or ends (docs/protocol.md §12.10). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import {
  deleteDelivery,
  type Delivery,
  findNextDeliveryMs,
  listDueDeliveries,
  updateDelivery,
} from "../storage/deliveries.ts";
import { updateHoldingsGrown } from "../storage/holdings.ts";
import { findOpenLog } from "../storage/open_capsules.ts";
import { findPeers, listConfirmed, type Peer } from "../storage/peers.ts";
import { findOwnAddress, makeDeliveryBody } from "./delivery_body.ts";
import { AskProblem, type Reply } from "./fetch.ts";
import { receiveForkProof } from "./fork.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { jitter, readRetryAfter } from "./schedule.ts";

/** Deliveries on their way at once. */
export const AT_ONCE = 8;
/** Deliveries looked at in one go. */
const LOOKED_AT = 256;
/** While some are on their way the table is looked at again after this long. */
const LOOK_MS = 100;
/** After this long nothing new is begun in one go. */
const ROUND_MS = 60_000;
/** The first wait after a failure; it doubles with each, up to the longest. */
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;
/** An address that is being confirmed is looked at sooner. */
const UNCONFIRMED_WAIT_MS = 250;
const UNCONFIRMED_LONGEST_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** A checkpoint that was not taken for so long is left to pulling. */
const CHECKPOINT_END_MS = 3 * DAY_MS;
/** Nobody else tells the others. */
const OTHER_END_MS = 14 * DAY_MS;
const IDLE_MS = 3_600_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/** Delivers what is due, eight at once and one to a host; answers when it wants to be called again. A `Round`. */
export async function runDeliveries(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { db, now } = mesh;
  const running = new Map<string, Promise<void>>();
  const done = new Set<string>();
  const endMs = now() + ROUND_MS;
  while (!signal.aborted && now() < endMs) {
    const due = listDueDeliveries(db, now(), LOOKED_AT).filter((one) => !done.has(keyOf(one)));
    for (const delivery of due) {
      if (running.size >= AT_ONCE) break;
      const address = prepare(mesh, delivery, done);
      const host = address === undefined ? undefined : URL.parse(address)?.host;
      if (address === undefined || host === undefined || running.has(host)) continue;
      done.add(keyOf(delivery));
      const sent = deliver(mesh, delivery, address, signal).finally(() => running.delete(host));
      running.set(host, sent);
    }
    if (running.size === 0) break;
    // What is published while a slow peer is waited for goes to the others at once.
    const look = Promise.withResolvers<void>();
    const timer = setTimeout(look.resolve, LOOK_MS);
    await Promise.race([...running.values(), look.promise]);
    clearTimeout(timer);
  }
  await Promise.all(running.values());
  const nextAtMs = findNextDeliveryMs(db);
  return nextAtMs === undefined ? IDLE_MS : Math.max(0, Math.min(IDLE_MS, nextAtMs - now()));
}

/** What was begun once in a round; a row that took a newer number, or another one with its id, is another delivery. */
function keyOf({ id, n, createdAtMs }: Delivery): string {
  return `${id} ${n} ${createdAtMs}`;
}

/** Finds where a delivery goes; undefined when it ended, or waits for an address to be confirmed. */
function prepare(
  { db, now, random }: Mesh,
  delivery: Delivery,
  done: Set<string>,
): string | undefined {
  const { id, peer, tries } = delivery;
  const confirmed = listUsable(db, peer, tries).filter(({ address }) => !isBlocked(db, address));
  if (isEnded(db, delivery, now())) {
    done.add(keyOf(delivery));
    deleteDelivery(db, delivery);
    return undefined;
  }
  const chosen = confirmed[tries % Math.max(1, confirmed.length)];
  if (chosen !== undefined) return chosen.address;
  done.add(keyOf(delivery));
  const waitMs = Math.min(UNCONFIRMED_LONGEST_MS, UNCONFIRMED_WAIT_MS * 2 ** Math.min(tries, 20));
  updateDelivery(db, id, { tries: tries + 1, nextAtMs: now() + jitter(waitMs, random()) });
  return undefined;
}

/** A few waits longer than it takes to confirm an address. */
const MOVING_TRIES = 8;

/** Present addresses; those that the peer has left only where none is about to be confirmed. */
function listUsable(db: Database, peer: string, tries: number): Peer[] {
  const confirmed = listConfirmed(db, peer);
  const present = confirmed.filter(({ isFormer }) => !isFormer);
  if (present.length > 0) return present;
  const isMoving = findPeers(db, peer).some((one) =>
    !one.isFormer && one.confirmedAtMs === undefined
  );
  return isMoving && tries < MOVING_TRIES ? [] : confirmed;
}

function isEnded(db: Database, { peer, kind, log, createdAtMs }: Delivery, nowMs: number): boolean {
  const ageMs = nowMs - createdAtMs;
  if (ageMs > (kind === "checkpoint" ? CHECKPOINT_END_MS : OTHER_END_MS)) return true;
  if (isBlocked(db, peer) && kind !== "unfollow") return true;
  // What became quiet, or leaves, is nobody's business any more.
  return findOpenLog(db, log) === undefined;
}

async function deliver(
  mesh: Mesh,
  delivery: Delivery,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, ask, ownOrigin, isDev } = mesh;
  const origin = findOwnAddress(db) ?? ownOrigin();
  // An address of this machine says nothing to others.
  const isUsable = isDev || origin?.startsWith("https:") === true;
  const body = makeDeliveryBody(db, delivery, isUsable ? origin : undefined);
  if (body === undefined) return deleteDelivery(db, delivery);
  const url = `${address}/mesh/1/inbox`;
  try {
    const reply = await ask({ url, method: "POST", body, bytesMax: ANSWER_BYTES_MAX, signal });
    settle(mesh, delivery, reply);
  } catch (error) {
    if (!(error instanceof AskProblem)) throw error;
    // Ended by ourselves: it is due again at the next start.
    if (error.code !== "stopped") putOff(mesh, delivery, undefined);
  }
}

/** What an answer means: taken, refused for good, or to be tried again. */
function settle(mesh: Mesh, delivery: Delivery, reply: Reply): void {
  const { db, now, log } = mesh;
  const { status, headers } = reply;
  const isOver = status === 202 || status === 400 || status === 409 || status === 413;
  if (!isOver) return putOff(mesh, delivery, readRetryAfter(headers.get("retry-after"), now()));
  deleteDelivery(db, delivery);
  const answer = readAnswer(reply);
  if (status === 202) {
    const isOwn = findOwnCapsule(db)?.log === delivery.log;
    const isTaken = answer.state === "stored" || answer.state === "known";
    if (delivery.kind === "checkpoint" && isOwn && isTaken && delivery.n !== null) {
      updateHoldingsGrown(db, delivery.peer, delivery.n);
    }
    return;
  }
  if (status === 409 && typeof answer.proof === "string") meetFork(mesh, delivery, answer.proof);
  log({
    level: "warning",
    message: "A capsule refused what it was told.",
    // Not under "code": what is called so never reaches the log.
    fields: {
      ...{ peer: delivery.peer, kind: delivery.kind, status },
      problem: String(answer.error ?? "").slice(0, 100),
    },
  });
}

/** Somebody says that the log has two continuations: believed when it proves so. */
function meetFork(mesh: Mesh, { log }: Delivery, proof: string): void {
  try {
    receiveForkProof(mesh, log, proof);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

function readAnswer({ bytes }: Reply): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof found === "object" && found !== null ? { ...found } : {};
  } catch {
    // Not ours, or cut off: the status says enough.
    return {};
  }
}

/** The next try: as the peer wishes, else twice as long as before, ten seconds to six hours. */
function putOff(
  { db, now, random }: Mesh,
  { id, tries }: Delivery,
  wishMs: number | undefined,
): void {
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 20));
  const nextAtMs = now() + jitter(Math.max(waitMs, wishMs ?? 0), random());
  updateDelivery(db, id, { tries: tries + 1, nextAtMs });
}
