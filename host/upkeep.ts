/** Hourly housework: what has run out is erased. @module */
import type { LogLine } from "../routes/app.ts";
import { deleteUnusedBlobs } from "../storage/blobs.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { eraseWithdrawn } from "../storage/withdrawals.ts";

/** How often it is done. */
export const UPKEEP_MS = 3_600_000;
/** A picture that was uploaded and never published is kept this long. */
const UNUSED_BLOB_MS = 7 * 86_400_000;

/** Erases what is due; bounded, so that requests wait only for a moment. */
export function runUpkeep(
  db: Database,
  { now, log }: Readonly<{ now: () => number; log: (line: LogLine) => void }>,
): void {
  const nowMs = now();
  const withdrawn = unlessBusy(db, () => eraseWithdrawn(db, nowMs));
  const unused = unlessBusy(db, () => deleteUnusedBlobs(db, nowMs - UNUSED_BLOB_MS));
  if (withdrawn + unused === 0) return;
  log({ level: "info", message: "Erased what was due.", fields: { withdrawn, unused } });
}

/** While somebody writes nothing is erased: it is as good an hour later. */
function unlessBusy(db: Database, work: () => number): number {
  try {
    return db.withoutWaiting(work);
  } catch (error) {
    if (error instanceof DatabaseProblem && error.kind === "busy") return 0;
    throw error;
  }
}
