/** Copies of a capsule's database, as thieves and backups have them. @module */
import { type Database, openDatabase } from "../../storage/database.ts";

/** Copies a database as it is now into a new file. */
export function copyDatabase(db: Database, path: string): Database {
  db.prepare("vacuum into ?").run(path);
  const copy = openDatabase(path);
  // What only the running of a program leaves is not in a backup either.
  copy.prepare("delete from leases").run();
  return copy;
}
