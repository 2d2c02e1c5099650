/** `capsule upkeep`: what a serving program does every night, now. @module */
import { setTimeout as rest } from "node:timers/promises";
import type { UpkeepRun } from "../../storage/upkeep_runs.ts";
import type { Command, Context } from "../command.ts";
import { formatCount } from "../counts.ts";
import { formatBytes } from "../files.ts";
import { NIGHT_BUDGET_MS, runNight } from "../night.ts";
import { openExisting, requireCapsule } from "../served_database.ts";

/** The command. */
export const command: Command = {
  name: "upkeep",
  summary: "Tidy the database now, as a serving program does every night",
  usage: "upkeep [options]",
  options: {},
  details:
    "Erases rows whose time is over, tidies the search index, gives free pages back to the disk and\n" +
    `empties the file beside the database: for ${
      NIGHT_BUDGET_MS / 1_000
    } seconds at most, in steps that hold up nobody.\n` +
    "A program that serves does it by itself.",
  examples: ["capsule upkeep"],
  run,
};

async function run(context: Context): Promise<void> {
  using db = openExisting(context.dataPath);
  requireCapsule(db);
  const { run, removed } = await runNight({
    db,
    now: context.now,
    elapsed: () => performance.now(),
    rest: (ms) => rest(ms),
    isStopped: () => false,
  });
  context.answer({ ...run, removed }, describe(run, removed));
}

function describe(run: UpkeepRun, removed: readonly string[]): string {
  const { tookMs, expiredRows, freedPages, bytesBefore, bytesAfter, outcome } = run;
  return [
    `Tidied in ${(tookMs / 1_000).toFixed(1)} s: ${
      formatCount(expiredRows, "row")
    } whose time was over, ${formatCount(freedPages, "page")} given back to the disk.`,
    `${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} now.`,
    ...(outcome === "whole"
      ? []
      : ["The time was over before all was done: say it again to go on."]),
    ...removed.map((path) => `Removed ${path}, which is not needed any more.`),
  ].join("\n");
}
