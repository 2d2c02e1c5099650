/** Imports: which pieces of other archives are in a log already. @module */
import type { Database } from "./database.ts";

/** One piece that came from an archive. */
export type Import = Readonly<{
  /** 32 bytes that name the piece where it came from, the same at every import. */
  sourceKey: Uint8Array;
  /** Its index in the log; undefined when it was saved as a draft. */
  index: number | undefined;
}>;

/** Finds what became of a source; undefined when it was never imported. */
export function findImport(db: Database, log: number, sourceKey: Uint8Array): Import | undefined {
  const row = db.prepare(`select n as "index" from imports where log = ? and source_key = ?`)
    .get(log, sourceKey) as { index: number | null } | undefined;
  return row && { sourceKey, index: row.index ?? undefined };
}

/** Inserts what was imported. Call it in the transaction that appends the entries, so that a kill keeps or loses both. */
export function insertImports(db: Database, log: number, imports: readonly Import[]): void {
  const insert = db.prepare(
    "insert into imports (log, source_key, n) values (?, ?, ?) on conflict do nothing",
  );
  for (const { sourceKey, index } of imports) insert.run(log, sourceKey, index ?? null);
}
