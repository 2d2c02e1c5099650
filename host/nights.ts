/** The nightly upkeep of a serving program: looks when it is due, and has it done in a thread of its own. @module */
import type { LogLine } from "../routes/app.ts";
import type { Database } from "../storage/database.ts";
import { findSize } from "../storage/upgrade_copies.ts";
import { findUpkeepDue } from "../storage/upkeep_due.ts";
import type { NightOrder, NightWord } from "./night_worker.ts";

/** How often it is looked; the night is long. */
const LOOK_MS = 60_000;
/** A thread that failed is tried again after this long. */
const AGAIN_MS = 6 * 3_600_000;
/** SQLite empties the file beside the database by itself, unless somebody reads at every moment: then it grows. */
const WAL_BYTES_MAX = 128 * 1024 * 1024;
/** How long a stopping thread may take to end its slice. */
const STOP_MS = 5_000;

/** The watch over the nights. */
export type NightWatch = Readonly<{ stop: () => Promise<void> }>;

/** Watches for the hour. */
export function watchNights(
  { db, dataPath, now, log, lookMs = LOOK_MS }: Readonly<{
    db: Database;
    dataPath: string;
    now: () => number;
    log: (line: LogLine) => void;
    lookMs?: number;
  }>,
): NightWatch {
  const startMs = now();
  let running: Running | undefined;
  let notBeforeMs = 0;
  const onEnd = (word: NightWord) => {
    running = undefined;
    if ("error" in word) notBeforeMs = now() + AGAIN_MS;
    tell(log, word);
  };
  const look = () => {
    if (running !== undefined || now() < notBeforeMs) return;
    try {
      const dueMs = findUpkeepDue(db, startMs, now());
      const isCheckpoint = (findSize(`${dataPath}-wal`) ?? 0) > WAL_BYTES_MAX;
      if (isCheckpoint || (dueMs !== undefined && dueMs <= now())) {
        running = startThread({ dataPath, isCheckpoint }, onEnd);
      }
    } catch (error) {
      notBeforeMs = now() + AGAIN_MS;
      log({ level: "error", message: "Cannot look whether the nightly upkeep is due.", error });
    }
  };
  const timer = setInterval(look, lookMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running?.stop();
    },
  };
}

type Running = Readonly<{ stop: () => Promise<void> }>;

function startThread(
  what: Omit<NightOrder, "stop">,
  onEnd: (word: NightWord) => void,
): Running {
  const worker = new Worker(new URL("./night_worker.ts", import.meta.url), { type: "module" });
  const stop = new SharedArrayBuffer(4);
  const ended = Promise.withResolvers<void>();
  const end = (word: NightWord) => {
    worker.terminate();
    ended.resolve();
    onEnd(word);
  };
  worker.onmessage = ({ data }: MessageEvent<NightWord>) => end(data);
  worker.onerror = (event) => {
    event.preventDefault();
    end({ error: event.message });
  };
  const order: NightOrder = { ...what, stop };
  worker.postMessage(order);
  return {
    stop: async () => {
      Atomics.store(new Int32Array(stop), 0, 1);
      const timer = setTimeout(() => end({ error: "It did not stop in time." }), STOP_MS);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}

function tell(log: (line: LogLine) => void, word: NightWord): void {
  if ("error" in word) {
    log({ level: "error", message: "The nightly upkeep failed.", error: word.error });
    return;
  }
  if ("isEmptied" in word) return;
  const { run, removed } = word;
  const { begunAtMs: _begun, ...fields } = run;
  log({ level: "info", message: "The nightly upkeep is done.", fields });
  for (const path of removed) {
    log({
      level: "info",
      message: "Removed a copy that is not needed any more.",
      fields: { path },
    });
  }
}
