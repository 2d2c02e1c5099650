import { type BackupFacts, judgeBackup } from "../../host/doctor/backup.ts";
import type { Backup } from "../../storage/backups.ts";
import { judgeUpkeep } from "../../host/doctor/upkeep.ts";
import type { UpkeepRun } from "../../storage/upkeep_runs.ts";
import { checkFindings } from "../support/findings.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const GOOD: Backup = {
  ...{ id: 1, folder: "backups", file: "a.db", state: "good", begunAtMs: NOW - 5 * HOUR },
  ...{ endedAtMs: NOW - 4 * HOUR, bytes: 24_000_000, entries: 1_204, size: 1_204, root: "" },
  ...{ problem: "", rehearsedAtMs: null, rehearsalMs: null, rehearsalProblem: "" },
};
const PLAN = { folder: "backups", keepDays: 7, keepWeeks: 4 };

Deno.test("doctor says how old the newest backup is, and why there is none", () => {
  const facts = (changes: Partial<BackupFacts>) =>
    judgeBackup({
      ...{ nowMs: NOW, plan: undefined, newest: GOOD, newestTry: undefined, rehearsal: undefined },
      ...changes,
    });
  const aged = (ms: number) => ({ newest: { ...GOOD, begunAtMs: NOW - ms } });
  const failed: Backup = { ...GOOD, state: "failed", problem: "The disk is full. Make room." };
  const tried: Backup = { ...GOOD, rehearsedAtMs: NOW - 3 * DAY, rehearsalMs: 900 };
  const sick: Backup = { ...tried, rehearsalProblem: "The copy is cut off." };
  checkFindings([
    ["none", facts({ newest: undefined }), "warning", /There is none.*every night/],
    ["before the first night", facts({ newest: undefined, plan: PLAN }), "warning", /first night/],
    ["well", facts({}), "ok", /from 5 hours ago \(24 MB, 1,204 entries verified\)\./],
    ["rehearsed", facts({ plan: PLAN, rehearsal: tried }), "ok", /for trial 3 days ago/],
    ["rehearsal failed", facts({ rehearsal: sick }), "problem", /for trial: The copy is cut off/],
    [
      "the night failed",
      facts({ plan: PLAN, newestTry: failed }),
      "problem",
      /disk is full\. Make room/,
    ],
    ["no plan any more", facts({ newestTry: failed }), "ok", /5 hours ago/],
    ["nights without one", facts({ plan: PLAN, ...aged(2 * DAY) }), "problem", /due every night/],
    ["one night late", facts({ plan: PLAN, ...aged(2 * DAY - 1) }), "ok", /yesterday/],
    ["by hand, a week ago", facts(aged(7 * DAY)), "warning", /7 days ago/],
    ["by hand, days ago", facts(aged(7 * DAY - 1)), "ok", /6 days ago/],
  ]);
});

Deno.test("doctor says when the database was tidied, and that it was not", () => {
  const run: UpkeepRun = {
    ...{
      begunAtMs: NOW - 5 * HOUR,
      tookMs: 2_000,
      outcome: "whole",
      expiredRows: 3,
      mergedSteps: 1,
    },
    ...{ freedPages: 500, bytesBefore: 14_000_000, bytesAfter: 12_000_000 },
  };
  const upkeep = (changes: Partial<UpkeepRun>, isServed = true) =>
    judgeUpkeep({ nowMs: NOW, isServed, newest: { ...run, ...changes } });
  const old = { begunAtMs: NOW - 3 * DAY - 1 };
  checkFindings([
    ["never", judgeUpkeep({ nowMs: NOW, isServed: true, newest: undefined }), "ok", /first night/],
    ["well", upkeep({}), "ok", /tidied 5 hours ago; 2 MB were given back to the disk\./],
    ["nothing to give", upkeep({ bytesAfter: 14_000_000 }), "ok", /tidied 5 hours ago\./],
    ["not done", upkeep({ outcome: "out_of_time" }), "ok", /the next night goes on/],
    ["failed", upkeep({ outcome: "failed" }), "problem", /could not be tidied.*disk is full/],
    ["long ago", upkeep(old), "warning", /tidied last 3 days ago/],
    ["long ago and not served", upkeep(old, false), "ok", /3 days ago/],
  ]);
});
