/** The lease: which running `serve` owns this database. Commands work beside it; a second `serve` does not. @module */
import type { Database } from "./database.ts";

/** The server that runs, or ran. */
export type Lease = Readonly<{
  /** Random number of that start; `GET /up` answers it. */
  start: string;
  /** Where it listens, for a second program to ask whether it is alive. */
  url: string;
  /** Its last sign of life, Unix milliseconds. */
  seenAtMs: number;
  /** True while it allows http and private addresses. */
  isDev: boolean;
  /** False when it was taken of another file: this one is a copy of that, and its server answers for the other. */
  isOfThisFile: boolean;
}>;

/** Finds the lease; undefined when no server holds one. */
export function findLease(db: Database): Lease | undefined {
  // Every column: in an older file, which is asked before it is brought up to date, there is no is_dev yet.
  const row = db.prepare("select * from leases where id = 1").get() as
    | { start: string; url: string; seen_at_ms: number; is_dev?: number; file?: string }
    | undefined;
  return row && {
    start: row.start,
    url: row.url,
    seenAtMs: row.seen_at_ms,
    isDev: row.is_dev === 1,
    isOfThisFile: (row.file ?? "") === "" || row.file === identifyFile(db),
  };
}

/** A file by what a copy of it does not share; "" for a database in memory, and where the system does not say. */
function identifyFile({ path }: Database): string {
  if (path === ":memory:") return "";
  try {
    const { dev, ino } = Deno.statSync(path);
    return ino === null || ino === 0 ? "" : `${dev} ${ino}`;
  } catch {
    return "";
  }
}

/**
 * Takes the lease. "held" when another start showed a sign of life at or after `aliveSinceMs`; a caller that has asked
 * that server in vain passes Infinity.
 */
export function insertLease(
  db: Database,
  lease: Omit<Lease, "isDev" | "isOfThisFile"> & Readonly<{ isDev?: boolean }>,
  aliveSinceMs: number,
): "taken" | "held" {
  return db.transaction(() => {
    const found = findLease(db);
    if (found !== undefined && found.start !== lease.start && found.seenAtMs >= aliveSinceMs) {
      return "held";
    }
    db.prepare(
      `insert into leases (id, start, url, seen_at_ms, is_dev, file) values (1, ?, ?, ?, ?, ?)
       on conflict (id) do update set start = excluded.start, url = excluded.url,
       seen_at_ms = excluded.seen_at_ms, is_dev = excluded.is_dev, file = excluded.file`,
    ).run(lease.start, lease.url, lease.seenAtMs, lease.isDev ? 1 : 0, identifyFile(db));
    return "taken";
  });
}

/**
 * Records a sign of life; false when another start has taken the lease over. Pages stay cached, and the disk is not waited for: after a
 * power cut nobody lives, and a hundred on one machine would keep it busy with nothing.
 */
export function updateLease(db: Database, start: string, nowMs: number): boolean {
  return db.hastyTransaction(() =>
    db.quietTransaction(() =>
      db.prepare("update leases set seen_at_ms = ? where id = 1 and start = ?")
        .run(nowMs, start).changes === 1
    )
  );
}

/** Gives the lease back; does nothing when another start holds it. */
export function deleteLease(db: Database, start: string): void {
  db.prepare("delete from leases where id = 1 and start = ?").run(start);
}

/** Forgets whoever served: nobody does any more. */
export function deleteAnyLease(db: Database): void {
  db.prepare("delete from leases").run();
}
