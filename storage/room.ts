/** Room on the disk: some is kept inside the database's own files, so that the most needed can be written when there is no more. @module */
import type { Database } from "./database.ts";

/** Free pages kept inside the database: 1 MB. */
export const FREE_PAGES_MIN = 256;
/** Length of the -wal file that is kept, half of that: what fills it finds a free page for each of its own. */
const WAL_PAGES_MIN = 128;
const PAGE_BYTES = 4_096;
/** A page of a long value holds a little less. */
const FILLER_BYTES = PAGE_BYTES - 4;
/** There is room again when so much can be written. */
const ROOM_BYTES = 1_048_576;

/**
 * Keeps room inside the files of a database that is served. On a full disk a new page is taken from the free ones, and the -wal file is
 * written over as soon as its pages went into the database: so a withdrawal, a takedown or a sign-in need nothing more from the disk.
 * Throws DatabaseProblem "full" where there is no room to keep.
 */
export function keepRoom(db: Database): void {
  if (db.path === ":memory:" || db.isReadOnly) return;
  const { freelist_count: free } = db.prepare("pragma freelist_count").get() as {
    freelist_count: number;
  };
  const hasPages = free >= FREE_PAGES_MIN;
  if (hasPages && measure(`${db.path}-wal`) >= WAL_PAGES_MIN * PAGE_BYTES) return;
  // Written and erased, in two commits: what is freed in the one that made it never reaches the disk.
  db.quietTransaction(() => {
    db.exec("drop table if exists room; create table room (filler blob) strict");
    db.prepare("insert into room (filler) values (zeroblob(?))")
      .run((hasPages ? WAL_PAGES_MIN : FREE_PAGES_MIN) * FILLER_BYTES);
  });
  db.quietTransaction(() => db.exec("drop table room"));
  db.prepare("pragma wal_checkpoint(passive)").get();
}

/** Says whether there is room on the disk of a database, by writing a file beside it for a moment. */
export function hasRoom(path: string): boolean {
  const probe = `${path}-room`;
  try {
    Deno.writeFileSync(probe, new Uint8Array(ROOM_BYTES));
    return true;
  } catch {
    return false;
  } finally {
    remove(probe);
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It could not even be made.
  }
}

function measure(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
