/** Going back: the copy of before an upgrade takes the database's place, which is kept aside. @module */
import { findOwnCapsule } from "./capsules.ts";
import { type Database, openAnyVersion } from "./database.ts";
import { DatabaseProblem } from "./database_problem.ts";
import { countOwnEntries } from "./upgrade_cleaning.ts";
import {
  checkPages,
  findSize,
  listCopies,
  makeAsidePath,
  makeCopyPath,
  syncFolder,
} from "./upgrade_copies.ts";
import { findUpgrade, type Upgrade } from "./upgrades.ts";

/** What was done. */
export type RolledBack = Readonly<{
  /** The version that the database has again. */
  version: number;
  /** The version that it had; undefined when it could not be read. */
  fromVersion: number | undefined;
  /** What is known of the time in the version that it has again. */
  before: Upgrade | undefined;
  /** When it was brought up to date, Unix milliseconds; undefined when that is not known. */
  upgradedAtMs: number | undefined;
  /** Entries of the owner's own log that are only in the one that was set aside; undefined when that cannot be read. */
  entriesAside: number | undefined;
  /** Where the database is now that had this place. */
  aside: string;
}>;

/** Above every version: a database that cannot be read counts as the newest. */
const UNKNOWN_VERSION = 1_000;

/**
 * Puts the newest copy of before an upgrade in the place of the database at `path`, byte for byte, and keeps that one aside. Nobody
 * may serve it. At every moment a whole database is at `path`: a kill leaves the one or the other there.
 * Throws DatabaseProblem: "missing" (there is no copy), "damaged" (the copy is), "busy", "unwritable"; nothing is changed then.
 */
export function rollBackDatabase(path: string, nowMs: number): RolledBack {
  const opened = openIfReadable(path);
  try {
    const found = opened?.version ?? UNKNOWN_VERSION;
    const [version] = listCopies(path, found);
    if (version === undefined) throw makeNoCopyProblem(path);
    const copy = makeCopyPath(path, version);
    const copyEntries = checkCopy(copy, version);
    const aside = makeAsidePath(path, found);
    refuseTaken(path, aside);
    const told = opened && describe(opened.db, version, found, copyEntries);
    if (opened !== undefined) lockAlone(opened.db);
    keepAside(path, aside, nowMs);
    Deno.renameSync(copy, path);
    syncFolder(path);
    return {
      version,
      fromVersion: opened?.version,
      before: told?.before,
      upgradedAtMs: told?.upgradedAtMs,
      entriesAside: told?.entriesAside,
      aside,
    };
  } finally {
    opened?.db.close();
  }
}

function openIfReadable(path: string): ReturnType<typeof openAnyVersion> | undefined {
  try {
    return openAnyVersion(path, { isNewerTaken: true });
  } catch (error) {
    if (error instanceof DatabaseProblem && error.kind === "damaged") return undefined;
    throw error;
  }
}

/** Throws unless the copy is whole and of its version; answers the entries of the owner's own log in it. */
function checkCopy(copy: string, version: number): number {
  checkPages(copy);
  const opened = openAnyVersion(copy);
  using db = opened.db;
  const isWhole = opened.version === version && findOwnCapsule(db) !== undefined;
  if (isWhole) return countOwnEntries(db);
  throw new DatabaseProblem(
    "damaged",
    `Cannot go back: expected a capsule's database of version ${version} in ${copy}, found another. Restore a backup with "capsule restore FILE --replace"; nothing was changed.`,
  );
}

function describe(
  db: Database,
  version: number,
  found: number,
  copyEntries: number,
): Pick<RolledBack, "before" | "upgradedAtMs" | "entriesAside"> {
  try {
    return {
      before: findUpgrade(db, version),
      upgradedAtMs: findUpgrade(db, found)?.atMs,
      entriesAside: Math.max(0, countOwnEntries(db) - copyEntries),
    };
  } catch {
    // A damaged page is one of the reasons for going back.
    return { before: undefined, upgradedAtMs: undefined, entriesAside: undefined };
  }
}

/** Makes one file of the database and keeps everybody else out until this connection closes. */
function lockAlone(db: Database): void {
  try {
    db.prepare("pragma journal_mode = delete").get();
    db.prepare("begin exclusive").get();
  } catch (error) {
    const isBusy = error instanceof DatabaseProblem && error.kind === "busy";
    if (!isBusy) return;
    throw new DatabaseProblem(
      "busy",
      `Cannot go back: another program has ${db.path} open. Stop that program and try again; nothing was changed.`,
      { cause: error },
    );
  }
}

/** A second name for the file, so that it never lacks one; a copy of it where the disk knows no second names. */
function keepAside(path: string, aside: string, nowMs: number): void {
  if (findSize(aside) === undefined) {
    try {
      Deno.linkSync(path, aside);
    } catch {
      Deno.copyFileSync(path, `${aside}.part`);
      Deno.renameSync(`${aside}.part`, aside);
    }
  }
  // What is left beside a file that could not be read belongs to it, and would be read into the copy.
  for (const end of ["-wal", "-shm", "-journal"]) {
    if (findSize(path + end) !== undefined) Deno.renameSync(path + end, aside + end);
  }
  Deno.utimeSync(aside, nowMs / 1_000, nowMs / 1_000);
}

function refuseTaken(path: string, aside: string): void {
  if (findSize(aside) === undefined) return;
  const [one, two] = [Deno.statSync(path), Deno.statSync(aside)];
  // The same file under both names: an earlier rollback was killed before its last step.
  if (one.ino !== null && one.ino === two.ino && one.dev === two.dev) return;
  throw new DatabaseProblem(
    "unwritable",
    `Cannot go back: ${aside} is there from an earlier rollback. Move or delete that file and try again; nothing was changed.`,
  );
}

function makeNoCopyProblem(path: string): DatabaseProblem {
  return new DatabaseProblem(
    "missing",
    `Cannot go back: beside ${path} there is no copy of before an upgrade. Restore a backup with "capsule restore FILE --replace"; nothing was changed.`,
  );
}
