/** The file that SQLite keeps beside the database: the wrong one, or none where one must be. @module */
import { deleteAnyLease, findLease } from "../storage/leases.ts";
import {
  type Database,
  DatabaseProblem,
  openAnyVersion,
  openLookedAt,
} from "../storage/database.ts";
import { findSize } from "../storage/upgrade_copies.ts";
import { isContinued } from "../storage/wal_check.ts";
import { CommandProblem, type Context } from "./command.ts";
import { findHolder } from "./lease.ts";
import { PROGRAM_CALL } from "./program_version.ts";

/** A new file is empty for a moment, while another program makes it. */
const NEW_MS = 1_000;

/** Throws CommandProblem for an empty file: a capsule that was there is gone, and nobody should set up another by accident. */
export async function refuseEmpty(path: string): Promise<void> {
  if (findSize(path) !== 0) return;
  await new Promise((resolve) => setTimeout(resolve, NEW_MS));
  if (findSize(path) !== 0) return;
  throw new CommandProblem(
    "database_empty",
    `Cannot open ${path}: the file is empty, so no capsule is in it. Restore the newest backup with ` +
      `"${PROGRAM_CALL} restore FILE --replace", or delete the file to begin anew; nothing was changed.`,
  );
}

/**
 * Before the database is opened for writing, which takes in what stands beside it. Throws CommandProblem for a file that belongs to
 * another database; says so where the file is missing that belongs there.
 */
export async function checkBeside(
  { dataPath, now, remark }: Pick<Context, "dataPath" | "now" | "remark">,
): Promise<void> {
  const bytes = findSize(`${dataPath}-wal`);
  if (bytes === 0 || findSize(dataPath) === undefined) return;
  if (bytes === undefined) {
    // It ended in order, or what stood there was lost: then the server that ran has not given its lease back.
    if (await look(() => openAnyVersion(dataPath).db, (db) => findLease(db) !== undefined)) {
      remark(makeMissingSentence(dataPath));
    }
    return;
  }
  const isFree = await look(
    () => openLookedAt(dataPath),
    async (db) => await findHolder(db, now) === undefined,
  );
  if (isFree !== true || isContinued(dataPath)) return;
  throw new CommandProblem(
    "wal_of_another",
    `Cannot open ${dataPath}: ${dataPath}-wal beside it belongs to another database, or to another state of this one. ` +
      `If you put ${dataPath} here by itself, move ${dataPath}-wal and ${dataPath}-shm elsewhere and start again; nothing was changed.`,
  );
}

/** What cannot be read even for a look is opened in earnest next, which says what is wrong. */
async function look(
  open: () => Database,
  work: (db: Database) => boolean | Promise<boolean>,
): Promise<boolean | undefined> {
  try {
    using db = open();
    return await work(db);
  } catch (error) {
    if (error instanceof DatabaseProblem) return undefined;
    throw error;
  }
}

function makeMissingSentence(path: string): string {
  return `${path} was being served when it was copied or its machine stopped, and ${path}-wal, where the newest pieces were, is not beside it. ` +
    "If you have that file, stop, put it there and start again; otherwise your followers are asked for what is missing before anything is signed.";
}

/** Whether the -wal file holds something now: asked before a command, for `forgetDeadServer` after it. */
export function hasBeside(path: string): boolean {
  return (findSize(`${path}-wal`) ?? 0) > 0;
}

/**
 * After a command that found something in the -wal file: when it is gone now, the command was the last to use the database and no
 * server runs. The lease of one that was killed is then forgotten, so that only a file that was lost looks like one.
 */
export function forgetDeadServer(path: string): void {
  if (findSize(`${path}-wal`) !== undefined || !findSize(path)) return;
  try {
    using db = openAnyVersion(path).db;
    if (findLease(db) !== undefined) deleteAnyLease(db);
  } catch {
    // What was wrong with it the command has said.
  }
}
