import { deepEqual, equal } from "node:assert/strict";
import { publishPost, publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";
import { CAPSULE_TABLES } from "../../storage/migrations/0001_capsule.ts";
import { IMPORT_TABLES } from "../../storage/migrations/0002_imports.ts";
import { DatabaseSync } from "node:sqlite";
import { findTag } from "../../storage/tags.ts";
import { findPiece, findPieceByAlias, listPieces } from "../../storage/pieces.ts";
import { searchPieces } from "../../storage/search.ts";
import { listRevisions } from "../../storage/revisions.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { makeFolder } from "../support/process.ts";
import { upgrade } from "../support/released.ts";

/** The tables of version 2 with what a capsule wrote; columns that came later are left out. */
function makeOld(path: string): { revised: number; withdrawn: number } {
  using capsule = openTestCapsule();
  const { index: revised } = capsule.article({ title: "Old", aliases: ["/old"], tags: ["Books"] });
  publishRevision(capsule, revised, { title: "Newer", tags: ["books"] });
  const { index: withdrawn } = capsule.post({ text: "gone" });
  publishRevision(capsule, withdrawn, { text: "gone too" });
  publishWithdrawal(capsule, withdrawn);
  const old = new DatabaseSync(path);
  old.exec("pragma auto_vacuum = incremental; pragma journal_mode = wal");
  old.exec(CAPSULE_TABLES);
  old.exec(IMPORT_TABLES);
  old.exec("delete from running_days");
  const tables = old.prepare(
    "select name from sqlite_schema where type = 'table' and name not like 'piece_search%' and name not like 'sqlite%'",
  ).all() as { name: string }[];
  for (const { name } of tables) {
    const columns = (old.prepare(`pragma table_info(${name})`).all() as { name: string }[])
      .map((column) => column.name);
    const found = capsule.db.prepare(`select * from ${name}`).all() as Record<string, never>[];
    const insert = old.prepare(
      `insert into ${name} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of found) {
      insert.run(...columns.map((column) => row[column] ?? (column === "label" ? "x" : null)));
    }
  }
  const pieces = capsule.db.prepare("select id, kind, title, text, tags from pieces").all() as {
    id: number;
    kind: string;
    title: string;
    text: string;
  }[];
  for (const { id, kind, title, text } of pieces) {
    const scope = kind === "article" ? "l1 l1article t626f6f6b73" : "l1 l1post";
    old.prepare(
      "insert into piece_search (rowid, scope, title, body, tags) values (?, ?, ?, ?, '')",
    )
      .run(id, scope, title, text);
  }
  old.exec(`pragma application_id = ${0x43415053}; pragma user_version = 2`);
  old.close();
  return { revised, withdrawn };
}

Deno.test("a database of before the mesh gets its tables and keeps what it had", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  const { revised, withdrawn } = makeOld(path);
  await upgrade(path);
  using db = openDatabase(path);
  checkStore(db);
  deepEqual(
    db.prepare("select target_n as target, n from withdrawals").all().map((row) => ({
      ...row as object,
    })),
    [{ target: withdrawn, n: withdrawn + 2 }],
  );
  equal(findPiece(db, 1, withdrawn), "withdrawn");
  equal(listRevisions(db, 1, revised).length, 2);
  equal((findPieceByAlias(db, 1, "/old") as { index: number }).index, revised);
  equal(findTag(db, 1, "BOOKS")?.label, "books");
  // Version 8 took an index away, and the search index of before goes on.
  deepEqual(listPieces(db, { log: 1, limit: 9 }).map(({ index }) => index), [revised]);
  equal(searchPieces(db, { log: 1, query: "newer tag:books", limit: 9 }).length, 1);
  publishPost({ db, now: Date.now }, { text: "and newer still" });
  equal(searchPieces(db, { log: 1, query: "newer", limit: 9 }).length, 2);
  equal(listPieces(db, { log: 1, limit: 9 }).length, 2);
  checkStore(db);
});
