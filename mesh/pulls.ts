/** The round that pulls every mirror that is due, and erases those that leave (docs/protocol.md §13). @module */
import {
  deleteMirrorPart,
  findNextPullMs,
  listDueMirrors,
  type Mirror,
  updateMirror,
} from "../storage/mirrors.ts";
import { AskProblem } from "./fetch.ts";
import type { Mesh, Part } from "./mesh.ts";
import { FULL_MS, pullMirror } from "./pull_mirror.ts";
import { isDiskFull } from "./pull_problem.ts";
import { chooseDue, type Source, WAITING_MS } from "./schedule.ts";
import { chooseSources } from "./sources.ts";

/** Mirrors that are pulled at once; one from a host. */
const AT_ONCE = 8;
/** Due mirrors that are looked at in one turn: of those, some wait for a host that is being asked. */
const DUE_MAX = 64;
/** Longest time that one mirror is pulled while others may wait. */
const TURN_MS = 10 * 60_000;
/** Longest time between two turns. */
const IDLE_MS = 60_000;
/** A due mirror whose host is busy is looked at again after this long at the latest. */
const BUSY_MS = 1_000;
/** After trouble of this machine a mirror waits so long. */
const TROUBLE_MS = 10 * 60_000;
/** The same where not even that can be written, on a full disk: kept in memory. */
const UNWRITTEN_MS = 60_000;
const FULL =
  "The disk is full: copying waits, and goes on by itself when there is room. What is here stays.";

/** Rows of a leaving mirror that are erased in one transaction. */
const ERASE_ROWS = 500;

/** Makes the part of the mesh that pulls. Its round only begins pulls; `settle` waits for those that run. */
export function makePulls(): Part {
  const running: Running = new Map();
  const unwritten: Unwritten = new Map();
  const room: Room = { isFull: false, tryAtMs: 0 };
  return {
    name: "pull",
    round: (mesh, signal) => {
      beginDue(mesh, signal, { running, unwritten, room });
      return Promise.resolve(nextTurn(mesh, running));
    },
    settle: async () =>
      void await Promise.allSettled([...running.values()].map(({ done }) => done)),
  };
}

type Running = Map<number, { host: string; done: Promise<void> }>;

/** Mirrors that are left alone until then, by their log. */
type Unwritten = Map<number, number>;

/** Whether the disk was full when last written to; then one mirror at a time tries whether it still is. */
type Room = { isFull: boolean; tryAtMs: number };

type Pulling = Readonly<{ running: Running; unwritten: Unwritten; room: Room }>;

function beginDue(mesh: Mesh, signal: AbortSignal, { running, unwritten, room }: Pulling): void {
  const { db, now } = mesh;
  if (room.isFull && (now() < room.tryAtMs || running.size > 0)) return;
  const due = listDueMirrors(db, now(), DUE_MAX)
    .filter(({ log }) => !running.has(log) && (unwritten.get(log) ?? 0) <= now())
    .filter((mirror) => !putOff(mesh, mirror))
    .map((mirror) => {
      const sources = mirror.state === "leaving" ? [] : chooseSources(mesh, mirror);
      return { mirror, sources, host: hostOf(mirror, sources) };
    });
  const hosts = [...running.values()].map(({ host }) => host);
  for (const { mirror, sources, host } of chooseDue(due, hosts, room.isFull ? 1 : AT_ONCE)) {
    unwritten.delete(mirror.log);
    const done = work(mesh, mirror, { sources, signal, room })
      .catch((error) => {
        // Without its row it is due again at once, and would be asked for every second.
        unwritten.set(mirror.log, now() + UNWRITTEN_MS);
        if (isDiskFull(error)) return noteFull(mesh, room);
        mesh.log({ level: "error", message: "A mirror's row could not be written.", error });
      })
      .finally(() => running.delete(mirror.log));
    running.set(mirror.log, { host, done });
  }
}

/** A paused one is not due at all. */
function putOff({ db, now }: Mesh, { log, state }: Mirror): boolean {
  if (state !== "paused") return false;
  updateMirror(db, log, { nextPullAtMs: now() + WAITING_MS });
  return true;
}

function hostOf({ log }: Mirror, [first]: readonly Source[]): string {
  return first === undefined ? `log ${log}` : new URL(first.address).host;
}

async function work(
  mesh: Mesh,
  { log, id, state }: Mirror,
  { sources, signal, room }: Readonly<
    { sources: readonly Source[]; signal: AbortSignal; room: Room }
  >,
): Promise<void> {
  try {
    if (state === "leaving") await erase(mesh, log, signal);
    else {
      await pullMirror(mesh, log, { signal, sources, turnMs: TURN_MS });
      mesh.onPull?.();
    }
    if (room.isFull) mesh.log({ level: "info", message: "There is room again: copying goes on." });
    room.isFull = false;
  } catch (error) {
    if (signal.aborted || error instanceof AskProblem && error.code === "stopped") return;
    if (isDiskFull(error)) {
      noteFull(mesh, room);
      return updateMirror(mesh.db, log, { nextPullAtMs: mesh.now() + FULL_MS });
    }
    mesh.log({ level: "error", message: "A mirror could not be pulled.", fields: { id }, error });
    updateMirror(mesh.db, log, { nextPullAtMs: mesh.now() + TROUBLE_MS });
  }
}

/** Told once, whatever the number of mirrors; then nothing is tried for a while. */
function noteFull({ now, log }: Mesh, room: Room): void {
  if (!room.isFull) log({ level: "warning", message: FULL });
  room.isFull = true;
  room.tryAtMs = now() + FULL_MS;
}

/** Erases a mirror in small transactions, so that everybody else gets their turn in between. */
async function erase({ db }: Mesh, log: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !deleteMirrorPart(db, log, ERASE_ROWS)) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function nextTurn({ db, now }: Mesh, running: Running): number {
  const nextMs = findNextPullMs(db);
  if (nextMs === undefined) return IDLE_MS;
  const waitMs = nextMs - now();
  // What is due and did not begin waits for a host, or for one of those that run.
  const floorMs = running.size > 0 || waitMs <= 0 ? BUSY_MS : 0;
  return Math.max(floorMs, Math.min(IDLE_MS, waitMs));
}
