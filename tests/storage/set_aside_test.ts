import { deepEqual, equal } from "node:assert/strict";
import { storeNextRecord } from "../../mesh/next_record.ts";
import { publishWithdrawal } from "../../mesh/publish.ts";
import { listNotes } from "../../mesh/identities.ts";
import { deriveRecoverySeed } from "../../mesh/protocol/phrase.ts";
import { findOwnCapsule, type OwnCapsule } from "../../storage/capsules.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { deleteTilesAbove } from "../../storage/cut_tiles.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { listIdentityRecords, type StoredIdentityRecord } from "../../storage/identity_records.ts";
import { appendToMirror, storeRuns } from "../../storage/mirror_log.ts";
import { insertMirror } from "../../storage/mirrors.ts";
import { updateRunningDays } from "../../storage/running_days.ts";
import { acceptRecords, hasSetAside, restoreSetAside } from "../../storage/set_aside.ts";
import { eraseWithdrawn } from "../../storage/withdrawals.ts";
import { openTestCapsule, START_MS, TEST_ENTROPY, type TestCapsule } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { basisOf, readRows } from "../support/mirror_rows.ts";
import {
  appendOdd,
  Dice,
  makeNextTiles,
  makeTiles,
  type Original,
  readOriginal,
} from "../support/odd_log.ts";

const DAY_MS = 86_400_000;
const ADDRESS = "https://ada.example";

function openMirror(
  id: string,
  records: readonly StoredIdentityRecord[],
): { db: Database; log: number } {
  const db = openDatabase(":memory:");
  return { db, log: insertMirror(db, { id, records, address: ADDRESS, isQuiet: false, nowMs: 0 }) };
}

/** Copies the first entries of a log, under a head that its author once had. */
function copyFirst(db: Database, log: number, original: Original, count: number, note: string) {
  const entries = original.entries.slice(0, count);
  const { tiles, root } = makeTiles(entries);
  const contents = original.contents.slice(0, count);
  if (count === 0) return;
  appendToMirror(db, log, { ...basisOf(db, log), expectedSize: 0 }, {
    entries,
    contents,
    tiles,
    root,
    note,
  });
}

/** The author's next record, with a cut; answers its whole chain. */
function cutOff(author: { db: Database }, own: OwnCapsule, cut: number): void {
  const key = { seed: deriveRecoverySeed(TEST_ENTROPY), id: own.id };
  author.db.transaction(() => {
    storeNextRecord(author.db, own, { key, isOpen: true, cut, address: ADDRESS, nowMs: START_MS });
  });
}

function accept(db: Database, log: number, author: { db: Database }): void {
  const own = findOwnCapsule(author.db) as OwnCapsule;
  const head = findCheckpoint(author.db, own.log);
  if (head === undefined) throw new Error("no head");
  const records = listIdentityRecords(author.db, own.log);
  const isConfirmed = true;
  const cut = { size: head.size, root: head.root };
  equal(
    acceptRecords(db, log, {
      expected: basisOf(db, log).record,
      records,
      cut,
      address: ADDRESS,
      isConfirmed,
    }),
    "accepted",
  );
  deleteTilesAbove(db, log, head.size);
}

function compare(
  found: Record<string, unknown[]>,
  expected: Record<string, unknown[]>,
  leaveOut: readonly string[],
  message: string,
): void {
  for (const [name, rows] of Object.entries(found)) {
    if (leaveOut.includes(name)) continue;
    const other = expected[name] ?? [];
    const i = rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(other[i]));
    const difference = `${JSON.stringify(rows[i])}, not ${JSON.stringify(other[i])}`;
    equal(i, -1, `${name}: ${difference}. ${message}`);
    equal(rows.length, other.length, `${name}: number of rows. ${message}`);
  }
}

function openOdd(dice: Dice): { author: TestCapsule; original: Original } {
  const author = openTestCapsule({ address: ADDRESS });
  appendOdd(author, author.log, dice, 20 + dice.roll(300));
  return { author, original: readOriginal(author.db, author.log) };
}

const SEED = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 200 : 12;

Deno.test(`beyond a cut everything is as if it had never come (P6), seed ${SEED}`, () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed += 1) {
    const dice = new Dice(seed);
    const { author, original } = openOdd(dice);
    using _author = author;
    const cut = dice.roll(original.size + 1);
    const records = listIdentityRecords(author.db, author.log);
    const cutMirror = openMirror(author.id, records);
    using db = cutMirror.db;
    copyFirst(db, cutMirror.log, original, original.size, original.note);
    const own = findOwnCapsule(author.db) as OwnCapsule;
    cutOff(author, own, cut);
    accept(db, cutMirror.log, author);
    const before = openMirror(author.id, records);
    using other = before.db;
    copyFirst(other, before.log, original, cut, "");
    const message = `CAPSULE_TEST_SEED=${seed} repeats it`;
    const expected = readRows(other, before.log);
    // What an erased revision revised nobody knows: here nothing was erased.
    compare(readRows(db, cutMirror.log), expected, ["address"], message);
    compare(readRows(author.db, author.log), expected, ["address", "mirror"], message);
    checkStore(db);
    checkStore(author.db);
  }
});

Deno.test(`what a later record takes in again is shown again, its contents too, seed ${SEED}`, () => {
  for (let seed = SEED; seed < SEED + ROUNDS; seed += 1) {
    const dice = new Dice(seed);
    const { author, original } = openOdd(dice);
    using _author = author;
    const copyPath = Deno.makeTempFileSync();
    Deno.removeSync(copyPath);
    author.db.prepare("vacuum into ?").run(copyPath);
    using copy = openDatabase(copyPath);
    const records = listIdentityRecords(author.db, author.log);
    const whole = openMirror(author.id, records);
    using wholeDb = whole.db;
    copyFirst(wholeDb, whole.log, original, original.size, original.note);
    const mirror = openMirror(author.id, records);
    using db = mirror.db;
    copyFirst(db, mirror.log, original, original.size, original.note);
    const own = findOwnCapsule(author.db) as OwnCapsule;
    cutOff(author, own, dice.roll(original.size));
    accept(db, mirror.log, author);
    // The copy of the author's database knows nothing of that record, and makes two that win.
    cutOff({ db: copy }, own, original.size);
    cutOff({ db: copy }, own, original.size);
    accept(db, mirror.log, { db: copy });
    checkStore(db);
    const hashes = original.entries.map(({ hash }) => hash);
    if (dice.roll(2) === 0) {
      restoreSetAside(db, mirror.log, basisOf(db, mirror.log), { from: 0, hashes });
    } else {
      // From a source that has no contents.
      const contents = original.entries.map(() => "absent" as const);
      const { tiles } = makeTiles(original.entries);
      const { entries } = original;
      storeRuns(db, mirror.log, basisOf(db, mirror.log), [{ from: 0, entries, contents, tiles }]);
    }
    equal(hasSetAside(db, mirror.log), false);
    db.transaction(() => {
      const { tiles } = makeTiles(original.entries);
      storeRuns(db, mirror.log, basisOf(db, mirror.log), [{
        from: 0,
        entries: [],
        contents: [],
        tiles,
      }]);
    });
    const message = `CAPSULE_TEST_SEED=${seed} repeats it`;
    compare(readRows(db, mirror.log), readRows(wholeDb, whole.log), ["address"], message);
    checkStore(db);
    deepEqual(listNotes(db, mirror.log).length, 3);
    for (const end of ["", "-wal", "-shm"]) {
      try {
        Deno.removeSync(copyPath + end);
      } catch {
        // Not every one is there.
      }
    }
  }
});

Deno.test("what is beyond a cut is erased after 30 days on which the capsule ran", () => {
  using author = openTestCapsule({ address: ADDRESS });
  author.post({ text: "before" });
  author.post({ text: "a thief's" });
  const { db, log } = author;
  updateRunningDays(db, START_MS);
  cutOff(author, findOwnCapsule(db) as OwnCapsule, 2);
  for (let day = 1; day < 30; day += 1) eraseWithdrawn(db, START_MS + day * DAY_MS);
  equal(hasSetAside(db, log), true);
  eraseWithdrawn(db, START_MS + 40 * DAY_MS);
  equal(hasSetAside(db, log), false);
});

Deno.test("a withdrawal that a cut leaves out is undone, erased contents are asked for again", () => {
  using author = openTestCapsule({ address: ADDRESS });
  const { db, log } = author;
  author.post({ text: "kept" });
  const records = listIdentityRecords(db, log);
  const { db: mirrorDb, log: mirrorLog } = openMirror(author.id, records);
  using other = mirrorDb;
  author.post({ text: "also" });
  // A thief's.
  publishWithdrawal(author, 1);
  const original = readOriginal(db, log);
  copyFirst(other, mirrorLog, original, original.size, original.note);
  updateRunningDays(other, START_MS);
  equal(stateOf(other, mirrorLog, 1), "withdrawn");
  for (let day = 1; day <= 31; day += 1) eraseWithdrawn(other, START_MS + day * DAY_MS);
  equal(stateOf(other, mirrorLog, 1), "erased");
  cutOff(author, findOwnCapsule(db) as OwnCapsule, 3);
  equal(stateOf(db, log, 1), "held");
  accept(other, mirrorLog, author);
  equal(stateOf(other, mirrorLog, 1), undefined);
  const missing = other.prepare("select n, state from missing_contents").all();
  deepEqual(missing.map((row) => ({ ...row as object })), [{ n: 1, state: "later" }]);
  checkStore(other);
});

Deno.test("a new branch grows over what was set aside", () => {
  using author = openTestCapsule({ address: ADDRESS });
  const { db, log } = author;
  for (let n = 0; n < 5; n += 1) author.article({ title: `Thing ${n}` });
  cutOff(author, findOwnCapsule(db) as OwnCapsule, 3);
  // The slug is free again.
  equal(author.article({ title: "Thing 4" }).slug, "thing-4");
  author.post({ text: "on" });
  const { size } = findCheckpoint(db, log) ?? { size: 0 };
  equal(size, 5);
  equal(makeNextTiles(db, log, size, []).size, 5);
});

function stateOf(db: Database, log: number, index: number): string | undefined {
  const row = db.prepare("select state from contents where log = ? and n = ?").get(log, index) as
    | { state: string }
    | undefined;
  return row?.state;
}
