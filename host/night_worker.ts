/** Runs the nightly upkeep once, in a thread and with a connection of its own, and ends. @module */
/// <reference lib="deno.worker" />
import { setTimeout as rest } from "node:timers/promises";
import { openDatabase } from "../storage/database.ts";
import { checkpointDatabase } from "../storage/upkeep.ts";
import { type NightResult, runNight } from "./night.ts";

/** What the thread is told at its start. */
export type NightOrder = Readonly<{
  dataPath: string;
  /** Only the file beside the database is emptied, because it has become large. */
  isCheckpoint: boolean;
  /** One number; not 0 once the program ends. */
  stop: SharedArrayBuffer;
}>;

/** What it says at its end. */
export type NightWord =
  | NightResult
  | Readonly<{ isEmptied: boolean }>
  | Readonly<{ error: string }>;

self.onmessage = async ({ data }: MessageEvent<NightOrder>) => {
  self.postMessage(await work(data));
};

async function work({ dataPath, isCheckpoint, stop }: NightOrder): Promise<NightWord> {
  const flag = new Int32Array(stop);
  try {
    using db = openDatabase(dataPath, { mustExist: true });
    if (isCheckpoint) return { isEmptied: checkpointDatabase(db, 200) };
    return await runNight({
      db,
      now: Date.now,
      elapsed: () => performance.now(),
      rest: (ms) => rest(ms),
      isStopped: () => Atomics.load(flag, 0) !== 0,
    });
  } catch (error) {
    return { error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}
