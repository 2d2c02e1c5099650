/** Bringing an older database up to date: a copy of it first, then all changes in one transaction. @module */
import type { Verify } from "../mesh/protocol/public_key.ts";
import { configure, type Database } from "./database.ts";
import { DatabaseProblem } from "./database_problem.ts";
import { deleteAnyLease } from "./leases.ts";
import { applyMigrations, DATABASE_VERSION, findVersion } from "./migrations.ts";
import {
  copyBeside,
  findSize,
  makeCopyPath,
  makeRoomProblem,
  removeDatabase,
} from "./upgrade_copies.ts";
import { saveUpgrade } from "./upgrades.ts";
import { verifyOwnLog } from "./verify.ts";

/** How to bring a database up to date. */
export type UpgradeOptions = Readonly<{
  /** Checks an Ed25519 signature: `verifySignature`. */
  verify: Verify;
  /** The version of this program. */
  program: string;
  /** Unix milliseconds. */
  now: () => number;
  /**
   * Takes the handle of the database's file, which its owner closes after the last connection of this process to it: on POSIX, closing
   * one takes SQLite's locks of the whole process off, and an older SQLite that leaves takes the -wal away from under the change.
   */
  handles: DisposableStack;
  /** Told once when another program has the file for long. */
  onWaiting?: () => void;
  /** Told before the work begins, with the bytes of the file. */
  onBegin?: (version: number, bytes: number) => void;
}>;

/** What was done. */
export type Upgraded = Readonly<{
  /** The version that the file had. */
  version: number;
  /** The copy of it. */
  copy: string;
  /** Entries of the owner's own log, all verified. */
  entries: number;
}>;

/** How long another program that brings the same file up to date is waited for. */
const WAIT_MS = 10 * 60_000;

/**
 * Brings an open older database (`openAnyVersion`) to this program's version. The write lock is held from before the copy until the
 * change is committed, so of two programs that begin at once one does it and the other finds it done: undefined.
 *
 * The copy has the very bytes of the file. Every page of it is checked before anything is changed; the owner's own log, with its tree
 * and signatures, is verified after the change and before the commit, by today's rules. What is not whole stays as it was.
 * Throws DatabaseProblem: "full" names the room that is needed, "damaged", "busy", "unwritable".
 */
export function upgradeDatabase(db: Database, options: UpgradeOptions): Upgraded | undefined {
  const { now, onWaiting } = options;
  configure(db);
  db.prepare("pragma temp_store = file").get();
  const deadlineMs = now() + WAIT_MS;
  for (let round = 0; now() < deadlineMs; round += 1) {
    if (round === 1) onWaiting?.();
    const outcome = tryOnce(db, options);
    if (outcome !== "again") return outcome;
  }
  throw makeBusyProblem(db.path);
}

function tryOnce(db: Database, options: UpgradeOptions): Upgraded | undefined | "again" {
  let isLocked = false;
  try {
    db.prepare("pragma wal_checkpoint(truncate)").get();
    return db.transaction(() => {
      isLocked = true;
      const version = findVersion(db);
      if (version === DATABASE_VERSION) return undefined;
      // Somebody wrote, or reads an older state: the file alone is not all of the database.
      if ((findSize(`${db.path}-wal`) ?? 0) > 0) return "again";
      return upgrade(db, version, options);
    });
  } catch (error) {
    const isBusy = error instanceof DatabaseProblem && error.kind === "busy";
    if (isBusy && !isLocked) return "again";
    throw error;
  }
}

/** All of it, under the write lock. */
function upgrade(db: Database, version: number, options: UpgradeOptions): Upgraded {
  const { path } = db;
  const copy = makeCopyPath(path, version);
  let made: ReturnType<typeof copyBeside> | undefined;
  try {
    options.onBegin?.(version, findSize(path) ?? 0);
    made = copyBeside(path, copy, options.handles);
    applyMigrations(db, version);
    const { problems, entries } = verifyOwnLog(db, { verify: options.verify, limit: 1 });
    if (problems.length > 0) throw makeBrokenProblem(path, problems);
    saveUpgrade(db, options.program, options.now());
    deleteAnyLease(db);
    return { version, copy, entries };
  } catch (error) {
    if (made === "made") removeDatabase(copy);
    const isFull = error instanceof DatabaseProblem && error.kind === "full";
    throw isFull && made !== undefined ? makeRoomProblem(path, error) : error;
  }
}

function makeBusyProblem(path: string): DatabaseProblem {
  return new DatabaseProblem(
    "busy",
    `Cannot bring ${path} up to date: another program has had it open for ten minutes. Stop that program and start again; nothing was changed.`,
  );
}

function makeBrokenProblem(path: string, problems: readonly string[]): DatabaseProblem {
  return new DatabaseProblem(
    "damaged",
    `Cannot bring ${path} up to date: your log in it is not whole (${
      problems[0] ?? ""
    }). Nothing was changed; restore the newest backup with "capsule restore FILE --replace".`,
    { cause: problems },
  );
}
