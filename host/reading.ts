/** Serving what is not written here: a copy that another program writes, a damaged database, a disk without room. @module */
import type { Deps } from "../routes/app.ts";
import { makeNotNow } from "../routes/last_answer.ts";
import { Meter } from "../routes/meter.ts";
import { createHandler, type Handler } from "../routes/page_cache.ts";
import { watchRequests } from "../routes/watching.ts";
import { openDoor } from "./door.ts";
import { makeOrigin } from "./own_address.ts";
import { PROGRAM_VERSION } from "./program_version.ts";
import { followFile } from "./replica.ts";
import { hasRoom } from "../storage/room.ts";
import { isWritable, type Opened, openServed } from "./served_database.ts";
import type { ServeOptions } from "./serving.ts";

/** How often it is tried whether there is room, or a right to write, again. */
const AGAIN_MS = 2_000;

/** What is shown: one database, or at each moment the newest state of a file. */
type Shown = Readonly<{
  db: () => Opened["db"] | undefined;
  /** Looks whether there is something newer; throws for nothing. */
  look: () => void;
  close: () => void;
}>;

/** What ends it: a signal, or that the database can be written again, so that it is to be served anew, on the same port. */
export type ReadingEnd = Readonly<{ isWritable: boolean; port: number }>;

/** Serves a file that another program writes. Throws DatabaseProblem or CommandProblem when there is nothing to show at the start. */
export async function serveReplica(
  options: ServeOptions,
  parts: Readonly<{ start: string; signal: Promise<void> }>,
): Promise<void> {
  const { dataPath, log, remark } = options;
  const file = followFile(
    dataPath,
    (problem) =>
      log({ level: "warning", message: "The database cannot be read now.", error: problem }),
  );
  const shown = { db: () => file.db, look: file.look, close: file.close };
  const said = () => remark(`Reading ${dataPath} only: nothing is written, signed or asked for.`);
  await serveShown(options, shown, { ...parts, readOnly: "replica", said, isOver: () => false });
}

/** Serves a database that cannot be written, until a signal, or until it can be. Closes it. */
export async function serveUnwritten(
  options: ServeOptions,
  opened: Required<Opened>,
  parts: Readonly<{ start: string; signal: Promise<void> }>,
): Promise<ReadingEnd> {
  const { dataPath, now, log, remark } = options;
  const { readOnly, problem } = opened;
  let db: Opened["db"] | undefined = opened.db;
  const isOver = () => {
    if (readOnly === "full" && !hasRoom(dataPath)) return false;
    if (db !== undefined && db.access !== "alone") return isWritable(dataPath);
    // Who reads alone keeps everybody out, and this program's next try too.
    db?.close();
    if (isWritable(dataPath)) return true;
    try {
      db = openServed(dataPath, now).db;
    } catch (error) {
      db = undefined;
      log({ level: "warning", message: "The database cannot be read now.", error });
    }
    return false;
  };
  const shown = { db: () => db, look: () => {}, close: () => db?.close() };
  const said = () =>
    remark(`${problem.message} Until then pages are shown and nothing is written.`);
  const damaged = () => false;
  return await serveShown(options, shown, {
    ...parts,
    ...{ readOnly, said, isOver: readOnly === "damaged" ? damaged : isOver },
  });
}

async function serveShown(
  options: ServeOptions,
  shown: Shown,
  { start, signal, readOnly, said, isOver }: Readonly<{
    start: string;
    signal: Promise<void>;
    readOnly: NonNullable<Deps["readOnly"]>;
    said: () => void;
    isOver: () => boolean;
  }>,
): Promise<ReadingEnd> {
  const { now, log, isDev, address } = options;
  let boundPort = options.port;
  const local = () => address ?? `http://localhost:${boundPort}`;
  const meter = new Meter();
  const common = { now, log, isDev, startId: start, version: PROGRAM_VERSION, meter, readOnly };
  let made: { db: Opened["db"]; deps: Deps; handle: Handler } | undefined;
  const make = (db: Opened["db"]) => {
    // A copy's links lead to the author's own address; where this one is reached is the reader's business.
    const given = readOnly === "replica" ? undefined : address;
    const deps = { ...common, db, origin: makeOrigin(db, given, local) };
    return { db, deps, handle: createHandler(deps) };
  };
  const current = () => {
    shown.look();
    const db = shown.db();
    if (db === undefined) return undefined;
    if (made?.db !== db) made = make(db);
    return made;
  };
  const handle: Handler = (request, info) => current()?.handle(request, info) ?? makeNotNow();
  const first = current();
  if (first === undefined) throw new Error("Cannot serve: expected an open database, found none");
  const deps: Deps = {
    ...first.deps,
    get db() {
      return current()?.db ?? first.db;
    },
    ...(readOnly === "replica" ? { origin: local } : {}),
  };
  const watched = watchRequests(handle, { meter, log, isEveryLogged: options.isEveryLogged });
  const door = await openDoor(options, { handle: watched, deps, isReadOnly: true });
  boundPort = door.port;
  try {
    options.print(door.event);
    said();
    if (door.remark !== undefined) options.remark(door.remark);
    return { isWritable: await waitForEnd(signal, isOver), port: boundPort };
  } finally {
    await door.stop();
    shown.close();
  }
}

/** True when it can be written again. */
async function waitForEnd(signal: Promise<void>, isOver: () => boolean): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  const timer = setInterval(() => {
    if (isOver()) over.resolve(true);
  }, AGAIN_MS);
  try {
    return await Promise.race([signal.then(() => false), over.promise]);
  } finally {
    clearInterval(timer);
  }
}
