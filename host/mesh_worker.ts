/** The mesh side: a thread with a connection of its own, which ends when it is told to. @module */
/// <reference lib="deno.worker" />
import { makeAsk } from "../mesh/fetch.ts";
import { makeParts, runLoop } from "../mesh/loop.ts";
import type { MeshLine } from "../mesh/mesh.ts";
import { openDatabase } from "../storage/database.ts";
import { makeMesh } from "./mesh.ts";
import { makeOrigin } from "./own_address.ts";

/** What the thread is told at its start. */
export type MeshStart = Readonly<{
  kind: "start";
  dataPath: string;
  isDev: boolean;
  startId: string;
  /** The public origin that was given, if one was. */
  address: string | undefined;
  /** What links of this machine begin with. */
  local: string;
}>;

/** What the thread is told. */
export type MeshOrder = MeshStart | Readonly<{ kind: "stop" }>;

/** What the thread says: lines for the log; that it has begun; that it has ended; that a mirror was pulled. */
export type MeshWord =
  | Readonly<{ kind: "line"; line: MeshLine }>
  | Readonly<{ kind: "started" | "stopped" | "pulled" }>;

const stop = new AbortController();

self.onmessage = ({ data }: MessageEvent<MeshOrder>) => {
  if (data.kind === "stop") stop.abort();
  else void run(data);
};

self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  say({ level: "error", message: "A promise failed unwatched.", error: event.reason });
});

async function run(start: MeshStart): Promise<void> {
  const { dataPath, isDev, startId, address, local } = start;
  try {
    using db = openDatabase(dataPath, { mustExist: true });
    await using asker = await makeAsk({ isDev });
    const ownOrigin = makeOrigin(db, address, () => local);
    const { ask } = asker;
    const parts = { db, now: Date.now, ask, log: say, isDev, startId, ownOrigin };
    const mesh = { ...makeMesh(parts), onPull: () => post({ kind: "pulled" }) };
    post({ kind: "started" });
    await runLoop(mesh, makeParts(), stop.signal);
  } catch (error) {
    say({ level: "error", message: "The mesh has stopped.", error });
  }
  post({ kind: "stopped" });
}

/** Errors travel as their words: what they were made of may not travel at all. */
function say({ error, ...line }: MeshLine): void {
  const told = error instanceof Error ? error.stack ?? error.message : String(error);
  post({ kind: "line", line: error === undefined ? line : { ...line, error: told } });
}

function post(word: MeshWord): void {
  self.postMessage(word);
}
