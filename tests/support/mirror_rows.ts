/** Everything that pages read of a log, for comparing two copies of it. @module */
import type { Database } from "../../storage/database.ts";
import { findNewestIdentityRecord } from "../../storage/identity_records.ts";
import type { Basis } from "../../storage/mirror_log.ts";
import { makeScope } from "../../storage/search.ts";

/** What a caller that looked just now verified under. */
export function basisOf(db: Database, log: number): Basis {
  const newest = findNewestIdentityRecord(db, log);
  if (newest === undefined) throw new Error(`log ${log} has no record`);
  return { record: newest.hash };
}

/** One query for each table; ids of pieces, which others share, are left out. */
const QUERIES: Readonly<Record<string, string>> = {
  pieces:
    `select n, hash, kind, is_page, published_at_ms, revised_at_ms, revisions, text_n, language, title, slug,
    summary, text, words, tags, pictures, cover, authors, reply, quote from pieces where log = ? order by n`,
  order: "select n from pieces where log = ? order by id",
  revisions: "select n, kind, revision_n from revisions where log = ? order by 1, 2, 3",
  slugs: "select slug, n, step from slugs where log = ? order by 1",
  aliases: "select path, n from aliases where log = ? order by 1, 2",
  pieceTags: `select t.tag, t.kind, p.n from piece_tags t join pieces p on p.id = t.id
    where t.log = ? order by 1, 2, 3`,
  tags: "select tag, pieces from tags where log = ? order by 1",
  counts: "select shelf, pieces from piece_counts where log = ? and pieces > 0 order by 1",
  archive: "select year, month, kind, pieces from archive where log = ? order by 1, 2, 3",
  profile: "select n, name, picture, pinned from profiles where log = ?",
  address: "select address from capsules where log = ?",
  withdrawals: "select target_n, n from withdrawals where log = ? order by 1, 2",
  follows: "select id, address, n, is_followed from follows where log = ? order by 1",
  uses: "select lower(hex(hash)) as hash, n from blob_uses where log = ? order by 1, 2",
  wanted: "select lower(hex(hash)) as hash, n, bytes from wanted_blobs where log = ? order by 1",
  contents: `select n, iif(state = 'erased', 'withdrawn', state) as state, by_n from contents
    where log = ? order by 1`,
  entries:
    "select n, lower(hex(hash)) as hash, kind, time_ms from entries where log = ? order by 1",
  missing: "select from_n, to_n from missing_entries where log = ? order by 1",
  missingContents: "select n from missing_contents where log = ? order by 1",
  mirror: "select entries, contents, content_bytes, blobs, blob_bytes from mirrors where log = ?",
};

/** Reads all of it. */
export function readRows(db: Database, log: number): Record<string, unknown[]> {
  const rows: Record<string, unknown[]> = {};
  for (const [name, sql] of Object.entries(QUERIES)) rows[name] = db.prepare(sql).all(log);
  for (const word of ["word1", "word2", "new", "books"]) {
    rows[`search ${word}`] = db.prepare(
      `select p.n from piece_search s join pieces p on p.id = s.rowid where piece_search match ? order by p.n`,
    ).all(`(scope : ${makeScope(log)}) AND ${word}`);
  }
  return rows;
}
