/** Copying a database into a new file, while others write to it or not. @module */
import { backup, DatabaseSync } from "node:sqlite";
import { DatabaseProblem, explainError, explainOpenError } from "./database_problem.ts";
import { isThere } from "./part_file.ts";

/** Bytes after which whoever watches is told. */
const STEP_BYTES = 16_777_216;
/** The same in pages, of which all databases have 4 KiB large ones. */
const STEP_PAGES = STEP_BYTES / 4_096;
/** Bytes read at once: more is slower, because they leave the processor's cache. */
const READ_BYTES = 262_144;
/** The header of a -wal file, with salts that change whenever it is begun anew (SQLite file format, section 4.1). */
const WAL_HEADER_BYTES = 32;

/** Told how far the copying is, in pages or bytes of the file. */
export type OnCopy = ((copied: number, total: number) => void) | undefined;

/** How to copy a database in use. */
export type SharedOptions = Readonly<{
  /**
   * Takes the handles of database files, which its owner closes after the last connection of this process to the database: on POSIX,
   * closing one takes SQLite's locks of the whole process off the file. Without it SQLite copies page by page, at half the speed.
   */
  handles?: DisposableStack | undefined;
  onCopy?: OnCopy;
}>;

/** From a database that others may be writing to, as it was at one moment of the call; on the disk when it is over. */
export async function copyShared(
  path: string,
  target: string,
  { handles, onCopy }: SharedOptions,
): Promise<void> {
  const place = findPlace(path);
  const source = openSource(path);
  try {
    source.exec("pragma busy_timeout = 5000");
    // One state of the database for all of the copying: no checkpoint moves into the file what was committed after it.
    source.exec("begin");
    source.prepare("select count(*) from sqlite_schema").get();
    if (handles === undefined) await copyPages(source, target, onCopy);
    else {
      if (isInWal(source) && !isThere(`${path}-wal`)) throw makeReplacedProblem(path);
      copyHeld(path, target, { handles, onCopy });
      // Opened by their names, one after the other: what a restore exchanged between them does not belong together.
      if (findPlace(path) !== place) throw makeReplacedProblem(path);
    }
  } catch (error) {
    throw withCode(error);
  } finally {
    source.close();
  }
}

/** From a file that nobody writes to, with what a killed program left beside it; its folder may be read-only. */
export function copyFile(path: string, target: string, { onCopy }: { onCopy?: OnCopy }): void {
  for (const end of ["", "-wal", "-journal"]) {
    if (end !== "" && !isThere(path + end)) continue;
    using file = Deno.openSync(path + end);
    copyInto({ path: path + end, file }, target + end, end === "" ? { onCopy } : {});
  }
}

/** A file to read from, with its name for the person. */
export type Source = Readonly<{ path: string; file: Deno.FsFile }>;

/**
 * While a read transaction is open. The -wal goes first: all that a checkpoint may still move into the file is in it. Where it was begun
 * anew in the meantime everything in it had been moved before the transaction began, and the file alone is the state.
 */
function copyHeld(
  path: string,
  target: string,
  { handles, onCopy }: Readonly<{ handles: DisposableStack; onCopy: OnCopy }>,
): void {
  if (isThere(`${path}-wal`)) {
    using file = Deno.openSync(`${path}-wal`);
    const wal = { path: `${path}-wal`, file };
    const before = readHeader(wal);
    copyInto(wal, `${target}-wal`, { bytes: file.statSync().size, onCopy });
    const after = readHeader(wal);
    if (before.some((byte, n) => byte !== after[n])) Deno.removeSync(`${target}-wal`);
  }
  copyInto({ path, file: handles.use(Deno.openSync(path)) }, target, { onCopy });
}

/** Which file lies at a path; undefined when there is none. */
function findPlace(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isInWal(source: DatabaseSync): boolean {
  return source.prepare("pragma journal_mode").get()?.["journal_mode"] === "wal";
}

function makeReplacedProblem(path: string): DatabaseProblem {
  return new DatabaseProblem(
    "busy",
    `Cannot copy ${path}: another program put another file in its place, or took away the -wal file beside it. Try again.`,
  );
}

function readHeader(wal: Source): Uint8Array {
  const header = new Uint8Array(WAL_HEADER_BYTES);
  wal.file.seekSync(0, Deno.SeekMode.Start);
  read(wal, header);
  return header;
}

/** Copies a file from its beginning to its end, but `bytes` at most, into a new one, onto the disk. Throws what the system says. */
export function copyInto(
  from: Source,
  target: string,
  { bytes = Infinity, onCopy }: Readonly<{ bytes?: number; onCopy?: OnCopy }> = {},
): void {
  using to = Deno.openSync(target, { write: true, createNew: true, mode: 0o600 });
  const { size: total } = from.file.statSync();
  const buffer = new Uint8Array(READ_BYTES);
  from.file.seekSync(0, Deno.SeekMode.Start);
  let copied = 0;
  let nextStep = STEP_BYTES;
  while (copied < bytes) {
    const n = read(from, buffer.subarray(0, Math.min(READ_BYTES, bytes - copied)));
    if (n === 0) break;
    for (let at = 0; at < n;) at += to.writeSync(buffer.subarray(at, n));
    copied += n;
    if (copied < nextStep) continue;
    onCopy?.(Math.min(copied, total), total);
    nextStep += STEP_BYTES;
  }
  onCopy?.(total, total);
  to.syncDataSync();
}

/** What cannot be read is told as SQLite would tell it, by the name of what is read: the disk of the copy is another one. */
function read(from: Source, into: Uint8Array): number {
  try {
    return from.file.readSync(into) ?? 0;
  } catch (cause) {
    const error = new Error("disk I/O error", { cause });
    throw explainError(Object.assign(error, { errcode: CODES[error.message] }), from.path);
  }
}

async function copyPages(source: DatabaseSync, target: string, onCopy: OnCopy): Promise<void> {
  (await Deno.open(target, { write: true, createNew: true, mode: 0o600 })).close();
  await backup(source, target, {
    rate: STEP_PAGES,
    progress: ({ totalPages, remainingPages }) => onCopy?.(totalPages - remainingPages, totalPages),
  });
}

/** SQLite's result codes by its words: errors of the copier carry the words only. */
const CODES: Readonly<Record<string, number>> = {
  "database is locked": 5,
  "attempt to write a readonly database": 8,
  "disk I/O error": 10,
  "unable to open database file": 10,
  "database disk image is malformed": 11,
  "database or disk is full": 13,
  "file is not a database": 26,
};

function withCode(error: unknown): unknown {
  if (!(error instanceof Error) || "errcode" in error) return error;
  const errcode = CODES[error.message];
  return errcode === undefined ? error : Object.assign(error, { errcode });
}

function openSource(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true });
  } catch (error) {
    throw explainOpenError(error, path);
  }
}
