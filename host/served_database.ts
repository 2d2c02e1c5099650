/** The database as commands and the server open it. @module */
import type { ReadOnly } from "../routes/app.ts";
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findDamage, saveDamage } from "../storage/damage.ts";
import {
  type Database,
  DatabaseProblem,
  openAnyVersion,
  openDatabase,
} from "../storage/database.ts";
import { keepRoom } from "../storage/room.ts";
import { CommandProblem } from "./command.ts";
import { findHolder, type Holder } from "./lease.ts";
import { PROGRAM_CALL } from "./program_version.ts";

/** A database that is open, and why it is not written; `readOnly` is absent where it is. */
export type Opened = Readonly<{ db: Database; readOnly?: ReadOnly; problem?: DatabaseProblem }>;

/**
 * Opens the database for serving or checking. One that is damaged, that may not be written, or for which the disk has no room, is opened
 * for reading only, if it can be read at all.
 */
export function openServed(
  path: string,
  now: () => number,
  options: Readonly<{ mustExist?: boolean }> = {},
): Opened {
  try {
    return { db: openDatabase(path, options) };
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error;
    const { kind } = error;
    if (kind !== "damaged" && kind !== "full" && kind !== "unwritable") throw error;
    const db = openReadable(path, error);
    if (kind === "damaged" && findDamage(db) === undefined) {
      saveDamage(db, error.message, now());
    }
    return { db, readOnly: kind, problem: error };
  }
}

/** Says whether a database that was read only can be written again; what is open must have been closed before. */
export function isWritable(path: string): boolean {
  try {
    using db = openDatabase(path, { mustExist: true });
    keepRoom(db);
    return true;
  } catch (error) {
    if (error instanceof DatabaseProblem) return false;
    throw error;
  }
}

/** Opens for reading what cannot be written because of `problem`, which is thrown when there is nothing to read either. */
export function openReadable(path: string, problem: DatabaseProblem): Database {
  let db: Database;
  try {
    db = openDatabase(path, problem.kind === "full" ? { isAlone: true } : { isReadOnly: true });
  } catch {
    throw problem;
  }
  try {
    if (findOwnCapsule(db) !== undefined || problem.kind === "damaged") return db;
  } catch {
    // Not even that can be read.
  }
  db.close();
  throw problem;
}

/** Opens a database that is there; a command beside `serve` must not create one by a mistyped name. */
export function openExisting(path: string): Database {
  return openDatabase(path, { mustExist: true });
}

/** Who serves the database at a path, whatever its version; nobody serves one that cannot be read. */
export async function findAnyHolder(path: string, now: () => number): Promise<Holder | undefined> {
  try {
    using db = openAnyVersion(path, { isNewerTaken: true }).db;
    return await findHolder(db, now);
  } catch (error) {
    // What cannot be read needs a backup put in its place; where nothing can be written none can be.
    if (error instanceof DatabaseProblem && error.kind !== "unwritable") return undefined;
    throw error;
  }
}

/** The capsule of a database; a sentence when it has not been set up. */
export function requireCapsule(db: Database): OwnCapsule {
  const capsule = findOwnCapsule(db);
  if (capsule !== undefined) return capsule;
  throw new CommandProblem(
    "no_capsule",
    `There is no capsule in ${db.path} yet. Set it up with "${PROGRAM_CALL} init --name …", ` +
      `or in the browser: "${PROGRAM_CALL} serve" prints a link for that.`,
  );
}
