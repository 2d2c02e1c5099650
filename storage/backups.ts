/** What came of backups: those by the plan, with their files, and those by commands. @module */
import type { Database } from "./database.ts";

/** One backup, or a try. */
export type Backup = Readonly<{
  /** Its number here. */
  id: number;
  /** The folder of the plan it was made by; null for one by a command. */
  folder: string | null;
  /** Name in that folder; of a command what was typed, "-" for standard output. */
  file: string;
  /** "begun": it is being made, or was cut off; "removed": it was good and made room for newer ones. */
  state: "begun" | "good" | "failed" | "removed";
  /** Unix ms. It holds what was published before. */
  begunAtMs: number;
  /** Unix ms; null while it is being made. */
  endedAtMs: number | null;
  /** Size of the file; null unless it was good, as the following. */
  bytes: number | null;
  /** Entries of all logs in it, verified. */
  entries: number | null;
  /** Entries of the own log. */
  size: number | null;
  /** Root hash of the own log, Base64. */
  root: string | null;
  /** Why it failed, in a sentence; "" when it did not. */
  problem: string;
  /** When it was restored for trial last, Unix ms; null for never. */
  rehearsedAtMs: number | null;
  /** How long that took, in milliseconds. */
  rehearsalMs: number | null;
  /** Why it could not be restored, in a sentence; "" when it could. */
  rehearsalProblem: string;
}>;

/** What makes a backup good. */
export type BackupFacts = Readonly<
  { bytes: number; entries: number; size: number; root: string }
>;

/** Rows kept of those that have no file any more. */
const ROWS_MAX = 200;
const COLUMNS = `id, folder, file, state, begun_at_ms as begunAtMs, ended_at_ms as endedAtMs,
  bytes, entries, size, root, problem, rehearsed_at_ms as rehearsedAtMs,
  rehearsal_ms as rehearsalMs, rehearsal_problem as rehearsalProblem`;
// By the number: a clock may have been set back.
const NEWEST = "order by id desc";

/** Finds a backup by its number. */
export function findBackup(db: Database, id: number): Backup | undefined {
  return db.prepare(`select ${COLUMNS} from backups where id = ?`).get(id) as Backup | undefined;
}

/** Finds the newest good backup, by the plan or by a command; undefined when there was none. */
export function findNewestBackup(db: Database): Backup | undefined {
  return db.prepare(
    `select ${COLUMNS} from backups where state in ('good', 'removed') ${NEWEST} limit 1`,
  ).get() as Backup | undefined;
}

/** Finds the newest try by the plan that has ended, good or not. */
export function findNewestTry(db: Database): Backup | undefined {
  return db.prepare(
    `select ${COLUMNS} from backups where folder is not null and state <> 'begun' ${NEWEST} limit 1`,
  ).get() as Backup | undefined;
}

/** Finds the backup that was restored for trial last; its `rehearsalProblem` says how that went. */
export function findNewestRehearsal(db: Database): Backup | undefined {
  return db.prepare(
    `select ${COLUMNS} from backups where rehearsed_at_ms is not null
     ${NEWEST} limit 1`,
  ).get() as Backup | undefined;
}

/** Finds the one that is being made by the plan, or was when the program was killed. */
export function findBegunBackup(db: Database): Backup | undefined {
  return db.prepare(`select ${COLUMNS} from backups where state = 'begun' ${NEWEST} limit 1`)
    .get() as Backup | undefined;
}

/** Lists good backups that have a file in a folder of a plan, the newest first, 1,000 at most. */
export function listKeptBackups(db: Database, folder: string): Backup[] {
  return db.prepare(
    `select ${COLUMNS} from backups where folder = ? and state = 'good' ${NEWEST} limit 1000`,
  ).all(folder) as Backup[];
}

/** Inserts the row of a backup that begins, and takes the wish for one back; answers its number. */
export function insertBackup(
  db: Database,
  { folder, file, nowMs }: Readonly<{ folder: string; file: string; nowMs: number }>,
): number {
  return db.transaction(() => {
    db.prepare("update backup_plan set is_asked = 0").run();
    deleteOldRows(db);
    return db.prepare(
      "insert into backups (folder, file, state, begun_at_ms) values (?, ?, 'begun', ?)",
    ).run(folder, file, nowMs).lastId;
  });
}

/** Inserts the row of a backup that a command made. */
export function insertCommandBackup(
  db: Database,
  backup: BackupFacts & Readonly<{ file: string; begunAtMs: number; nowMs: number }>,
): void {
  db.transaction(() => {
    deleteOldRows(db);
    const { file, begunAtMs, nowMs, bytes, entries, size, root } = backup;
    db.prepare(
      `insert into backups (folder, file, state, begun_at_ms, ended_at_ms, bytes, entries, size, root)
       values (null, ?, 'good', ?, ?, ?, ?, ?, ?)`,
    ).run(file.slice(0, 1_000), begunAtMs, nowMs, bytes, entries, size, root);
  });
}

/** Notes that a backup is there, whole and verified. */
export function updateBackupGood(
  db: Database,
  id: number,
  { bytes, entries, size, root }: BackupFacts,
  nowMs: number,
): void {
  db.prepare(
    `update backups set state = 'good', ended_at_ms = ?, bytes = ?, entries = ?, size = ?, root = ?
     where id = ?`,
  ).run(nowMs, bytes, entries, size, root, id);
}

/** Notes why a backup is not there. */
export function updateBackupFailed(
  db: Database,
  id: number,
  problem: string,
  nowMs: number,
): void {
  db.prepare("update backups set state = 'failed', ended_at_ms = ?, problem = ? where id = ?")
    .run(nowMs, problem.slice(0, 1_000), id);
}

/** Notes that a backup's file made room for newer ones. */
export function updateBackupRemoved(db: Database, id: number): void {
  db.prepare("update backups set state = 'removed' where id = ? and state = 'good'").run(id);
}

/** Notes how restoring a backup for trial went; an empty problem is none. */
export function updateRehearsal(
  db: Database,
  id: number,
  { tookMs, problem, nowMs }: Readonly<{ tookMs: number; problem: string; nowMs: number }>,
): void {
  db.prepare(
    "update backups set rehearsed_at_ms = ?, rehearsal_ms = ?, rehearsal_problem = ? where id = ?",
  ).run(nowMs, Math.round(tookMs), problem.slice(0, 1_000), id);
}

/** Forgets, in a copy, what only the database that it was copied from was doing; the folder is made anew where it is restored. */
export function forgetRunningBackup(db: Database): void {
  db.prepare("delete from backups where state = 'begun'").run();
  db.prepare("update backup_plan set is_prepared = 0").run();
}

function deleteOldRows(db: Database): void {
  db.prepare(
    `delete from backups where (state <> 'good' or folder is null)
     and id not in (select id from backups ${NEWEST} limit ${ROWS_MAX - 1})`,
  ).run();
}
