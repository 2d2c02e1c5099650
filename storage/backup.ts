/** Backup and restore: one file, verified before it counts. @module */
import { checkBackupFile } from "./backup_file.ts";
import { forgetRunningBackup } from "./backups.ts";
import { findOwnCapsule } from "./capsules.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { copyFile, copyShared, type SharedOptions } from "./copying.ts";
import { countPieces } from "./counts.ts";
import { type Database, DatabaseProblem, openDatabase } from "./database.ts";
import { checkDatabaseFile } from "./database_file.ts";
import { explainError } from "./database_problem.ts";
import { BESIDE_ENDS, openPartFile } from "./part_file.ts";
import { replaceDatabase, syncFile } from "./replacing.ts";
import type { Verified } from "./verify.ts";

/** How to copy a database. */
export type CopyOptions =
  & SharedOptions
  & Readonly<{
    /** Verifies all of the copy, as `verifyStore` does; it may use threads. */
    verify: (db: Database) => Verified | Promise<Verified>;
    /** Replaces a file that is there already. */
    isOverwriting?: boolean | undefined;
  }>;

/** What was copied, all of it verified. */
export type Copied = Readonly<{
  /** The capsule's id. */
  id: string;
  /** The name in its newest profile. */
  name: string;
  /** Entries of its own log. */
  size: number;
  /** Root hash of its own log, Base64. */
  root: string;
  /** Entries of all logs: its own and those of mirrors. */
  entries: number;
  /** Its own posts that are shown. */
  posts: number;
  /** Its own articles that are shown, pages among them. */
  articles: number;
  /** Logs of others. */
  mirrors: number;
  /** Pictures, its own and those of mirrors. */
  pictures: number;
  /** Size of the file in bytes. */
  bytes: number;
}>;

/** A verified copy under a name of its own, which goes at the end of its scope. */
export type PassingCopy = Readonly<{ copied: Copied; path: string } & Disposable>;

/**
 * Copies the database at `path`, as it is at this moment and also while a server writes to it, into a new file at `target`,
 * verified. The target appears whole or not at all. Throws DatabaseProblem: "missing", "unwritable" (the target is there),
 * "full", "damaged". Both halves hold up the thread: one that serves has another one do it.
 */
export async function backupDatabase(
  path: string,
  target: string,
  options: CopyOptions,
): Promise<Copied> {
  checkDatabaseFile(path, { isReadOnly: true, mustExist: true });
  refuseExisting(target, options);
  refuseSource(path, target);
  using copy = await passDatabase(path, target, options);
  await replaceDatabase(copy.path, target);
  return copy.copied;
}

/** The same into a file that stands beside `beside` for as long as it is needed: to be sent elsewhere. */
export async function passDatabase(
  path: string,
  beside: string,
  options: CopyOptions,
): Promise<PassingCopy> {
  return await makeCopy({ path, beside, copy: copyShared }, options, (cause) =>
    new DatabaseProblem(
      "damaged",
      `Cannot copy ${path}: damage was found in it, and the copy was not kept. Run “capsule verify --all”, which says where.`,
      { cause },
    ));
}

/**
 * Puts a verified copy of the backup at `source` in the place of the database at `path`; no program may have that one
 * open. Throws DatabaseProblem as `backupDatabase` does; the database in place stays as it is then.
 */
export async function restoreDatabase(
  source: string,
  path: string,
  options: CopyOptions,
): Promise<Copied> {
  checkBackupFile(source);
  refuseExisting(path, options);
  if (isSameFile(source, path)) {
    throw new DatabaseProblem(
      "unwritable",
      `Cannot restore ${source}: it is the database itself. Name a backup.`,
    );
  }
  using copy = await rehearseRestore(source, path, options);
  await replaceDatabase(copy.path, path);
  return copy.copied;
}

/** All of restoring but its last step: the restored database, which nothing uses yet, in a file beside `beside`. */
export async function rehearseRestore(
  source: string,
  beside: string,
  options: CopyOptions,
): Promise<PassingCopy> {
  checkBackupFile(source);
  return await makeCopy(
    { path: source, beside, copy: copyFile },
    options,
    (cause) =>
      new DatabaseProblem(
        "damaged",
        `Cannot restore ${source}: it is damaged, or was not copied whole. Nothing was changed; take another backup.`,
        { cause },
      ),
  );
}

/** Killed at any step nothing but the file in the making is there; the next copy to the same place removes it. */
async function makeCopy(
  { path, beside, copy }: Readonly<{
    path: string;
    beside: string;
    copy: (path: string, target: string, options: SharedOptions) => Promise<void> | void;
  }>,
  options: CopyOptions,
  explainDamage: (error: unknown) => DatabaseProblem,
): Promise<PassingCopy> {
  const part = openPartFile(beside);
  try {
    await copy(path, part.path, options);
    const copied = await finishCopy(part.path, options);
    syncFile(part.path);
    const { size: bytes } = await Deno.stat(part.path);
    return { ...part, copied: { ...copied, bytes } };
  } catch (error) {
    part[Symbol.dispose]();
    const problem = explainError(error, beside);
    if (problem instanceof DatabaseProblem && problem.kind !== "damaged") {
      // Who reads it knows the file in the making by its last name, and what is wrong with its content by its first.
      const isContent = problem.kind === "newer" || problem.kind === "not_a_database";
      const message = problem.message.replaceAll(part.path, isContent ? path : beside);
      throw new DatabaseProblem(problem.kind, message, { cause: error });
    }
    // What SQLite says without a code that we know is about the file too; what the system says is told as it is.
    const isDamage = problem instanceof DatabaseProblem ||
      (error instanceof Error && "errcode" in error);
    throw isDamage ? explainDamage(error) : error;
  }
}

/** Verifies a copy, takes out what belongs to the running program only, and counts. */
async function finishCopy(
  part: string,
  { verify }: CopyOptions,
): Promise<Omit<Copied, "bytes">> {
  using db: Database = openDatabase(part, { mustExist: true, isOlderChanged: true });
  // Where there is no room to read it either, that is said, and not taken for damage.
  db.prepare("select count(*) from sqlite_schema").get();
  const { ok, entries, problems } = await verify(db);
  if (!ok) {
    throw new DatabaseProblem("damaged", "The copy does not verify", { cause: problems });
  }
  const copied = countCopied(db, entries);
  db.prepare("delete from leases").run();
  db.prepare("delete from damage").run();
  forgetRunningBackup(db);
  // One file without -wal, that can be read from a read-only folder too.
  db.prepare("pragma journal_mode = delete").get();
  return copied;
}
function countCopied(db: Database, entries: number): Omit<Copied, "bytes"> {
  const own = findOwnCapsule(db);
  const head = own && findCheckpoint(db, own.log);
  // Whole, but empty: put in the place of a capsule it would end that one.
  if (own === undefined || head === undefined) {
    throw new DatabaseProblem(
      "not_a_database",
      "The copy was not kept: expected the database of a capsule, found one in which no capsule is set up. Name another file.",
    );
  }
  const { log, id, name } = own;
  const count = (sql: string) => (db.prepare(sql).get() as { n: number }).n;
  return {
    id,
    name,
    size: head.size,
    root: head.root.toBase64(),
    entries,
    posts: countPieces(db, log, "post"),
    articles: countPieces(db, log, "article") + countPieces(db, log, "page"),
    mirrors: count("select count(*) as n from mirrors"),
    pictures: count("select count(*) as n from blobs"),
  };
}

function refuseExisting(target: string, { isOverwriting }: CopyOptions): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(target);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!info.isFile && !info.isSymlink) {
    throw new DatabaseProblem(
      "unwritable",
      `Cannot write ${target}: expected the name of a file, found ${
        info.isDirectory ? "a folder" : "something that is no file"
      }. Name a file.`,
    );
  }
  if (isOverwriting === true) return;
  throw new DatabaseProblem(
    "unwritable",
    `Cannot write ${target}: there is a file already. Name another file, or say that it may be overwritten.`,
  );
}

/** A copy in the place of its own source would take the file away under every program that has it open. */
function refuseSource(path: string, target: string): void {
  const source = Deno.realPathSync(path);
  for (const end of ["", ...BESIDE_ENDS]) {
    const found = findRealPath(target);
    if (found === undefined || found !== source + end) continue;
    throw new DatabaseProblem(
      "unwritable",
      `Cannot write ${target}: it belongs to the database that is to be copied. Name another file.`,
    );
  }
}

function isSameFile(one: string, other: string): boolean {
  const found = findRealPath(one);
  return found !== undefined && found === findRealPath(other);
}

function findRealPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
