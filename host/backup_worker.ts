/** Makes one backup by the plan, in a thread of its own, and ends. @module */
/// <reference lib="deno.worker" />
import { type PlannedResult, runPlannedBackup } from "./planned_backup.ts";

/** What the thread is told at its start. */
export type BackupOrder = Readonly<{
  dataPath: string;
  /** One number; not 0 once the program ends. */
  stop: SharedArrayBuffer;
}>;

/** What it says at its end. */
export type BackupWord = PlannedResult | Readonly<{ outcome: "broken"; error: string }>;

self.onmessage = async ({ data }: MessageEvent<BackupOrder>) => {
  self.postMessage(await work(data));
};

async function work({ dataPath, stop }: BackupOrder): Promise<BackupWord> {
  const flag = new Int32Array(stop);
  const isStopped = () => Atomics.load(flag, 0) !== 0;
  try {
    return await runPlannedBackup({ dataPath, now: Date.now, isStopped });
  } catch (error) {
    const told = error instanceof Error ? error.stack ?? error.message : String(error);
    return { outcome: "broken", error: told };
  }
}
