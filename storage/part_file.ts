/** Files that are being written, under a name of their own; those that a killed program left are told from those in use. @module */
import { basename, dirname } from "node:path";

/** What SQLite keeps beside a database file. */
export const BESIDE_ENDS: readonly string[] = ["-wal", "-shm", "-journal"];

const PART = /^(.+?)(\.part-[0-9a-f]{8})(?:$|[-.])/;

/** A name for a file in the making. At the end of its scope whatever is still there under that name is removed. */
export type PartFile = Readonly<{ path: string } & Disposable>;

/**
 * Makes a name beside `base` that nobody else has, as `copy.db.part-1f3a90bc`, and removes what killed programs left for
 * this base. A locked file `….lock` says that the name is in use; the system lets go of it when the program ends, however
 * it ends. Throws what the system says when the folder is not there or not writable.
 */
export function openPartFile(base: string): PartFile {
  removeLeftovers(dirname(base), (name) => name === basename(base));
  for (;;) {
    const path = `${base}.part-${crypto.randomUUID().slice(0, 8)}`;
    const lock = Deno.openSync(`${path}.lock`, { write: true, createNew: true, mode: 0o600 });
    if (takeLock(lock) === "held" || !isThere(`${path}.lock`)) {
      // Somebody tidied up between the two steps: another name.
      lock.close();
      continue;
    }
    return {
      path,
      [Symbol.dispose]: () => {
        removeDatabase(path);
        // The lock's file goes last: whoever finds the others without it removes them.
        removeFile(`${path}.lock`);
        lock.close();
      },
    };
  }
}

/** Removes what killed programs left of files in the making in a folder; what a running one uses stays. */
export function removeLeftovers(folder: string, isOurs: (name: string) => boolean): void {
  const paths = new Set<string>();
  for (const name of listNames(folder)) {
    const [, base = "", id] = PART.exec(name) ?? [];
    if (id !== undefined && isOurs(base)) paths.add(`${folder}/${base}${id}`);
  }
  for (const path of paths) removeLeftover(path);
}

function removeLeftover(path: string): void {
  let lock: Deno.FsFile | undefined;
  try {
    lock = Deno.openSync(`${path}.lock`, { write: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return;
  }
  try {
    if (lock !== undefined && takeLock(lock) !== "taken") return;
    removeDatabase(path);
    removeFile(`${path}.lock`);
  } finally {
    lock?.close();
  }
}

/** Takes the lock if nobody holds it, or `isShared` with others. "unknown" on a disk without locks: nothing of others is removed there. */
export function takeLock(lock: Deno.FsFile, isShared = false): "taken" | "held" | "unknown" {
  try {
    return lock.tryLockSync(!isShared) ? "taken" : "held";
  } catch {
    return "unknown";
  }
}

function listNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    // Whoever writes there next says what is wrong with the folder.
    return [];
  }
}

/** Says whether there is anything at a path. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a database file and those beside it; what is not there is left out. */
export function removeDatabase(path: string): void {
  for (const end of ["", ...BESIDE_ENDS]) removeFile(path + end);
}

/** Removes a file that may not be there. */
export function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
