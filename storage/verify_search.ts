/** Verifies that the search index finds every piece of a log once, and nothing else. @module */
import { makeScope } from "./search.ts";
import type { VerifiedLog } from "./verify_report.ts";

const RUN = 5_000;

/** Walks index and pieces side by side. */
export function verifySearch({ db, log, report }: VerifiedLog): void {
  const listFound = db.prepare(
    "select rowid as id from piece_search where piece_search match ? and rowid > ? order by rowid limit ?",
  );
  const listPieces = db.prepare(
    "select id from pieces where log = ? and id > ? order by id limit ?",
  );
  let after = -1;
  while (true) {
    const found = listFound.all(`scope : ${makeScope(log)}`, after, RUN) as { id: number }[];
    const pieces = listPieces.all(log, after, RUN) as { id: number }[];
    for (let i = 0; i < Math.max(found.length, pieces.length); i += 1) {
      if (found[i]?.id === pieces[i]?.id) continue;
      return report.add(
        `Log ${log}: the search index and the pieces differ at piece ${
          pieces[i]?.id ?? "after the last"
        }`,
      );
    }
    const last = pieces.at(-1);
    if (last === undefined || pieces.length < RUN) return;
    after = last.id;
  }
}
