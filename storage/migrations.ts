/** The tables, as a numbered list of changes; the number is the database's `user_version`. @module */
import type { Database } from "./database.ts";
import { DatabaseProblem } from "./database_problem.ts";
import { CAPSULE_TABLES } from "./migrations/0001_capsule.ts";
import { IMPORT_TABLES } from "./migrations/0002_imports.ts";
import { MESH_TABLES } from "./migrations/0003_mesh.ts";
import { CERTIFICATE_TABLES } from "./migrations/0004_certificates.ts";
import { SAMPLE_TABLES } from "./migrations/0005_samples.ts";
import { MESH_BOUNDS } from "./migrations/0006_mesh_bounds.ts";
import { BACKUP_TABLES } from "./migrations/0007_backups.ts";
import { PIECE_INDEXES } from "./migrations/0008_piece_indexes.ts";
import { UPKEEP_TABLES } from "./migrations/0009_upkeep.ts";
import { LEASE_FILE } from "./migrations/0010_lease_file.ts";

/** Marks the file as a capsule's database ("CAPS"). */
const APPLICATION_ID = 0x43415053;

/** Every change in order. Never edit one that was released: append. */
const MIGRATIONS: readonly string[] = [
  CAPSULE_TABLES,
  IMPORT_TABLES,
  MESH_TABLES,
  CERTIFICATE_TABLES,
  SAMPLE_TABLES,
  MESH_BOUNDS,
  BACKUP_TABLES,
  PIECE_INDEXES,
  UPKEEP_TABLES,
  LEASE_FILE,
];

/** The version this program writes. */
export const DATABASE_VERSION: number = MIGRATIONS.length;

/**
 * Finds the version of the tables in a file: 0 for a new one. Reads only. Throws DatabaseProblem for the database of another
 * program ("not_a_database"), and for one that a newer program has changed ("newer") unless that is taken too.
 */
export function findVersion(
  db: Database,
  { isNewerTaken = false }: Readonly<{ isNewerTaken?: boolean }> = {},
): number {
  const id = db.prepare("pragma application_id").get() as { application_id: number };
  const { user_version: version } = db.prepare("pragma user_version").get() as {
    user_version: number;
  };
  const tables = db.prepare("select count(*) as n from sqlite_schema").get() as { n: number };
  if (id.application_id !== APPLICATION_ID && tables.n > 0) {
    throw new DatabaseProblem(
      "not_a_database",
      `Cannot open ${db.path}: expected a capsule's database, found the database of another program. Name the right file with --data; this one was not changed.`,
    );
  }
  if (version > DATABASE_VERSION && !isNewerTaken) {
    throw new DatabaseProblem(
      "newer",
      `Cannot open ${db.path}: expected version ${DATABASE_VERSION} or older, found version ${version}, written by a newer program. Start the newer program; this file was not changed.`,
    );
  }
  return version;
}

/** The problem with a file whose tables are older than this program's. */
export function makeOlderProblem(db: Database, version: number): DatabaseProblem {
  return new DatabaseProblem(
    "older",
    `Cannot read ${db.path}: expected version ${DATABASE_VERSION}, found version ${version}. Start the capsule once so that it brings the file up to date.`,
  );
}

/** Makes the tables of a new file; another program may have done it while we waited for the lock. */
export function createTables(db: Database): void {
  db.transaction(() => {
    if (findVersion(db) === 0) applyMigrations(db, 0);
  });
}

/**
 * Changes the tables from a version to this program's, inside the caller's transaction. A step may rewrite a large table: before
 * it begins, `pragma temp_store = file` keeps what could be rolled back of it out of memory.
 */
export function applyMigrations(db: Database, from: number): void {
  for (const sql of MIGRATIONS.slice(from)) db.exec(sql);
  db.exec(
    `pragma application_id = ${APPLICATION_ID}; pragma user_version = ${DATABASE_VERSION}`,
  );
}
