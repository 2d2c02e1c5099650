/** What can be known of a backup before SQLite opens it: its place, its kind, whether it was cut off. @module */
import { DatabaseProblem } from "./database_problem.ts";

const MAGIC = "SQLite format 3\0";
const HEADER_BYTES = 100;

/** Throws DatabaseProblem with a sentence about a file that cannot be a whole backup: absent, a folder, empty, of another kind, cut off. */
export function checkBackupFile(path: string): void {
  const header = new Uint8Array(HEADER_BYTES);
  let size: number;
  try {
    const info = Deno.statSync(path);
    if (!info.isFile) {
      const found = info.isDirectory ? "a folder" : "something that is no file";
      throw refuse(path, `expected a backup file, found ${found}. Name a file.`);
    }
    size = info.size;
    using file = Deno.openSync(path, { read: true });
    file.readSync(header);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      const message = `Cannot restore ${path}: there is no such file. Check the path.`;
      throw new DatabaseProblem("missing", message, { cause: error });
    }
    throw error;
  }
  if (size === 0) {
    throw refuse(path, "the file is empty. Take another backup; nothing was changed.");
  }
  if (new TextDecoder("latin1").decode(header.subarray(0, MAGIC.length)) !== MAGIC) {
    throw refuse(
      path,
      "expected a backup of a capsule, found a file of another kind. Name another file.",
    );
  }
  const bytes = Math.max(HEADER_BYTES, readLength(header));
  if (size >= bytes) return;
  throw new DatabaseProblem(
    "damaged",
    `Cannot restore ${path}: it was cut off, expected ${bytes} bytes, found ${size}. Copy it again, or take another backup; nothing was changed.`,
  );
}

/** The length in the header (SQLite's file format, 1.3.2 and 1.3.8); 0 where it says nothing. */
function readLength(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  const pageBytes = view.getUint16(16) === 1 ? 65_536 : view.getUint16(16);
  // The number of pages counts only when the one who wrote it last knew of it.
  return view.getUint32(24) === view.getUint32(92) ? pageBytes * view.getUint32(28) : 0;
}

function refuse(path: string, found: string): DatabaseProblem {
  return new DatabaseProblem("not_a_database", `Cannot restore ${path}: ${found}`);
}
