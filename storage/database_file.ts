/** What can be known of a database file before SQLite opens it. @module */
import { DATABASE_VERSION } from "./migrations.ts";
import { DatabaseProblem } from "./database_problem.ts";
import { isThere, removeDatabase } from "./part_file.ts";

const MAGIC = "SQLite format 3\0";

/**
 * Checks folder and file and creates a missing file readable by its owner only (it holds the signing key): "created".
 * Throws DatabaseProblem with what was expected, what was found and what to do.
 */
export function checkDatabaseFile(
  path: string,
  options: Readonly<{ isReadOnly: boolean; mustExist: boolean }>,
): "found" | "created" {
  const info = findFile(path);
  if (info === undefined) {
    if (options.isReadOnly || options.mustExist) {
      throw new DatabaseProblem(
        "missing",
        `Cannot open ${path}: there is no such file. Go to the folder of your capsule, name its database with --data, ` +
          'or make a capsule first: "capsule serve".',
      );
    }
    return createFile(path);
  }
  if (!info.isFile) {
    throw new DatabaseProblem(
      "not_a_database",
      `Cannot open ${path}: expected a database file, found ${
        info.isDirectory ? "a folder" : "something that is no file"
      }. Name a file with --data.`,
    );
  }
  // Where the file is in use, perhaps by this very process, it is not opened past SQLite: closing it again would take the locks of
  // this process off it (POSIX), and the next program to leave would take the -wal along. Whoever came first has looked.
  if (isThere(`${path}-shm`)) return "found";
  checkMagic(path, info.size);
  if (!options.isReadOnly) checkWritable(path);
  return "found";
}

/** Takes a file away again that could be created but not filled; one in which there is something stays. */
export function removeIfEmpty(path: string): void {
  if (findFile(path)?.size === 0) removeDatabase(path);
}

/** Where a file's header has `user_version`, big-endian. */
const VERSION_OFFSET = 60;

/**
 * Says whether a file looks like a database of an older version: a look at its header. A newer state may stand in the -wal beside
 * it; false for whatever cannot be read, which opening it explains.
 */
export function isOlderFile(path: string): boolean {
  const header = new Uint8Array(100);
  try {
    using file = Deno.openSync(path);
    if (file.readSync(header) !== header.length) return false;
  } catch {
    return false;
  }
  if (String.fromCharCode(...header.subarray(0, MAGIC.length)) !== MAGIC) return false;
  const version = new DataView(header.buffer).getUint32(VERSION_OFFSET);
  return version > 0 && version < DATABASE_VERSION;
}

function findFile(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw unwritable(path, "this program may not look there", error);
  }
}

function createFile(path: string): "found" | "created" {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    return "created";
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return "found";
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new DatabaseProblem(
        "missing",
        `Cannot create ${path}: its folder does not exist. Create the folder, or name another file with --data.`,
        { cause: error },
      );
    }
    throw unwritable(path, "its folder cannot be written", error);
  }
}

function checkMagic(path: string, size: number): void {
  // An empty file is a new database.
  if (size === 0) return;
  const found = new Uint8Array(MAGIC.length);
  try {
    using file = Deno.openSync(path, { read: true });
    file.readSync(found);
  } catch (error) {
    throw unwritable(path, "it cannot be read", error);
  }
  if (String.fromCharCode(...found) === MAGIC) return;
  throw new DatabaseProblem(
    "not_a_database",
    `Cannot open ${path}: expected a capsule's database, found a file of another kind. Name the right file with --data; this one was not changed.`,
  );
}

function checkWritable(path: string): void {
  try {
    Deno.openSync(path, { write: true }).close();
  } catch (error) {
    throw unwritable(path, "the file is read-only", error);
  }
}

function unwritable(path: string, found: string, cause: unknown): DatabaseProblem {
  return new DatabaseProblem(
    "unwritable",
    `Cannot open ${path}: ${found}. Give this program the right to read and write the file and its folder, or name another file with --data.`,
    { cause },
  );
}
