/** Several real capsules on loopback that follow each other: started, killed, moved, asked. @module */
import { actOnMirror } from "../../mesh/mirror_acts.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { findMirror, type Mirror } from "../../storage/mirrors.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import {
  type Answer,
  initCapsule,
  makeFolder,
  runCapsule,
  serveCapsule,
  type Served,
} from "./process.ts";

const POLL_MS = 100;
/** How long the mesh may take to become quiet, on a slow and busy machine. */
const SETTLE_MS = 60_000;

/** One capsule of a rig: its folder stays while its program comes and goes. */
export type Neighbour = Readonly<
  {
    name: string;
    folder: string;
    /** Its address: loopback, one port for its whole life. */
    address: string;
    /** Its capsule id; "" before it is set up. */
    id: () => string;
    phrase: () => string;
    init: () => Promise<void>;
    start: () => Promise<Served>;
    /** SIGTERM; nothing when it does not run. */
    stop: () => Promise<void>;
    /** SIGKILL; nothing when it does not run. */
    kill: () => Promise<void>;
    isRunning: () => boolean;
    /** A command on its database that must succeed. */
    run: (args: readonly string[], stdin?: string) => Promise<Answer>;
    /** Reads its database beside whatever runs. */
    read: <T>(look: (db: Database) => T) => T;
    mirror: (id: string) => Mirror | undefined;
    /** What the owner's button does: the copy is due at once. */
    askNow: (id: string) => void;
    /** Size of its own log. */
    size: () => number;
    /** What it answers at a path, as text. */
    get: (path: string) => Promise<string>;
  } & AsyncDisposable
>;

/**
 * Makes a capsule; it neither runs nor is set up yet. `port` gives a second one the address of a first, `folder` a place, which goes with
 * the capsule.
 */
export function makeNeighbour(
  name: string,
  port: number = findFreePort(),
  folder: ReturnType<typeof makeFolder> = makeFolder(),
): Neighbour {
  const address = `http://127.0.0.1:${port}`;
  let identity = { id: "", phrase: "" };
  let served: Served | undefined;
  const cwd = folder.path;

  async function end(how: "stop" | "kill"): Promise<void> {
    const running = served;
    served = undefined;
    await running?.[how]();
  }

  function read<T>(look: (db: Database) => T): T {
    using db = openDatabase(`${cwd}/capsule.db`, { isReadOnly: true });
    return look(db);
  }

  return {
    name,
    folder: cwd,
    address,
    id: () => identity.id,
    phrase: () => identity.phrase,
    async init() {
      identity = await initCapsule(cwd, ["--name", name, "--address", address, "--dev"]);
    },
    async start() {
      served = await serveCapsule(["--port", String(port), "--address", address, "--dev"], { cwd });
      return served;
    },
    stop: () => end("stop"),
    kill: () => end("kill"),
    isRunning: () => served !== undefined,
    async run(args, stdin) {
      const answer = await runCapsule(args, { cwd, ...(stdin === undefined ? {} : { stdin }) });
      if (answer.code !== 0) {
        throw new Error(`${name}: ${args.join(" ")} ended with ${answer.code}\n${answer.stderr}`);
      }
      return answer;
    },
    read,
    mirror: (id) => read((db) => findMirror(db, id)),
    askNow(id) {
      using db = openDatabase(`${cwd}/capsule.db`);
      actOnMirror(db, id, "ask", Date.now());
    },
    size: () =>
      read((db) => {
        const own = findOwnCapsule(db);
        return own === undefined ? 0 : findCheckpoint(db, own.log)?.size ?? 0;
      }),
    async get(path) {
      const response = await fetch(`${address}${path}`);
      const text = await response.text();
      if (response.status !== 200) {
        throw new Error(`${name}: ${path} answered ${response.status}\n${text.slice(0, 500)}`);
      }
      return text;
    },
    [Symbol.asyncDispose]: async () => {
      await end("kill");
      folder[Symbol.dispose]();
    },
  };
}

/** A port that nobody listens on now. */
export function findFreePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits until something is so; throws with `what` and what `look` last saw when it does not come about. */
export async function waitUntil(
  what: string,
  look: () => boolean | Promise<boolean>,
  ms: number = SETTLE_MS,
): Promise<void> {
  const deadlineMs = performance.now() + ms;
  while (!await look()) {
    if (performance.now() > deadlineMs) throw new Error(`it did not come about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Waits until `mirror` holds the whole of `author`'s log, contents included. */
export async function waitForMirror(mirror: Neighbour, author: Neighbour): Promise<void> {
  await waitForCopy(mirror, author.id(), author.size());
}

/** Waits until a copy of a log is complete at a size at least. */
export async function waitForCopy(mirror: Neighbour, id: string, size: number): Promise<void> {
  try {
    await waitUntil("", () => {
      const found = mirror.mirror(id);
      return found !== undefined && found.size >= size && found.isComplete && found.isConfirmed;
    });
  } catch {
    const found = JSON.stringify(mirror.mirror(id));
    throw new Error(`${mirror.name} never had all ${size} entries of ${id}: ${found}`);
  }
}

/** Waits until a copy lacks no picture that its log names. */
export async function waitForBlobs(mirror: Neighbour, id: string, blobs: number): Promise<void> {
  await waitUntil(
    `${mirror.name} has ${blobs} pictures of ${id}`,
    () => (mirror.mirror(id)?.blobs ?? 0) >= blobs,
  );
}

/** Every capsule's whole store must verify, mirrors included. */
export async function verifyAll(neighbours: readonly Neighbour[]): Promise<void> {
  for (const neighbour of neighbours) {
    const answer = await neighbour.run(["verify", "--all", "--json"]);
    const { ok, problems } = answer.json<{ ok: boolean; problems?: string[] }>();
    if (!ok) throw new Error(`${neighbour.name} does not verify: ${problems?.join("; ")}`);
  }
}
