/** Copying a database into a new file, while others write to it or not. @module */
import { backup, DatabaseSync } from "node:sqlite";
import { explainOpenError } from "./database_problem.ts";
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
  const source = openSource(path);
  try {
    // One state of the database for all of the copying: no checkpoint moves into the file what was committed after it.
    source.exec("begin");
    source.prepare("select count(*) from sqlite_schema").get();
    if (handles === undefined) await copyPages(source, target, onCopy);
    else copyHeld(path, target, { handles, onCopy });
  } catch (error) {
    throw withCode(error);
  } finally {
    source.close();
  }
}

/** From a file that nobody writes to, with what a killed program left beside it; its folder may be read-only. */
export function copyFile(path: string, target: string, { onCopy }: { onCopy?: OnCopy }): void {
  using file = Deno.openSync(path);
  copyInto(file, target, { onCopy });
  if (!isThere(`${path}-wal`)) return;
  using wal = Deno.openSync(`${path}-wal`);
  copyInto(wal, `${target}-wal`);
}

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
    using wal = Deno.openSync(`${path}-wal`);
    const before = readHeader(wal);
    copyInto(wal, `${target}-wal`, { bytes: wal.statSync().size, onCopy });
    const after = readHeader(wal);
    if (before.some((byte, n) => byte !== after[n])) Deno.removeSync(`${target}-wal`);
  }
  copyInto(handles.use(Deno.openSync(path)), target, { onCopy });
}

function readHeader(wal: Deno.FsFile): Uint8Array {
  const header = new Uint8Array(WAL_HEADER_BYTES);
  wal.seekSync(0, Deno.SeekMode.Start);
  read(wal, header);
  return header;
}

/** Copies a file from its beginning to its end, but `bytes` at most, onto the disk. */
function copyInto(
  from: Deno.FsFile,
  target: string,
  { bytes = Infinity, onCopy }: Readonly<{ bytes?: number; onCopy?: OnCopy }> = {},
): void {
  using to = Deno.openSync(target, { write: true, createNew: true, mode: 0o600 });
  const { size: total } = from.statSync();
  const buffer = new Uint8Array(READ_BYTES);
  from.seekSync(0, Deno.SeekMode.Start);
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

/** What cannot be read is the disk's error, as SQLite says it; what cannot be written is told by its own name. */
function read(from: Deno.FsFile, into: Uint8Array): number {
  try {
    return from.readSync(into) ?? 0;
  } catch (cause) {
    throw new Error("disk I/O error", { cause });
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
