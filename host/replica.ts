/** A database file that another program writes, or puts a newer one in the place of. @module */
import { type Database, DatabaseProblem, openDatabase } from "../storage/database.ts";
import { CommandProblem } from "./command.ts";
import { requireCapsule } from "./served_database.ts";

/** How often it is looked whether there is another file now. */
const LOOK_MS = 100;

/** The file as it is now. */
export type FollowedFile = Readonly<{
  /** Undefined while what lies there cannot be read. */
  readonly db: Database | undefined;
  /** Opens the file anew if it is another one than before. */
  look: () => void;
  close: () => void;
}>;

/**
 * Opens a file for reading and follows it: what another connection commits SQLite sees itself; a file that was put in its place, or written
 * over, is opened anew. What cannot be read then is told once, and tried again. Throws DatabaseProblem, or CommandProblem where there is no
 * capsule in it, at the first opening only.
 */
export function followFile(path: string, tell: (problem: Error) => void): FollowedFile {
  let mark = markFile(path);
  let db: Database | undefined = openReplica(path);
  let lookedAtMs = performance.now();
  let isTold = false;

  function look(): void {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_MS) return;
    lookedAtMs = nowMs;
    const found = markFile(path);
    if (db !== undefined && (found === mark || found === undefined)) return;
    // First: two files under one name would share the memory beside them.
    db?.close();
    db = undefined;
    mark = found;
    try {
      db = openReplica(path);
      isTold = false;
    } catch (error) {
      const isKnown = error instanceof DatabaseProblem || error instanceof CommandProblem;
      if (!isKnown) throw error;
      if (!isTold) tell(error);
      isTold = true;
    }
  }

  return {
    get db() {
      return db;
    },
    look,
    close: () => db?.close(),
  };
}

function openReplica(path: string): Database {
  const db = openDatabase(path, { isReadOnly: true });
  try {
    requireCapsule(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * What tells one file from another. While a writer keeps a -wal file beside it, the file itself is written now and then, and SQLite knows.
 * Undefined while nothing is there.
 */
function markFile(path: string): string | undefined {
  try {
    const { dev, ino, size, mtime } = Deno.statSync(path);
    const file = `${dev}.${ino}`;
    return hasWal(path) ? file : `${file}.${size}.${mtime?.getTime()}`;
  } catch {
    // Between two files; the one that is open stays.
    return undefined;
  }
}

function hasWal(path: string): boolean {
  try {
    return Deno.statSync(`${path}-wal`).size > 0;
  } catch {
    return false;
  }
}
