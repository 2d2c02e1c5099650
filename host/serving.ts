/** A serving program from start to end: database, lease, door, upkeep, and an orderly stop. @module */
import type { Ask } from "../mesh/fetch.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { allowAnyway, beginStart } from "../mesh/start_state.ts";
import type { Deps } from "../routes/app.ts";
import { Meter } from "../routes/meter.ts";
import { createHandler } from "../routes/page_cache.ts";
import { watchRequests } from "../routes/watching.ts";
import { findDamage } from "../storage/damage.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { checkpointDatabase } from "../storage/upkeep.ts";
import { saveUpgrade } from "../storage/upgrades.ts";
import { keepRoom } from "../storage/room.ts";
import { Beat } from "./beat.ts";
import { CommandProblem } from "./command.ts";
import { type Door, type DoorOptions, openDoor } from "./door.ts";
import { makeHealthDesk } from "./health_desk.ts";
import { makeDesk } from "./https/desk.ts";
import {
  announceLease,
  holdLock,
  LEASE_RENEW_MS,
  type LeaseOptions,
  releaseLease,
  renewLease,
  takeLease,
} from "./lease.ts";
import { checkLoneStart } from "./lone_start.ts";
import { makeLazyAsk, makeMesh, newStart } from "./mesh.ts";
import { type MeshThread, watchMesh } from "./mesh_thread.ts";
import { watchNights } from "./nights.ts";
import { makeAddressPublishing, makeOrigin } from "./own_address.ts";
import { PROGRAM_VERSION } from "./program_version.ts";
import { makeRest } from "./rest.ts";
import { makeSampling, SAMPLE_MS } from "./sampling.ts";
import { makeBackupDesk } from "./backup_desk.ts";
import { watchBackups } from "./backups.ts";
import { openReadable, openServed } from "./served_database.ts";
import { makeSetupLink, type PrintedEvent } from "./setup_link.ts";
import { waitForSignal } from "./signals.ts";
import { runUpkeep, UPKEEP_MS } from "./upkeep.ts";

/** What `serve` was told. */
export type ServeOptions =
  & DoorOptions
  & Readonly<{
    dataPath: string;
    isDev: boolean;
    /** The owner's word: publish although none of the followers can be asked. */
    isSigningAnyway: boolean;
    /** The owner's word: a line in the log for every request. */
    isEveryLogged: boolean;
    /** The file is another program's to write: its pages are shown. */
    isReplica: boolean;
    /** SHA-256 of the owner's own code for setting up; undefined: one is made at each start. */
    setupCodeHash: Uint8Array | undefined;
    now: () => number;
    print: (event: PrintedEvent) => void;
    remark: (text: string) => void;
  }>;

const NOTHING_OPEN = { https: undefined, problem: "", isGiven: true };

type Running = Readonly<{
  options: ServeOptions;
  db: Database;
  start: string;
  door: Door;
  origin: () => string;
  mesh: Mesh;
  meter: Meter;
}>;

/** Serves until a signal; the answer is the exit status. Throws when it cannot start or loses the database. */
export async function serve(options: ServeOptions): Promise<number> {
  const signal = waitForSignal();
  keepAlive(options);
  const parts = { start: newStart(), signal: signal.isGiven };
  try {
    if (options.isReplica) {
      const { serveReplica } = await import("./reading.ts");
      await serveReplica(options, parts);
      return 0;
    }
    return await serveOwn(options, parts);
  } finally {
    signal.forget();
  }
}

type Start = Readonly<{ start: string; signal: Promise<void> }>;

/** While the database cannot be written its pages are shown; once it can be, it is served as ever. */
async function serveOwn(options: ServeOptions, parts: Start): Promise<number> {
  const { dataPath, now } = options;
  let { port } = options;
  for (;;) {
    let { db, readOnly, problem } = openServed(dataPath, now);
    if (readOnly === undefined || problem === undefined) {
      try {
        return await serveWriting({ ...options, port }, db, parts);
      } catch (error) {
        // There was no room to begin with: not even for saying that it is served.
        if (!(error instanceof DatabaseProblem) || error.kind !== "full") throw error;
        [db, readOnly, problem] = [openReadable(dataPath, error), "full", error];
      }
    }
    const { serveUnwritten } = await import("./reading.ts");
    const unwritten = { db, readOnly, problem };
    const end = await serveUnwritten({ ...options, port }, unwritten, parts);
    if (!end.isWritable) return 0;
    port = end.port;
    options.log({ level: "info", message: "The database can be written again." });
  }
}

async function serveWriting(
  options: ServeOptions,
  db: Database,
  { start, signal }: Start,
): Promise<number> {
  // The last connection that closes writes everything into the one file and removes SQLite's two others.
  using _closed = db;
  const { now, isDev } = options;
  const lease: LeaseOptions = { db, start, now, isDev };
  await takeOrRefuse(lease, options.dataPath);
  const out = makeLazyAsk({ isDev });
  try {
    using lock = await holdLock(lease);
    if (lock === undefined) throw alreadyServing(options.dataPath);
    const running = await open(options, { db, start, ask: out.ask });
    try {
      return await keepServing(running, lease, signal);
    } finally {
      await running.door.stop();
    }
  } finally {
    await out.close();
    releaseLease(lease);
  }
}

/** A promise that nobody waited for is a bug to be told, and no reason to leave the readers alone. */
function keepAlive({ log }: ServeOptions): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log({ level: "error", message: "A promise failed unwatched.", error: event.reason });
  });
}

async function takeOrRefuse(lease: LeaseOptions, dataPath: string): Promise<void> {
  const holder = await takeLease(lease);
  if (holder === undefined) return;
  throw alreadyServing(dataPath, holder.url);
}

/** The address is not known of a program that has only begun. */
function alreadyServing(dataPath: string, url = ""): CommandProblem {
  return new CommandProblem(
    "already_serving",
    `Cannot serve ${dataPath}: it is being served already${url === "" ? "" : `, at ${url}`}. ` +
      "Stop that program first, or name another database with --data.",
  );
}

async function open(
  options: ServeOptions,
  { db, start, ask }: Pick<Running, "db" | "start"> & Readonly<{ ask: Ask }>,
): Promise<Running> {
  const { port, now, log, isDev } = options;
  // Nobody can ask before the socket is bound, so the port is known when it is first read.
  let boundPort = port;
  const origin = makeOrigin(db, options.address, () => `http://localhost:${boundPort}`);
  const version = PROGRAM_VERSION;
  const mesh = makeMesh({ db, now, ask, log, isDev, startId: start, ownOrigin: origin });
  const meter = new Meter();
  const common = { db, now, log, isDev, origin, startId: start, version, meter };
  const opened: { door?: Door } = {};
  const standing = () => opened.door?.standing() ?? NOTHING_OPEN;
  const desk = options.https === undefined ? {} : { certificate: makeDesk(standing, { db, now }) };
  const health = makeHealthDesk({
    ...{ db, dataPath: options.dataPath, now, origin, servedStart: start, isDev },
    isBehindProxy: options.https === undefined,
  });
  const backups = makeBackupDesk(options.dataPath);
  const deps: Deps = { ...common, ...desk, health, mesh, backups };
  const handle = watchRequests(createHandler(deps), {
    ...{ meter, log, isEveryLogged: options.isEveryLogged },
  });
  const door = await openDoor(options, { handle, deps, isReadOnly: false });
  opened.door = door;
  boundPort = door.port;
  return { options, db, start, door, origin, mesh, meter };
}

/** Announces the start, then renews the lease and keeps house until a signal. */
async function keepServing(
  running: Running,
  lease: LeaseOptions,
  signal: Promise<void>,
): Promise<number> {
  const { options, db } = running;
  const isHeld = db.transaction(() => {
    // The mesh asks the followers, if there are any; until then nothing is signed.
    beginStart(db, running.start, options.now());
    saveUpgrade(db, PROGRAM_VERSION, options.now());
    return announceLease(lease, running.door.localUrl);
  });
  // The file itself says that it is being served: without the one beside it, it is known to be incomplete.
  guard(options, () => void checkpointDatabase(db, 0));
  const setupLink = await makeSetupLink({
    ...{ db, now: options.now, origin: running.origin, codeHash: options.setupCodeHash },
  });
  announce(running, setupLink());
  running.door.begin();
  const lost = Promise.withResolvers<void>();
  if (!isHeld) lost.resolve();
  const stop = new AbortController();
  const beat = new Beat({ countVisits: () => running.meter.visits });
  const every = (ms: number, work: () => void) => beat.every(ms, () => guard(options, work));
  const rest = makeRest({ tick: () => performance.now(), quietMs: () => beat.quietMs });
  const publishAddress = makeAddressPublishing(running.mesh, { ...options, signal: stop.signal });
  every(LEASE_RENEW_MS, () => {
    if (!renewLease(lease)) return lost.resolve();
    if (options.isSigningAnyway) allowAnyway(db, options.now());
    publishAddress();
    rest();
  });
  every(UPKEEP_MS, () => {
    runUpkeep(db, options);
    keepRoom(db);
    const link = setupLink();
    if (link !== undefined) options.print(link);
  });
  const sample = makeSampling({ db, now: options.now, meter: running.meter });
  every(SAMPLE_MS, sample);
  const mesh = openMesh(running, beat);
  const { dataPath, now, log } = options;
  const backups = watchBackups({ db, beat, dataPath, now, log });
  const nights = watchNights({ db, dataPath, now, log });
  const tell = tellFailedCheck(log);
  const asked = checkLoneStart(running.mesh, stop.signal, { tell })
    .then(() => guard(options, publishAddress))
    .catch(tell);
  // After the first answers: start is not the moment for housework.
  const first = setTimeout(() => {
    guard(options, () => runUpkeep(db, options));
    guard(options, () => keepRoom(db));
  }, LEASE_RENEW_MS);
  try {
    guard(options, publishAddress);
    const isLost = await Promise.race([signal.then(() => false), lost.promise.then(() => true)]);
    if (!isLost) return 0;
  } finally {
    beat.stop();
    clearTimeout(first);
    guard(options, sample);
    stop.abort();
    await Promise.all([asked, mesh.stop(), backups.stop(), nights.stop()]);
  }
  throw new CommandProblem(
    "lease_lost",
    `Stopped serving ${options.dataPath}: another program has taken the database over. ` +
      "Only one may serve it; look which one that is with `capsule status`.",
  );
}

function tellFailedCheck(log: Running["options"]["log"]): (error: unknown) => void {
  return (error) => log({ level: "error", message: "The check at the start failed.", error });
}

/** The mesh side, in a thread of its own as soon as it has anything to do. */
function openMesh({ options, db, start, door, meter }: Running, beat: Beat): MeshThread {
  const { dataPath, isDev, address, log, now } = options;
  const local = `http://localhost:${door.port}`;
  const onPull = () => meter.countPull();
  return watchMesh({
    ...{ db, beat, log, now, onPull },
    start: { dataPath, isDev, startId: start, address, local },
  });
}

/** Housework that fails is told and tried again at its next turn; it never ends the server. */
function guard({ log }: ServeOptions, work: () => void): void {
  try {
    work();
  } catch (error) {
    log({ level: "error", message: "Work in the background failed.", error });
  }
}

function announce({ options, door, db }: Running, link?: PrintedEvent): void {
  options.print(door.event);
  const damage = findDamage(db);
  if (damage !== undefined) {
    options.remark(damage);
  }
  if (link !== undefined) options.print(link);
  if (door.remark !== undefined) options.remark(door.remark);
}
