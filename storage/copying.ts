/** Copying a database into a new file: page by page while others write to it, or as the file it is. @module */
import { backup, DatabaseSync } from "node:sqlite";
import { explainOpenError } from "./database_problem.ts";
import { isThere } from "./part_file.ts";

/** Pages copied at once: 16 MiB, after which whoever watches is told. */
const COPY_PAGES = 4_096;
/** Bytes read at once from a file. */
const COPY_BYTES = 1_048_576;

/** Told how far the copying is, in pages or bytes of the file. */
export type OnCopy = ((copied: number, total: number) => void) | undefined;

/** From a database that others may be writing to. */
export async function copyPages(path: string, target: string, onCopy: OnCopy): Promise<void> {
  (await Deno.open(target, { write: true, createNew: true, mode: 0o600 })).close();
  const source = openSource(path);
  try {
    // One state of the database for all steps; without it SQLite begins again after every commit of others, and never ends
    // while somebody writes.
    source.exec("begin");
    source.prepare("select count(*) from sqlite_schema").get();
    await backup(source, target, {
      rate: COPY_PAGES,
      progress: ({ totalPages, remainingPages }) =>
        onCopy?.(totalPages - remainingPages, totalPages),
    });
  } catch (error) {
    throw withCode(error);
  } finally {
    source.close();
  }
}

/** From a file that nobody writes to, with what a killed program left beside it; its folder may be read-only. */
export async function copyBytes(path: string, target: string, onCopy: OnCopy): Promise<void> {
  const total = (await Deno.stat(path)).size;
  let copied = 0;
  const buffer = new Uint8Array(COPY_BYTES);
  for (const end of ["", "-wal"]) {
    if (end !== "" && !isThere(path + end)) continue;
    using from = await Deno.open(path + end, { read: true });
    using to = await Deno.open(target + end, { write: true, createNew: true, mode: 0o600 });
    for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
      for (let at = 0; at < n;) at += await to.write(buffer.subarray(at, n));
      copied += n;
      onCopy?.(Math.min(copied, total), total);
    }
  }
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
