import { deepEqual, equal, throws } from "node:assert/strict";
import { publishWithdrawal } from "../../mesh/publish.ts";
import type { Database } from "../../storage/database.ts";
import { openDatabase } from "../../storage/database.ts";
import { listIdentityRecords } from "../../storage/identity_records.ts";
import { adoptHead, appendToMirror, storeContents, storeRuns } from "../../storage/mirror_log.ts";
import { deleteMirrorPart, insertMirror } from "../../storage/mirrors.ts";
import { updateRunningDays } from "../../storage/running_days.ts";
import { setAsideEntries } from "../../storage/set_aside.ts";
import { takeDownEntry } from "../../storage/takedowns.ts";
import { countHeldBack, eraseWithdrawn, saveEraseAgreed } from "../../storage/withdrawals.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { basisOf, readRows } from "../support/mirror_rows.ts";
import { appendOdd, Dice, makeTiles, readOriginal } from "../support/odd_log.ts";

const DAY_MS = 86_400_000;
const TABLES = [
  "entries",
  "contents",
  "pieces",
  "revisions",
  "slugs",
  "aliases",
  "piece_tags",
  "tags",
  "piece_counts",
  "archive",
  "profiles",
  "blob_uses",
  "wanted_blobs",
  "withdrawals",
  "follows",
  "missing_entries",
  "missing_contents",
  "mirrors",
  "checkpoints",
  "tiles",
  "entries_set_aside",
  "takedowns",
  "capsules",
];

/** Runs `work` once for each table and act with that write broken: whatever broke, nothing of it is there. */
function breakEach(db: Database, log: number, work: () => unknown): number {
  let broken = 0;
  const before = JSON.stringify(readRows(db, log));
  for (const table of TABLES) {
    for (const act of ["insert", "update", "delete"]) {
      db.exec(
        `create temp trigger broken after ${act} on main.${table} begin select raise(abort, 'broken'); end`,
      );
      let isBroken = false;
      try {
        db.transaction(() => {
          work();
          throw new Error("undo");
        });
      } catch (error) {
        isBroken = error instanceof Error && error.message !== "undo";
      }
      db.exec("drop trigger broken");
      if (!isBroken) continue;
      broken += 1;
      equal(JSON.stringify(readRows(db, log)), before, `${act} ${table}`);
    }
  }
  checkStore(db);
  return broken;
}

Deno.test("a write of a mirror that breaks anywhere leaves the mirror as it was (P2)", () => {
  using author = openTestCapsule({ address: "https://ada.example" });
  appendOdd(author, author.log, new Dice(7), 300);
  const { entries, contents, size, root, note } = readOriginal(author.db, author.log);
  using db = openDatabase(":memory:");
  const records = listIdentityRecords(author.db, author.log);
  const log = insertMirror(db, { id: author.id, records, address: null, isQuiet: false, nowMs: 0 });
  const { tiles } = makeTiles(entries);
  const basis = { ...basisOf(db, log), expectedSize: 0 };
  const run = (from: number, to: number, isLate: boolean) => ({
    from,
    entries: entries.slice(from, to),
    contents: contents.slice(from, to).map((bytes, i) =>
      isLate && i % 2 === 0 ? "later" as const : bytes
    ),
    tiles: [],
  });
  const steps: (() => unknown)[] = [
    () => adoptHead(db, log, basis, { size, root, note, tiles }),
    () => storeRuns(db, log, basisOf(db, log), [run(150, 300, true)]),
    () => storeRuns(db, log, basisOf(db, log), [run(0, 200, false)]),
    () =>
      storeContents(
        db,
        log,
        basisOf(db, log),
        contents.map((bytes, index) => ({ index, bytes })),
      ),
    () =>
      takeDownEntry(db, { log, index: entries.findIndex(({ kind }) => kind === "article") }, {
        reason: "law",
        note: "",
      }, 0),
    () => setAsideEntries(db, log, 1, [{ from: 100, to: 180 }]),
    () => deleteMirrorPart(db, log, 100_000),
  ];
  for (const step of steps) {
    equal(breakEach(db, log, step) > 0, true);
    step();
    checkStore(db);
  }
});

Deno.test("under another record or head nothing is written", () => {
  using author = openTestCapsule({ address: "https://ada.example" });
  author.post({ text: "one" });
  const { entries, contents, size, root, note } = readOriginal(author.db, author.log);
  using db = openDatabase(":memory:");
  const records = listIdentityRecords(author.db, author.log);
  const log = insertMirror(db, { id: author.id, records, address: null, isQuiet: false, nowMs: 0 });
  const { tiles } = makeTiles(entries);
  const before = JSON.stringify(readRows(db, log));
  const { record } = basisOf(db, log);
  // A closing in the place of the record has its number, and another hash.
  const other = { record: record.toReversed() };
  const append = { entries, contents, tiles, root, note };
  equal(appendToMirror(db, log, { ...other, expectedSize: 0 }, append), "moved");
  equal(appendToMirror(db, log, { record, expectedSize: 1 }, append), "moved");
  equal(adoptHead(db, log, { ...other, expectedSize: 0 }, { size, root, note, tiles }), "moved");
  equal(storeRuns(db, log, other, []), "moved");
  equal(storeContents(db, log, other, []), "moved");
  equal(JSON.stringify(readRows(db, log)), before);
  adoptHead(db, log, { record, expectedSize: 0 }, { size, root, note, tiles });
  // A run that is not what its place says is a bug of the caller.
  const wrong = { from: 0, entries: entries.toReversed(), contents, tiles: [] };
  throws(() => storeRuns(db, log, { record }, [wrong]), RangeError);
  checkStore(db);
});

Deno.test("more than 100 withdrawals in a day are hidden, and erased only when the owner agrees", () => {
  using author = openTestCapsule({ address: "https://ada.example" });
  for (let n = 0; n < 102; n += 1) author.post({ text: `post ${n}` });
  for (let n = 1; n <= 101; n += 1) publishWithdrawal(author, n);
  const { entries, contents, root, note } = readOriginal(author.db, author.log);
  using db = openDatabase(":memory:");
  updateRunningDays(db, START_MS);
  const records = listIdentityRecords(author.db, author.log);
  const log = insertMirror(db, { id: author.id, records, address: null, isQuiet: false, nowMs: 0 });
  const { tiles } = makeTiles(entries);
  appendToMirror(db, log, { ...basisOf(db, log), expectedSize: 0 }, {
    entries,
    contents,
    tiles,
    root,
    note,
  });
  const states = () =>
    db.prepare("select state, count(*) as n from contents where n between 1 and 102 group by state")
      .all()
      .map((row) => ({ ...row as object }));
  const hidden = [{ state: "held", n: 1 }, { state: "withdrawn", n: 101 }];
  deepEqual(states(), hidden);
  equal(countHeldBack(db, log), 101);
  for (let day = 1; day <= 31; day += 1) eraseWithdrawn(db, START_MS + day * DAY_MS);
  deepEqual(states(), hidden);
  saveEraseAgreed(db, log);
  equal(countHeldBack(db, log), 0);
  eraseWithdrawn(db, START_MS + 31 * DAY_MS);
  deepEqual(states(), [{ state: "erased", n: 101 }, { state: "held", n: 1 }]);
  checkStore(db);
  // The author's own capsule asks nobody.
  updateRunningDays(author.db, START_MS);
  for (let day = 1; day <= 31; day += 1) eraseWithdrawn(author.db, START_MS + day * DAY_MS);
  const { n } = author.db.prepare("select count(*) as n from contents where state = 'erased'")
    .get() as { n: number };
  equal(n, 101);
});
