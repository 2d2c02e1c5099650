/** The thread of the mesh: started when there is something to do, started again when it fails, stopped in order. @module */
import type { LogLine } from "../routes/app.ts";
import type { Database } from "../storage/database.ts";
import { hasMeshWork } from "../storage/mesh_work.ts";
import type { Beat } from "./beat.ts";
import type { MeshOrder, MeshStart, MeshWord } from "./mesh_worker.ts";

/** How often the database is looked at until the thread runs. */
const LOOK_MS = 500;
/** A thread that failed is started again after this long. */
const AGAIN_MS = 30_000;
/** How long a stopping thread may take to end what it has begun. */
const STOP_MS = 5_000;

/** What the thread is made of, and whom it tells. */
export type MeshThreadOptions = Readonly<{
  db: Database;
  beat: Beat;
  start: Omit<MeshStart, "kind">;
  log: (line: LogLine) => void;
  now: () => number;
  /** Told of each pull that ended. */
  onPull: () => void;
}>;

/** The mesh side of a serving program. */
export type MeshThread = Readonly<{ stop: () => Promise<void> }>;

/** Watches for work and keeps a thread for it; an unused capsule has none. */
export function watchMesh(options: MeshThreadOptions): MeshThread {
  const { db, beat, log, now } = options;
  let mark = "";
  let running: Running | undefined;
  let notBeforeMs = 0;
  const look = () => {
    if (running !== undefined || now() < notBeforeMs) return;
    try {
      const newest = db.changeMark();
      if (newest === mark) return;
      if (hasMeshWork(db)) running = startThread(options, onEnd);
      else mark = newest;
    } catch (error) {
      notBeforeMs = now() + AGAIN_MS;
      log({ level: "error", message: "Cannot look for work of the mesh.", error });
    }
  };
  const onEnd = () => {
    running = undefined;
    mark = "";
    notBeforeMs = now() + AGAIN_MS;
  };
  const forget = beat.every(LOOK_MS, look);
  look();
  return {
    stop: async () => {
      forget();
      await running?.stop();
    },
  };
}

type Running = Readonly<{ stop: () => Promise<void> }>;

function startThread({ start, log, onPull }: MeshThreadOptions, onEnd: () => void): Running {
  const worker = new Worker(new URL("./mesh_worker.ts", import.meta.url), { type: "module" });
  const ended = Promise.withResolvers<void>();
  let isStopping = false;
  const end = () => {
    worker.terminate();
    ended.resolve();
    if (!isStopping) onEnd();
  };
  worker.onmessage = ({ data }: MessageEvent<MeshWord>) => {
    if (data.kind === "line") log(data.line);
    if (data.kind === "pulled") onPull();
    if (data.kind === "stopped") end();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    log({ level: "error", message: "The mesh's thread failed.", error: event.message });
    end();
  };
  const tell = (order: MeshOrder) => worker.postMessage(order);
  tell({ kind: "start", ...start });
  return {
    stop: async () => {
      isStopping = true;
      tell({ kind: "stop" });
      const timer = setTimeout(end, STOP_MS);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}
