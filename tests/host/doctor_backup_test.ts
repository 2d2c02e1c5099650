import { type BackupFacts, judgeBackup } from "../../host/doctor/backup.ts";
import type { Backup } from "../../storage/backups.ts";
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
