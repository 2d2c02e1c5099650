/** Copies that stand beside the database: of before an upgrade, and of after one that was taken back. @module */
import { DatabaseSync } from "node:sqlite";
import { copyInto } from "./copying.ts";
import { DatabaseProblem, explainError, explainOpenError } from "./database_problem.ts";

const COMPARED_BYTES = 1 << 20;
/** What SQLite keeps beside a database. */
const ENDS = ["-wal", "-shm", "-journal"];

/** The name of the copy that is made of a database of some version before it is brought up to date. */
export function makeCopyPath(path: string, version: number): string {
  return `${path}.version-${version}`;
}

/** The name under which a database is kept when the copy of before takes its place again. */
export function makeAsidePath(path: string, version: number): string {
  return `${path}.rolled-back-${version}`;
}

/** Lists the versions of which a whole copy stands beside a database, the newest first; none that is newer than `below`. */
export function listCopies(path: string, below: number): number[] {
  const found: number[] = [];
  for (let version = below - 1; version > 0; version -= 1) {
    if (findSize(makeCopyPath(path, version)) !== undefined) found.push(version);
  }
  return found;
}

/**
 * Makes a copy of a database file that nobody writes to, and whose -wal is empty: whole or not at all, on the disk, sound in
 * SQLite's eyes, readable by its owner only. One that is there already with the same bytes is kept: "kept". Throws
 * DatabaseProblem "full" with how much room is needed, "damaged", "unwritable"; nothing stays behind then. `handles` takes what it
 * read from: closed at once it would take the locks of this process off the file.
 */
export function copyBeside(
  path: string,
  target: string,
  handles: DisposableStack,
): "made" | "kept" {
  const file = handles.use(Deno.openSync(path));
  if (hasSameBytes(file, target)) return "kept";
  const part = `${target}.part`;
  removeDatabase(part);
  try {
    copyInto({ path, file }, part);
    checkPages(part);
    syncFile(part);
    Deno.renameSync(part, target);
    syncFolder(target);
    return "made";
  } catch (error) {
    removeDatabase(part);
    throw explainCopying(error, path);
  }
}

/** Throws DatabaseProblem "damaged" unless every page of the file is sound. Nothing is written to it. */
export function checkPages(path: string): void {
  const found = readPagesCheck(path);
  if (found === "ok") return;
  throw new DatabaseProblem(
    "damaged",
    `Cannot use ${path}: some of its pages are damaged (${found}).`,
  );
}

function readPagesCheck(path: string): string {
  let connection: DatabaseSync;
  try {
    connection = new DatabaseSync(path);
  } catch (error) {
    throw explainOpenError(error, path);
  }
  try {
    const row = connection.prepare("pragma quick_check(1)").get() as { quick_check: string };
    return row.quick_check;
  } catch (error) {
    const explained = explainError(error, path);
    if (explained instanceof DatabaseProblem && explained.kind !== "damaged") throw explained;
    return "SQLite cannot read it";
  } finally {
    connection.close();
  }
}

function explainCopying(error: unknown, path: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isFull = code === "ENOSPC" || code === "EDQUOT" ||
    (error instanceof DatabaseProblem && error.kind === "full");
  if (isFull) return makeRoomProblem(path, error);
  if (error instanceof DatabaseProblem) {
    if (error.kind !== "damaged") return error;
    return new DatabaseProblem(
      "damaged",
      `Cannot bring ${path} up to date: some of its pages are damaged. Nothing was changed; restore the newest backup with "capsule restore FILE --replace".`,
      { cause: error },
    );
  }
  return new DatabaseProblem(
    "unwritable",
    `Cannot bring ${path} up to date: the copy of it that is made before could not be written. Give this program the right to write into the folder; nothing was changed.`,
    { cause: error },
  );
}

/** The problem of a disk without room for a copy and for the change itself. */
export function makeRoomProblem(path: string, cause: unknown): DatabaseProblem {
  const bytes = findSize(path) ?? 0;
  return new DatabaseProblem(
    "full",
    `Cannot bring ${path} up to date: a copy of it is made before, and that and the change need up to ${
      formatMegabytes(2 * bytes)
    } of room, more than the disk has. Free that much and start again; nothing was changed.`,
    { cause },
  );
}

function formatMegabytes(bytes: number): string {
  return `${Math.max(1, Math.ceil(bytes / 1_000_000))} MB`;
}

function hasSameBytes(first: Deno.FsFile, other: string): boolean {
  if (findSize(other) !== first.statSync().size) return false;
  using second = Deno.openSync(other);
  const [a, b] = [new Uint8Array(COMPARED_BYTES), new Uint8Array(COMPARED_BYTES)];
  while (true) {
    const count = readFully(first, a);
    if (readFully(second, b) !== count) return false;
    if (count === 0) return true;
    for (let n = 0; n < count; n += 1) if (a[n] !== b[n]) return false;
  }
}

function readFully(file: Deno.FsFile, into: Uint8Array): number {
  let count = 0;
  while (count < into.length) {
    const read = file.readSync(into.subarray(count));
    if (read === null) break;
    count += read;
  }
  return count;
}

/** The size of a file in bytes; undefined when there is none, or none that may be looked at: whoever opens it is told why. */
export function findSize(path: string): number | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a database file that nobody has open, and what SQLite left beside it; answers whether there was one. */
export function removeDatabase(path: string): boolean {
  const isThere = findSize(path) !== undefined;
  for (const end of ["", ...ENDS]) {
    try {
      Deno.removeSync(path + end);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return isThere;
}

function syncFile(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

/** A name is on the disk when its folder is; where folders cannot be synced the file system sees to it. */
export function syncFolder(path: string): void {
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  try {
    using handle = Deno.openSync(folder);
    handle.syncSync();
  } catch {
    // Windows has no such thing.
  }
}
