/** How large the database is, and what of it is free. @module */
import type { Database } from "./database.ts";

/** Sizes of one database, in bytes. */
export type DatabaseSize = Readonly<{
  /** The file as SQLite counts it, free pages included. */
  bytes: number;
  /** What is free in it and used again. */
  freeBytes: number;
  /** The file beside it that newly written pages go to first; 0 when there is none. */
  walBytes: number;
}>;

/** Measures a database. Costs microseconds: nothing is scanned. */
export function measureDatabase(db: Database): DatabaseSize {
  const pageBytes = readNumber(db, "page_size");
  return {
    bytes: readNumber(db, "page_count") * pageBytes,
    freeBytes: readNumber(db, "freelist_count") * pageBytes,
    walBytes: measureWal(db.path),
  };
}

function readNumber(db: Database, name: "page_size" | "page_count" | "freelist_count"): number {
  const row = db.prepare(`pragma ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}

function measureWal(path: string): number {
  if (path === ":memory:") return 0;
  try {
    return Deno.statSync(`${path}-wal`).size;
  } catch {
    // Not there between two writes of the last connection, or not to be looked at: nothing waits in it then.
    return 0;
  }
}
