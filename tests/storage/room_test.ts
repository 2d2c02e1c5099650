import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { fullProblem } from "../../storage/database_problem.ts";
import { hasRoom, keepRoom } from "../../storage/room.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { listNames, makeFolder } from "../support/process.ts";

function read(db: Database) {
  const { freelist_count: free } = db.prepare("pragma freelist_count").get() as {
    freelist_count: number;
  };
  const wal = Deno.statSync(`${db.path}-wal`).size;
  const tables = db.prepare("select count(*) as n from sqlite_schema where name = 'room'").get();
  return { free, wal, tables: (tables as { n: number }).n };
}

Deno.test("room is kept once: free pages, a long -wal file, no table; what a kill left of it goes", () => {
  using folder = makeFolder();
  using capsule = openTestCapsule({ path: `${folder.path}/capsule.db` });
  const { db } = capsule;
  // As after a kill between the two commits.
  db.exec("create table room (filler blob) strict");
  keepRoom(db);
  const kept = read(db);
  ok(kept.free >= 256 && kept.wal >= 128 * 4_096, JSON.stringify(kept));
  equal(kept.tables, 0);
  const mark = db.changeMark();
  keepRoom(db);
  equal(db.changeMark(), mark);
  // A post takes its pages from those that are free: the file does not grow.
  const { size } = Deno.statSync(db.path);
  capsule.post({ text: "Words" });
  db.prepare("pragma wal_checkpoint(passive)").get();
  equal(Deno.statSync(db.path).size, size);
});

Deno.test("whether there is room is found out without leaving anything behind", () => {
  using folder = makeFolder();
  equal(hasRoom(`${folder.path}/capsule.db`), true);
  equal(hasRoom(`${folder.path}/no-such-folder/capsule.db`), false);
  deepEqual(listNames(folder.path), []);
});

Deno.test("urgent work that finds the disk full is done once more, another problem is not", () => {
  using folder = makeFolder();
  using db = openDatabase(`${folder.path}/capsule.db`);
  let times = 0;
  const work = (problem: Error) => () => {
    times += 1;
    if (times === 1) throw problem;
    return times;
  };
  equal(db.urgently(work(fullProblem("capsule.db"))), 2);
  times = 0;
  throws(() => db.urgently(work(new DatabaseProblem("busy", "locked"))), { kind: "busy" });
  equal(times, 1);
  times = 0;
  throws(() => db.transaction(() => db.urgently(work(fullProblem("x")))), { kind: "full" });
  equal(times, 1, "inside a transaction the whole of it is tried again, or nothing");
});
