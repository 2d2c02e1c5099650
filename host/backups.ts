/** Backups of a serving program: looks when one is due, and has it made in a thread of its own. @module */
import type { LogLine } from "../routes/app.ts";
import { findBackupDue } from "../storage/backup_plan.ts";
import type { Database } from "../storage/database.ts";
import type { Beat } from "./beat.ts";
import type { BackupOrder, BackupWord } from "./backup_worker.ts";

/** How often it is looked. */
const LOOK_MS = 2_000;
/** A thread that failed is tried again after this long. */
const AGAIN_MS = 600_000;
/** How long a stopping thread may take to tidy up. */
const STOP_MS = 5_000;

/** The watch over backups. */
export type BackupWatch = Readonly<{ stop: () => Promise<void> }>;

/** Watches the plan; a capsule without one has no thread and costs a look at one row. */
export function watchBackups(
  { db, beat, dataPath, now, log }: Readonly<{
    db: Database;
    beat: Beat;
    dataPath: string;
    now: () => number;
    log: (line: LogLine) => void;
  }>,
): BackupWatch {
  const startMs = now();
  let running: Running | undefined;
  let notBeforeMs = 0;
  const onEnd = (word: BackupWord) => {
    running = undefined;
    if (word.outcome === "broken") notBeforeMs = now() + AGAIN_MS;
    tell(log, word);
  };
  const look = () => {
    if (running !== undefined || now() < notBeforeMs) return;
    try {
      const dueMs = findBackupDue(db, now(), startMs);
      if (dueMs !== undefined && dueMs <= now()) running = startThread(dataPath, onEnd);
    } catch (error) {
      notBeforeMs = now() + AGAIN_MS;
      log({ level: "error", message: "Cannot look whether a backup is due.", error });
    }
  };
  const forget = beat.every(LOOK_MS, look);
  return {
    stop: async () => {
      forget();
      await running?.stop();
    },
  };
}

type Running = Readonly<{ stop: () => Promise<void> }>;

function startThread(dataPath: string, onEnd: (word: BackupWord) => void): Running {
  const worker = new Worker(new URL("./backup_worker.ts", import.meta.url), { type: "module" });
  const stop = new SharedArrayBuffer(4);
  const ended = Promise.withResolvers<void>();
  const end = (word: BackupWord) => {
    worker.terminate();
    ended.resolve();
    onEnd(word);
  };
  worker.onmessage = ({ data }: MessageEvent<BackupWord>) => end(data);
  worker.onerror = (event) => {
    event.preventDefault();
    end({ outcome: "broken", error: event.message });
  };
  const order: BackupOrder = { dataPath, stop };
  worker.postMessage(order);
  return {
    stop: async () => {
      Atomics.store(new Int32Array(stop), 0, 1);
      const timer = setTimeout(() => end({ outcome: "stopped" }), STOP_MS);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}

function tell(log: (line: LogLine) => void, word: BackupWord): void {
  if (word.outcome === "broken") {
    log({ level: "error", message: "The thread for backups failed.", error: word.error });
  } else if (word.outcome === "failed") {
    const fields = { problem: word.problem };
    log({ level: "error", message: "A backup failed; it is tried again in an hour.", fields });
  } else if (word.outcome === "good") {
    const { outcome: _good, ...fields } = word;
    log({ level: "info", message: "A backup was made and verified.", fields });
  }
}
