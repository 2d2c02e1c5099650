/** The database as commands and the server open it. @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findDamage, saveDamage } from "../storage/damage.ts";
import { type Database, DatabaseProblem, openDatabase } from "../storage/database.ts";
import { CommandProblem } from "./command.ts";
import { PROGRAM_CALL } from "./program_version.ts";

/** Opens the database for serving or checking; a damaged one that can still be read is opened for reading only. */
export function openServed(
  path: string,
  now: () => number,
  options: Readonly<{ mustExist?: boolean }> = {},
): Readonly<{ db: Database; isReadOnly: boolean }> {
  try {
    return { db: openDatabase(path, options), isReadOnly: false };
  } catch (error) {
    if (!(error instanceof DatabaseProblem) || error.kind !== "damaged") throw error;
    const db = openReadable(path, error);
    if (findDamage(db) === undefined) saveDamage(db, error.message, now());
    return { db, isReadOnly: true };
  }
}

function openReadable(path: string, damage: DatabaseProblem): Database {
  let db: Database;
  try {
    db = openDatabase(path, { isReadOnly: true });
  } catch {
    throw damage;
  }
  try {
    findOwnCapsule(db);
    return db;
  } catch {
    db.close();
    throw damage;
  }
}

/** Opens a database that is there; a command beside `serve` must not create one by a mistyped name. */
export function openExisting(path: string): Database {
  return openDatabase(path, { mustExist: true });
}

/** The capsule of a database; a sentence when it has not been set up. */
export function requireCapsule(db: Database): OwnCapsule {
  const capsule = findOwnCapsule(db);
  if (capsule !== undefined) return capsule;
  throw new CommandProblem(
    "no_capsule",
    `There is no capsule in ${db.path} yet. Set it up with "${PROGRAM_CALL} init --name …", ` +
      `or start "${PROGRAM_CALL} serve" and open the link it prints.`,
  );
}
