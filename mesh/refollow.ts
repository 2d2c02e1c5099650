/** Following again whom the own log follows: after a recovery, or a backup from before (docs/protocol.md §13.5). @module */
import { isBlocked } from "../storage/blocks.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import { type Follow, listUnmirroredFollows } from "../storage/follows.ts";
import { findMirror, insertMirror } from "../storage/mirrors.ts";
import { listConfirmed } from "../storage/peers.ts";
import { confirmAddress, ConfirmProblem, saveSample } from "./confirm.ts";
import { AskProblem } from "./fetch.ts";
import { toStoredRecords } from "./identities.ts";
import type { Mesh } from "./mesh.ts";
import { ProtocolError } from "./protocol/errors.ts";

/** Looked at in one go. */
const FOLLOWS_AT_ONCE = 16;
/** One whose address does not answer is tried again after this long, doubled each time up to a day. */
const AGAIN_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
const IDLE_MS = 3_600_000;

/** When who was tried in vain is tried again; forgotten when the program ends. */
const tried = new WeakMap<Mesh["db"], Map<string, { tries: number; nextAtMs: number }>>();

/** Makes mirrors of those whom the own log follows and that are none yet. A `Round`. */
export async function runRefollows(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { db, now } = mesh;
  const own = findOwnCapsule(db);
  if (own === undefined) return IDLE_MS;
  const waits = tried.get(db) ?? new Map<string, { tries: number; nextAtMs: number }>();
  tried.set(db, waits);
  const missing = listUnmirroredFollows(db, own.log, 1_000).filter(({ id }) => id !== own.id);
  const due = missing.filter(({ id }) => (waits.get(id)?.nextAtMs ?? 0) <= now());
  for (const follow of due.slice(0, FOLLOWS_AT_ONCE)) {
    if (signal.aborted) return 0;
    if (await refollow(mesh, own.log, follow, signal)) waits.delete(follow.id);
    else {
      const tries = (waits.get(follow.id)?.tries ?? 0) + 1;
      const waitMs = Math.min(DAY_MS, AGAIN_MS * 2 ** Math.min(tries - 1, 10));
      waits.set(follow.id, { tries, nextAtMs: now() + waitMs });
    }
  }
  if (due.length > FOLLOWS_AT_ONCE) return 0;
  const next = Math.min(...missing.map(({ id }) => waits.get(id)?.nextAtMs ?? now() + IDLE_MS));
  return Math.max(0, Math.min(IDLE_MS, next - now()));
}

/** True when there is a mirror now, or never is to be one. */
async function refollow(
  mesh: Mesh,
  log: number,
  { id, address, index }: Follow,
  signal: AbortSignal,
): Promise<boolean> {
  const { db, now } = mesh;
  if (isBlocked(db, id) || isBlocked(db, address)) return true;
  const known = listConfirmed(db, id)[0]?.address ?? address;
  try {
    const page = await confirmAddress(mesh, known, { id, isOwnersAct: true, signal });
    db.transaction(() => {
      if (findMirror(db, id) !== undefined) return;
      const records = toStoredRecords(page.identity, page.notes);
      const inForce = page.identity.newest.address;
      insertMirror(db, { id, records, address: inForce, isQuiet: false, nowMs: now() });
      saveSample(db, id, page.followers, now());
      // The author may know us at another address, or not at all any more.
      addDeliveries(db, "follow", log, [id], now(), index);
    });
    return true;
  } catch (error) {
    const isAnswer = error instanceof ConfirmProblem || error instanceof ProtocolError ||
      error instanceof AskProblem;
    if (!isAnswer) throw error;
    return false;
  }
}
