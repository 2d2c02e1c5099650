/** One run of the plan for backups: make one, verify it, let old ones go, rehearse restoring it. @module */
import { join } from "node:path";
import { verifySignature } from "../mesh/verify_signature.ts";
import { backupDatabase, type CopyOptions, rehearseRestore } from "../storage/backup.ts";
import {
  findBackupPlan,
  type StoredBackupPlan,
  updatePlanPrepared,
} from "../storage/backup_plan.ts";
import { isBackupName, listRemovals, makeBackupName } from "../storage/backup_rotation.ts";
import {
  findBegunBackup,
  findNewestRehearsal,
  insertBackup,
  listKeptBackups,
  updateBackupFailed,
  updateBackupGood,
  updateBackupRemoved,
  updateRehearsal,
} from "../storage/backups.ts";
import { type Database, openDatabase } from "../storage/database.ts";
import { isThere, removeFile, removeLeftovers } from "../storage/part_file.ts";
import { compareBackup } from "../storage/rehearsal.ts";
import { findSettings } from "../storage/settings.ts";
import { verifyStore } from "../storage/verify.ts";
import { backupFolder } from "./backup_folder.ts";
import { explainFile } from "./files.ts";
import { problemOf } from "./problems.ts";

/** A good backup is restored for trial this long after the newest trial. */
const REHEARSE_MS = 7 * 86_400_000;
/** Stands in the folder of the plan: where it is missing a disk is not mounted, or the folder is another one. */
const SIGN_FILE = "CAPSULE-BACKUPS.txt";
const SIGN = `Backups of a capsule, one file each, made and verified by the program itself.

They hold the keys of the capsule: keep them as private as the capsule itself.
To restore one, on any machine: capsule restore FILE
Files with other names are left alone. Without this file no backups are written here.
`;

/** What a run works with. */
export type PlannedRun = Readonly<{
  dataPath: string;
  now: () => number;
  /** Asked between two steps of the work: true ends it soon, and nothing is left of what was begun. */
  isStopped: () => boolean;
}>;

/** How a run ended, for the log. */
export type PlannedResult = Readonly<
  | {
    outcome: "good";
    file: string;
    bytes: number;
    entries: number;
    removed: number;
    rehearsal?: string;
  }
  | { outcome: "failed"; problem: string }
  | { outcome: "stopped" | "none" }
>;

class Stopped extends Error {}

/** Makes one backup by the plan, if there is a plan. What goes wrong stands in its row; it throws only when the database cannot be written. */
export async function runPlannedBackup(run: PlannedRun): Promise<PlannedResult> {
  const begun = withDatabase(run, (db) => begin(db, run));
  if (begun === undefined) return { outcome: "none" };
  const { id, plan, file } = begun;
  const folder = backupFolder(run.dataPath, plan);
  const path = join(folder, file);
  try {
    await prepareFolder(run, plan, folder);
    removeLeftovers(folder, isBackupName);
    const copied = await backupDatabase(run.dataPath, path, watch(run));
    const removed = withDatabase(run, (db) => {
      updateBackupGood(db, id, copied, run.now());
      return rotate(db, run, plan);
    });
    const rehearsal = await rehearse(run, id, path);
    const { bytes, entries } = copied;
    return {
      outcome: "good",
      file: path,
      bytes,
      entries,
      removed,
      ...(rehearsal && { rehearsal }),
    };
  } catch (error) {
    if (error instanceof Stopped || run.isStopped()) {
      withDatabase(run, (db) => updateBackupFailed(db, id, STOPPED, run.now()));
      return { outcome: "stopped" };
    }
    const problem = explain(error, path);
    withDatabase(run, (db) => updateBackupFailed(db, id, problem, run.now()));
    return { outcome: "failed", problem };
  }
}

const STOPPED = "The program was stopped while it was being made; it is made again.";

/** Connections are short: while a backup is made nothing of this run holds the database. */
function withDatabase<T>({ dataPath }: PlannedRun, work: (db: Database) => T): T {
  using db = openDatabase(dataPath, { mustExist: true });
  return work(db);
}

/** Settles what a killed run left, then writes the row of this one; a file under its last name was verified before it got it. */
function begin(
  db: Database,
  { dataPath, now }: PlannedRun,
): { id: number; plan: StoredBackupPlan; file: string } | undefined {
  const plan = findBackupPlan(db);
  for (let left = findBegunBackup(db); left !== undefined; left = findBegunBackup(db)) {
    const path = join(backupFolder(dataPath, { folder: left.folder ?? "" }), left.file);
    // Its counts are not known any more: it makes no claim, and is not rotated.
    if (isThere(path)) removeFile(path);
    updateBackupFailed(db, left.id, STOPPED, now());
  }
  if (plan === undefined) return undefined;
  const nowMs = now();
  const file = makeBackupName(nowMs);
  return { id: insertBackup(db, { folder: plan.folder, file, nowMs }), plan, file };
}

async function prepareFolder(
  run: PlannedRun,
  plan: StoredBackupPlan,
  folder: string,
): Promise<void> {
  const sign = join(folder, SIGN_FILE);
  if (plan.isPrepared) {
    if (isThere(sign)) return;
    throw new FolderGone(
      `Cannot write into ${folder}: expected the folder that was chosen for backups, found none ` +
        `(its file ${SIGN_FILE} is not there). Is its disk mounted? To begin it anew, save the settings for backups again.`,
    );
  }
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(sign, SIGN, { mode: 0o600 });
  withDatabase(run, updatePlanPrepared);
}

class FolderGone extends Error {}

/** In this thread alone: the other cores are the readers'. */
function watch({ isStopped }: PlannedRun): CopyOptions {
  const check = () => {
    if (isStopped()) throw new Stopped();
  };
  return {
    onCopy: check,
    verify: (db) => {
      const verified = verifyStore(db, { verify: verifySignature, onProgress: check, limit: 3 });
      // What was thrown in it counts there as damage.
      check();
      return verified;
    },
  };
}

function rotate(db: Database, { dataPath }: PlannedRun, plan: StoredBackupPlan): number {
  const kept = listKeptBackups(db, plan.folder);
  const removals = listRemovals(kept, plan, findSettings(db).timeZone);
  for (const { id, file } of removals) {
    removeFile(join(backupFolder(dataPath, plan), file));
    updateBackupRemoved(db, id);
  }
  return removals.length;
}

/** Restores the new backup for trial when it is time; answers how that went, or undefined when it was not. */
async function rehearse(run: PlannedRun, id: number, path: string): Promise<string | undefined> {
  const newest = withDatabase(run, findNewestRehearsal);
  const isFresh = newest !== undefined && newest.rehearsalProblem === "" &&
    Math.abs(run.now() - (newest.rehearsedAtMs ?? 0)) < REHEARSE_MS;
  if (isFresh) return undefined;
  const startedAtMs = performance.now();
  let problem = "";
  try {
    using copy = await rehearseRestore(path, path, watch(run));
    problem = withDatabase(run, (db) => compareBackup(db, copy.copied)).problem ?? "";
  } catch (error) {
    // The backup is there and good; the next one is rehearsed.
    if (error instanceof Stopped || run.isStopped()) return undefined;
    problem = explain(error, path);
  }
  const tookMs = performance.now() - startedAtMs;
  withDatabase(run, (db) => updateRehearsal(db, id, { tookMs, problem, nowMs: run.now() }));
  return problem === "" ? "well" : problem;
}

function explain(error: unknown, path: string): string {
  if (error instanceof FolderGone) return error.message;
  return problemOf(explainFile(error, `Cannot write ${path}`, "a folder that is there")).message;
}
