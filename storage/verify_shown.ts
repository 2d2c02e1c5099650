/** Verifies what pages read of a log whose entries and contents somebody else verifies. @module */
import { findCheckpoint } from "./checkpoints.ts";
import { ENTRIES_MAX } from "./entries.ts";
import { PieceVerifier, type ShownEntry } from "./verify_pieces.ts";
import type { ContentRow, VerifiedLog } from "./verify_report.ts";

/** Compares what is shown of a log with its contents, as they are stored. */
export function verifyShown(verified: VerifiedLog): void {
  const { db, log, report } = verified;
  const size = findCheckpoint(db, log)?.size ?? 0;
  const pieces = new PieceVerifier(verified);
  // Entries or contents that are missing are found by `verifyLog`.
  const list = db.prepare(
    `select e.n as "index", e.n, e.hash, e.kind, c.state, c.by_n as "by", c.bytes
     from entries e join contents c on c.log = e.log and c.n = e.n
     where e.log = ? and e.n >= ? and e.n < ? order by e.n`,
  );
  for (let from = 0; from < size && !report.isFull; from += ENTRIES_MAX) {
    const rows = list.all(log, from, Math.min(from + ENTRIES_MAX, size)) as (
      & ShownEntry
      & ContentRow
    )[];
    for (const row of rows) pieces.verifyContent(row, row);
    pieces.finishRun(from, ENTRIES_MAX);
    report.advance(rows.length);
  }
  if (!report.isFull) pieces.finish();
}
