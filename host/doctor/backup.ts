/** Is there a backup, how old is it, and can it be restored? @module */
import { type BackupPlan, findBackupPlan } from "../../storage/backup_plan.ts";
import {
  type Backup,
  findNewestBackup,
  findNewestRehearsal,
  findNewestTry,
} from "../../storage/backups.ts";
import type { Database } from "../../storage/database.ts";
import { describeAge } from "../../views/ages.ts";
import { describeBackup } from "../../views/backups.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { splitAdvice } from "./sentences.ts";

/** What is known of them; undefined where there is none. */
export type BackupFacts = Readonly<{
  nowMs: number;
  plan: BackupPlan | undefined;
  newest: Backup | undefined;
  /** The newest try by the plan that ended. */
  newestTry: Backup | undefined;
  rehearsal: Backup | undefined;
}>;

const NAME = "Backup";
const DAY_MS = 86_400_000;
/** One is made every night: after two something is wrong. */
const PLANNED_DAYS = 2;
/** What a person may forget for a week. */
const BY_HAND_DAYS = 7;
const MAKE =
  'Have one made every night: Settings → Backups, or "capsule backup --nightly backups".';

/** Judges them. */
export function judgeBackup({ nowMs, plan, newest, newestTry, rehearsal }: BackupFacts): Finding {
  if (plan !== undefined && newestTry?.state === "failed") {
    const [text, todo] = splitAdvice(newestTry.problem);
    return problem(NAME, `The last one failed: ${text}`, todo || "It is tried again in an hour.");
  }
  if (rehearsal !== undefined && rehearsal.rehearsalProblem !== "") {
    const [text] = splitAdvice(rehearsal.rehearsalProblem);
    const todo = 'Make another one with "capsule backup", and look at the disk that has them.';
    return problem(NAME, `The newest one could not be restored for trial: ${text}`, todo);
  }
  if (newest === undefined) {
    return warning(NAME, "There is none.", plan === undefined ? MAKE : "Wait for the first night.");
  }
  const days = Math.floor((nowMs - newest.begunAtMs) / DAY_MS);
  const age = describeAge(newest.begunAtMs, nowMs);
  if (plan !== undefined && days >= PLANNED_DAYS) {
    const todo = "Let the server run; its log says why none is made.";
    return problem(NAME, `The newest is from ${age}, though one is due every night.`, todo);
  }
  if (days >= BY_HAND_DAYS) return warning(NAME, `The newest is from ${age}.`, MAKE);
  const tried = typeof rehearsal?.rehearsedAtMs === "number"
    ? `; restored for trial ${describeAge(rehearsal.rehearsedAtMs, nowMs)}`
    : "";
  return fine(NAME, `The newest is from ${age} (${describeBackup(newest)})${tried}.`);
}

/** Reads what came of them. */
export function lookAtBackups(db: Database, nowMs: number): BackupFacts {
  return {
    nowMs,
    plan: findBackupPlan(db),
    newest: findNewestBackup(db),
    newestTry: findNewestTry(db),
    rehearsal: findNewestRehearsal(db),
  };
}
