/** Backup and restore: one file, verified before it counts. @module */
import { backup, DatabaseSync } from "node:sqlite";
import type { Verify } from "../mesh/protocol/public_key.ts";
import { type Database, DatabaseProblem, openDatabase } from "./database.ts";
import { checkDatabaseFile } from "./database_file.ts";
import { findOwnCapsule } from "./capsules.ts";
import { explainError, explainOpenError } from "./database_problem.ts";
import { verifyStore } from "./verify.ts";

/** How to copy a database. */
export type CopyOptions = Readonly<{
  /** Checks an Ed25519 signature: `verifySignature`. */
  verify: Verify;
  /** Replaces a file that is there already. */
  isOverwriting?: boolean | undefined;
  /** Told how far the copying is, in pages of the file. */
  onCopy?: ((copied: number, total: number) => void) | undefined;
  /** Told how far the verifying is, in entries. */
  onVerify?: ((entries: number, total: number) => void) | undefined;
}>;

/** What was copied. */
export type Copied = Readonly<{
  /** Entries in it, all verified. */
  entries: number;
  /** Size of the file in bytes. */
  bytes: number;
}>;

/** Pages copied at once: between them a running server may write. */
const COPY_PAGES = 1_024;

/**
 * Copies the database at `path`, also while a server writes to it, into a new file at `target`, verified. The target
 * appears whole or not at all. Throws DatabaseProblem: "missing", "unwritable" (the target is there), "damaged".
 * SQLite's copying holds up the thread: call it in a worker when that thread also serves.
 */
export async function backupDatabase(
  path: string,
  target: string,
  options: CopyOptions,
): Promise<Copied> {
  checkDatabaseFile(path, { isReadOnly: true, mustExist: true });
  refuseExisting(target, options);
  refuseSource(path, target);
  const part = `${target}.part`;
  removeDatabase(part);
  try {
    await copy(path, part, options);
    const entries = finishCopy(part, options);
    sync(part);
    await replace(part, target);
    return { entries, bytes: (await Deno.stat(target)).size };
  } catch (error) {
    removeDatabase(part);
    throw error;
  }
}

/**
 * Puts a verified copy of the backup at `source` in the place of the database at `path`; no program may have that one
 * open. Throws DatabaseProblem as `backupDatabase` does; the database in place stays as it is then.
 */
export async function restoreDatabase(
  source: string,
  path: string,
  options: CopyOptions,
): Promise<Copied> {
  checkDatabaseFile(source, { isReadOnly: true, mustExist: true });
  refuseExisting(path, options);
  const part = `${path}.part`;
  removeDatabase(part);
  try {
    await copy(source, part, options);
    const entries = finishCopy(part, options);
    sync(part);
    await replace(part, path);
    return { entries, bytes: (await Deno.stat(path)).size };
  } catch (error) {
    removeDatabase(part);
    throw error;
  }
}

async function copy(path: string, target: string, { onCopy }: CopyOptions): Promise<void> {
  (await Deno.open(target, { write: true, createNew: true, mode: 0o600 })).close();
  const source = openSource(path);
  try {
    await backup(source, target, {
      rate: COPY_PAGES,
      progress: ({ totalPages, remainingPages }) =>
        onCopy?.(totalPages - remainingPages, totalPages),
    });
  } catch (error) {
    const explained = explainError(error, target);
    if (explained instanceof DatabaseProblem && explained.kind !== "damaged") throw explained;
    throw new DatabaseProblem(
      "damaged",
      `Cannot copy ${path}: SQLite stopped with an error. Run “capsule verify --all” on it, and check that the disk has room.`,
      { cause: error },
    );
  } finally {
    source.close();
  }
}

function openSource(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true });
  } catch (error) {
    throw explainOpenError(error, path);
  }
}

/** Verifies a copy and takes out what belongs to the running program only; answers its entries. */
function finishCopy(part: string, { verify, onVerify }: CopyOptions): number {
  using db: Database = openDatabase(part, { mustExist: true });
  const { ok, entries, problems } = verifyStore(db, { verify, onProgress: onVerify, limit: 3 });
  if (!ok) {
    throw new DatabaseProblem(
      "damaged",
      "The copy was not kept: damage was found in what was copied. Run “capsule verify --all” on the original, which says where.",
      { cause: problems },
    );
  }
  // Whole, but empty: put in the place of a capsule it would end that one.
  if (findOwnCapsule(db) === undefined) {
    throw new DatabaseProblem(
      "not_a_database",
      "The copy was not kept: expected the database of a capsule, found one in which no capsule is set up. Name another file.",
    );
  }
  db.prepare("delete from leases").run();
  db.prepare("delete from damage").run();
  // One file without -wal, that can be read from a read-only folder too.
  db.prepare("pragma journal_mode = delete").get();
  return entries;
}

function refuseExisting(target: string, { isOverwriting }: CopyOptions): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(target);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!info.isFile && !info.isSymlink) {
    throw new DatabaseProblem(
      "unwritable",
      `Cannot write ${target}: expected the name of a file, found ${
        info.isDirectory ? "a folder" : "something that is no file"
      }. Name a file.`,
    );
  }
  if (isOverwriting === true) return;
  throw new DatabaseProblem(
    "unwritable",
    `Cannot write ${target}: there is a file already. Name another file, or say that it may be overwritten.`,
  );
}

/** A copy in the place of its own source would take the file away under every program that has it open. */
function refuseSource(path: string, target: string): void {
  const source = Deno.realPathSync(path);
  for (const end of ["", "-wal", "-shm", "-journal"]) {
    const found = findRealPath(target);
    if (found === undefined || found !== source + end) continue;
    throw new DatabaseProblem(
      "unwritable",
      `Cannot write ${target}: it belongs to the database that is to be copied. Name another file.`,
    );
  }
}

function findRealPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Puts a finished copy in the place of a file. A leftover -wal of the old one would be replayed into the new one, so its
 * commits go into the old file first: after a kill between these steps the old database is still there, and whole.
 */
async function replace(part: string, target: string): Promise<void> {
  if (exists(`${target}-wal`)) foldIn(target);
  for (const end of ["-wal", "-shm", "-journal"]) remove(target + end);
  await Deno.rename(part, target);
}

/** Moves the commits of a database's -wal into its file. */
function foldIn(path: string): void {
  try {
    const old = new DatabaseSync(path);
    try {
      old.exec("pragma wal_checkpoint(truncate)");
    } finally {
      old.close();
    }
  } catch {
    // Too damaged to read: that is why it is being replaced.
  }
}

function exists(path: string): boolean {
  return findRealPath(path) !== undefined;
}

function sync(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

function removeDatabase(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) remove(path + end);
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
