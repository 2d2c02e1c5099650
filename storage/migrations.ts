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

/** Marks the file as a capsule's database ("CAPS"). */
const APPLICATION_ID = 0x43415053;

/** Every change in order, one transaction each. Never edit one that was released: append. */
const MIGRATIONS: readonly string[] = [
  CAPSULE_TABLES,
  IMPORT_TABLES,
  MESH_TABLES,
  CERTIFICATE_TABLES,
  SAMPLE_TABLES,
  MESH_BOUNDS,
  BACKUP_TABLES,
  PIECE_INDEXES,
];

/** The version this program writes. */
export const DATABASE_VERSION: number = MIGRATIONS.length;

/**
 * Brings the database to this program's version, one transaction a step, so that a kill leaves a whole version.
 * Throws DatabaseProblem for another program's database, a newer one, or an older one that is open for reading only.
 */
export function migrate(db: Database, isReadOnly: boolean): void {
  const found = readVersion(db);
  if (found.applicationId !== APPLICATION_ID && found.tables > 0) {
    throw new DatabaseProblem(
      "not_a_database",
      `Cannot open ${db.path}: expected a capsule's database, found the database of another program. Name the right file with --data; this one was not changed.`,
    );
  }
  if (found.version > DATABASE_VERSION) {
    throw new DatabaseProblem(
      "newer",
      `Cannot open ${db.path}: expected version ${DATABASE_VERSION} or older, found version ${found.version}, written by a newer program. Start the newer program; this file was not changed.`,
    );
  }
  if (found.version === DATABASE_VERSION) return;
  if (isReadOnly) {
    throw new DatabaseProblem(
      "older",
      `Cannot read ${db.path}: expected version ${DATABASE_VERSION}, found version ${found.version}. Start the capsule once so that it brings the file up to date.`,
    );
  }
  // A step may rewrite a large table: what could be rolled back of it waits in an unnamed file and not in memory.
  db.prepare("pragma temp_store = file").get();
  for (let version = found.version; version < DATABASE_VERSION; version += 1) {
    db.transaction(() => {
      // Another program may have done this step while we waited for the lock.
      if (readVersion(db).version !== version) return;
      db.exec(MIGRATIONS[version] ?? "");
      db.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${version + 1}`);
    });
  }
  db.prepare("pragma temp_store = memory").get();
}

function readVersion(db: Database): { applicationId: number; version: number; tables: number } {
  const id = db.prepare("pragma application_id").get() as { application_id: number };
  const version = db.prepare("pragma user_version").get() as { user_version: number };
  const tables = db.prepare("select count(*) as n from sqlite_schema").get() as { n: number };
  return { applicationId: id.application_id, version: version.user_version, tables: tables.n };
}
