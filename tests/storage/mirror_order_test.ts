import { equal } from "node:assert/strict";
import { type Database, openDatabase } from "../../storage/database.ts";
import { listIdentityRecords } from "../../storage/identity_records.ts";
import {
  adoptHead,
  appendToMirror,
  type Run,
  storeContents,
  storeRuns,
} from "../../storage/mirror_log.ts";
import { insertMirror } from "../../storage/mirrors.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
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

function openMirror(author: TestCapsule): { db: Database; log: number } {
  const db = openDatabase(":memory:");
  const records = listIdentityRecords(author.db, author.log);
  const log = insertMirror(db, {
    id: author.id,
    records,
    address: "https://ada.example",
    isQuiet: false,
    nowMs: 0,
  });
  return { db, log };
}

/** As the log was written, a few entries at a time. */
function copyInOrder(db: Database, log: number, original: Original, dice: Dice): void {
  const { entries, contents, size, root, note } = original;
  for (let from = 0; from < size;) {
    const to = Math.min(size, from + 1 + dice.roll(300));
    const part = entries.slice(from, to);
    const next = makeNextTiles(db, log, from, part);
    const isLast = to === size;
    appendToMirror(db, log, { ...basisOf(db, log), expectedSize: from }, {
      entries: part,
      contents: contents.slice(from, to),
      tiles: next.tiles,
      note: isLast ? note : "between",
      root: isLast ? root : next.root,
    });
    from = to;
  }
}

/** Under heads that grow, runs in any order, some overlapping, contents with their entries or later. */
function copyInAnyOrder(db: Database, log: number, original: Original, dice: Dice): void {
  const { entries, contents, size, root, note } = original;
  const middle = dice.roll(size);
  const late: number[] = [];
  for (const [from, to] of [[0, middle], [middle, size]] as const) {
    const { tiles } = makeTiles(entries.slice(0, to));
    const isLast = to === size;
    const head = { size: to, root: isLast ? root : makeTiles(entries.slice(0, to)).root };
    const note_ = isLast ? note : "between";
    adoptHead(db, log, { ...basisOf(db, log), expectedSize: from }, {
      ...head,
      note: note_,
      tiles,
    });
    const runs: Run[] = [];
    for (let start = 0; start < to;) {
      const end = Math.min(to, start + 1 + dice.roll(64));
      runs.push({
        from: start,
        entries: entries.slice(start, end),
        contents: contents.slice(start, end).map((bytes, i) => {
          // An article that was withdrawn before it came would not say which paths were its.
          if (dice.roll(3) > 0 || entries[start + i]?.kind === "article") return bytes;
          late.push(start + i);
          return dice.pick(["later", "absent", { withdrawnBy: size - 1 }] as const);
        }),
        tiles: [],
      });
      start = end;
    }
    const left = dice.shuffle(runs);
    while (left.length > 0) storeRuns(db, log, basisOf(db, log), left.splice(0, 1 + dice.roll(6)));
    if (dice.roll(2) === 0) storeLate(db, log, contents, late, dice);
  }
  storeLate(db, log, contents, late, dice);
}

function storeLate(
  db: Database,
  log: number,
  contents: readonly Uint8Array[],
  late: number[],
  dice: Dice,
): void {
  const order = dice.shuffle(late.splice(0));
  while (order.length > 0) {
    const part = order.splice(0, 1 + dice.roll(30));
    const found = part.map((index) => ({ index, bytes: contents[index] ?? new Uint8Array(0) }));
    storeContents(db, log, basisOf(db, log), found);
  }
}

const SEED = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31));

Deno.test(`entries and contents in any order end as in their own (P2, P5), seed ${SEED}`, () => {
  const rounds = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 200 : 12;
  for (let seed = SEED; seed < SEED + rounds; seed += 1) {
    const dice = new Dice(seed);
    using author = openTestCapsule({ address: "https://ada.example" });
    appendOdd(author, author.log, dice, 30 + dice.roll(600));
    const original = readOriginal(author.db, author.log);
    const inOrder = openMirror(author);
    using _one = inOrder.db;
    copyInOrder(inOrder.db, inOrder.log, original, dice);
    const anyOrder = openMirror(author);
    using _two = anyOrder.db;
    copyInAnyOrder(anyOrder.db, anyOrder.log, original, dice);
    const expected = readRows(inOrder.db, inOrder.log);
    const message = `seed ${seed}: CAPSULE_TEST_SEED=${seed} repeats it`;
    for (const [name, rows] of Object.entries(readRows(anyOrder.db, anyOrder.log))) {
      const other = expected[name] ?? [];
      const i = rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(other[i]));
      const difference = `${JSON.stringify(rows[i])}, not ${JSON.stringify(other[i])}`;
      equal(i, -1, `${name}: ${difference}. ${message}`);
      equal(rows.length, other.length, `${name}: rows are missing. ${message}`);
    }
    checkStore(inOrder.db);
    checkStore(anyOrder.db);
  }
});
