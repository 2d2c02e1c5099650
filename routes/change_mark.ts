/** The database's mark, asked for as often as it can have changed. @module */
import type { Database } from "../storage/database.ts";

type Known = { mark: string; ownCommits: number; readAtMs: number };

// Asking costs a lock of the file, a fifth of a whole answer from memory. No commit takes less time than this, and nobody who was
// told of one, by another process, can ask sooner. What this connection commits is known without asking.
const MARK_MS = 0.25;

const known = new WeakMap<Database, Known>();

/** The mark of everything committed, by this connection or any other. Throws when the database cannot be read. */
export function readMark(db: Database): string {
  const { ownCommits } = db;
  const nowMs = performance.now();
  const before = known.get(db);
  if (before === undefined) {
    const mark = db.changeMark();
    known.set(db, { mark, ownCommits, readAtMs: nowMs });
    return mark;
  }
  if (before.ownCommits === ownCommits && nowMs - before.readAtMs < MARK_MS) return before.mark;
  before.mark = db.changeMark();
  before.ownCommits = ownCommits;
  before.readAtMs = nowMs;
  return before.mark;
}
