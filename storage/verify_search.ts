/** Verifies that the search index finds every piece of a log once, and nothing else. @module */
import { makeScope } from "./search.ts";
import type { VerifiedLog } from "./verify_report.ts";

const RUN = 5_000;

/** Four sums over ids: two lists with the same ones are the same list, or made so on purpose. */
const SUMS = `count(*) || ' ' || total(id & 0xffffff) || ' ' || total(id >> 24) || ' ' ||
  total(id % 16777213) || ' ' || total((id % 16777213) * (id % 16777199) % 16777183)`;

/** Compares sums over index and pieces, which SQLite makes fast, and walks both side by side where they differ. */
export function verifySearch(verified: VerifiedLog): void {
  const { db, log } = verified;
  const found = db.prepare(
    `select ${SUMS} as sums from (select rowid as id from piece_search where piece_search match ?)`,
  ).get(`scope : ${makeScope(log)}`) as { sums: string };
  const pieces = db.prepare(`select ${SUMS} as sums from pieces where log = ?`).get(log) as {
    sums: string;
  };
  if (found.sums !== pieces.sums) findDifference(verified);
}

function findDifference({ db, log, report }: VerifiedLog): void {
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
