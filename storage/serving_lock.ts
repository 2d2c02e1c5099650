/**
 * A lock of the system that lasts as long as the process that serves a database, however that ends, and that holds between containers
 * too. It is on the -wal file, of which SQLite itself locks nothing (WAL-mode file format, section 2.3), so that closing a handle of it
 * takes no lock of SQLite's away.
 * @module
 */
import { takeLock } from "./part_file.ts";

/** Who serves the file: another handle than the caller's, nobody, or a system that does not say. */
export type ServingLockState = "held" | "free" | "unknown";

/** Takes the lock of a database that is open, until it is disposed of; answers why not, where it cannot be had. */
export function takeServingLock(path: string): Disposable | Exclude<ServingLockState, "free"> {
  return take(path, false);
}

/** Says whether some process holds the lock; those who look hold it together for that moment. */
export function findServingLock(path: string): ServingLockState {
  const found = take(path, true);
  if (typeof found === "string") return found;
  found[Symbol.dispose]();
  return "free";
}

function take(path: string, isShared: boolean): ReturnType<typeof takeServingLock> {
  const file = openBeside(path);
  if (file === undefined) return "unknown";
  const found = takeLock(file, isShared);
  if (found === "taken") return file;
  file.close();
  return found;
}

function openBeside(path: string): Deno.FsFile | undefined {
  // There a lock would keep SQLite from reading its own file.
  if (path === ":memory:" || Deno.build.os === "windows") return undefined;
  try {
    return Deno.openSync(`${path}-wal`);
  } catch {
    return undefined;
  }
}
