import { deepEqual, ok } from "node:assert/strict";
import { listMonths, listYears } from "../../storage/archive.ts";
import { countOlder, countPieces } from "../../storage/counts.ts";
import type { Database } from "../../storage/database.ts";
import { findAttemptWait } from "../../storage/attempts.ts";
import { listDrafts } from "../../storage/drafts.ts";
import { listEntries } from "../../storage/entries.ts";
import {
  findArticle,
  findNeighbours,
  findPieceByAlias,
  findPost,
  listNewer,
  listPages,
  listPieces,
} from "../../storage/pieces.ts";
import { findProfile } from "../../storage/profiles.ts";
import { listRevisions } from "../../storage/revisions.ts";
import { searchPieces } from "../../storage/search.ts";
import { findTag, listTags } from "../../storage/tags.ts";
import { openTestCapsule } from "../support/capsule.ts";

/** Every statement that `work` prepares, as SQLite means to run it. */
function listPlans(db: Database, work: () => void): Map<string, string[]> {
  const plans = new Map<string, string[]>();
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    const statement = prepare(sql);
    if (!/^\s*(select|with)/i.test(sql)) return statement;
    const rows = prepare(`explain query plan ${sql}`).all() as { detail: string }[];
    plans.set(sql, rows.map(({ detail }) => detail));
    return statement;
  };
  try {
    work();
  } finally {
    db.prepare = prepare;
  }
  return plans;
}

/** Steps that grow with the log. Small tables of the owner may be read whole. */
function isSlow(step: string): boolean {
  if (/^SCAN (settings|drafts|c|t|\(|CONSTANT)/.test(step)) return false;
  if (/^SCAN s VIRTUAL TABLE INDEX \d+:.*M/.test(step)) return false;
  return step.startsWith("SCAN") || step.includes("USE TEMP B-TREE FOR ORDER BY");
}

Deno.test("every list of pages and feeds walks an index in its order", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index, slug } = capsule.article({ tags: ["x"], aliases: ["/old"] });
  capsule.post({ tags: ["x"] });
  const plans = listPlans(db, () => {
    for (const kind of [undefined, "post", "article"] as const) {
      for (const tag of [undefined, "x"]) {
        countOlder(db, { log, kind, tag }, 10 ** 15);
        for (const year of [undefined, 2026]) {
          const pieces = listPieces(db, { log, kind, tag, year, limit: 20 });
          ok(pieces.length > 0);
          listPieces(db, { log, kind, tag, year, before: 10 ** 15, limit: 20 });
          listNewer(db, { log, kind, tag, year, after: 0, limit: 20 });
        }
      }
      searchPieces(db, { log, kind, query: "some text", limit: 20 });
      searchPieces(db, { log, kind, query: "tag:x -word", limit: 20 });
      listYears(db, log, kind);
      listMonths(db, log, 2026, kind);
    }
    const [piece] = listPieces(db, { log, limit: 1 });
    if (piece !== undefined) findNeighbours(db, piece);
    findPost(db, log, index + 1);
    findArticle(db, log, slug);
    findPieceByAlias(db, log, "/old");
    listPages(db, log);
    listTags(db, log, 20);
    findTag(db, log, "x");
    countPieces(db, log);
    findProfile(db, log);
    listRevisions(db, log, index);
    listEntries(db, log, 0, 20);
    listDrafts(db, { limit: 20 });
    findAttemptWait(db, "network", 0);
  });
  ok(plans.size > 25);
  const slow = [...plans].filter(([, steps]) => steps.some(isSlow));
  deepEqual(slow, []);
});
