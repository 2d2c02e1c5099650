import { deepEqual, equal, ok } from "node:assert/strict";
import { type Night, runNight } from "../../host/night.ts";
import { insertAttempt } from "../../storage/attempts.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { deleteExpired } from "../../storage/expired.ts";
import { encodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { derivePublicKey } from "../../storage/keys.ts";
import { publishWithdrawal } from "../../mesh/publish.ts";
import { saveSettings } from "../../storage/settings.ts";
import { insertSession } from "../../storage/sessions.ts";
import { checkpointDatabase } from "../../storage/upkeep.ts";
import { findUpkeepDue, shareOf } from "../../storage/upkeep_due.ts";
import {
  findNewestUpkeepRun,
  insertUpkeepRun,
  UPKEEP_RUNS_MAX,
} from "../../storage/upkeep_runs.ts";
import { eraseWithdrawn, SET_ASIDE_DAYS } from "../../storage/withdrawals.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { makeFolder } from "../support/process.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

const RUN = {
  begunAtMs: 0,
  tookMs: 1,
  outcome: "whole",
  expiredRows: 0,
  mergedSteps: 0,
  freedPages: 0,
  bytesBefore: 1,
  bytesAfter: 1,
} as const;

/** A night whose clock is counted in slices: each takes 10 ms. */
function makeNight(db: Database, budgetMs = 60_000): Night & { slices: () => number } {
  let elapsedMs = 0;
  let slices = 0;
  return {
    db,
    now: () => Date.UTC(2026, 5, 1),
    elapsed: () => elapsedMs,
    rest: () => {
      slices += 1;
      elapsedMs += 10;
      return Promise.resolve();
    },
    isStopped: () => false,
    budgetMs,
    slices: () => slices,
  };
}

Deno.test("upkeep is due between two and half past three of the owner's night, the same minute every night", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  for (
    const [timeZone, offsetHours] of [["UTC", 0], ["Asia/Tokyo", 9], ["America/Lima", -5]] as const
  ) {
    saveSettings(db, { timeZone });
    const startMs = Date.UTC(2026, 0, 1);
    insertUpkeepRun(db, { ...RUN, begunAtMs: Date.UTC(2026, 0, 10, 12) });
    const due = findUpkeepDue(db, startMs, Date.UTC(2026, 0, 10, 12)) ?? 0;
    const localHours = ((due / HOUR_MS + offsetHours) % 24 + 24) % 24;
    ok(localHours >= 2 && localHours < 3.5, `${timeZone}: ${localHours}`);
    ok(due > Date.UTC(2026, 0, 10, 12) && due <= Date.UTC(2026, 0, 11, 12));
    insertUpkeepRun(db, { ...RUN, begunAtMs: due });
    equal(findUpkeepDue(db, startMs, due + 1), due + DAY_MS);
  }
});

Deno.test("a missed night is made up for some minutes after the start, and a clock that was wrong stops nothing", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const startMs = Date.UTC(2026, 0, 10, 12);
  const due = findUpkeepDue(db, startMs, startMs) ?? 0;
  ok(due >= startMs + 10 * MINUTE_MS && due < startMs + 20 * MINUTE_MS);
  // It ran in a year to come, as the clock then said.
  insertUpkeepRun(db, { ...RUN, begunAtMs: Date.UTC(2031, 0, 1) });
  equal(findUpkeepDue(db, startMs, startMs), due);
  insertUpkeepRun(db, { ...RUN, begunAtMs: due });
  ok((findUpkeepDue(db, startMs, due) ?? 0) > due + 10 * HOUR_MS);
});

Deno.test("the nights of a hundred capsules on one machine do not begin together", () => {
  const minutes = new Map<number, number>();
  for (let n = 1; n <= 100; n++) {
    const id = encodeCapsuleId(derivePublicKey(new Uint8Array(32).fill(n)));
    const minute = Math.floor(shareOf(id) * 90);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  ok(Math.max(...minutes.values()) <= 5, "five in the same of ninety minutes");
  ok(minutes.size >= 50, "most minutes have one");
  for (const begin of [0, 30, 60]) {
    const counts = [...minutes].filter(([minute]) => Math.floor(minute / 30) === begin / 30);
    const sum = counts.reduce((total, [, count]) => total + count, 0);
    ok(sum >= 20, `each half hour has its share: ${sum} from minute ${begin}`);
  }
});

Deno.test("before set-up nothing is due", () => {
  using db = openDatabase(":memory:");
  equal(findUpkeepDue(db, 0, DAY_MS), undefined);
});

Deno.test("rows go when their time is over, not a moment before, and no more at once than was asked", () => {
  using capsule = openTestCapsule();
  const { db, now } = capsule;
  const nowMs = now();
  insertSession(db, new Uint8Array(32).fill(1), { agent: "old", nowMs });
  insertAttempt(db, "192.0.2.0", nowMs);
  const insert = db.prepare("insert into once_keys (key, result, at_ms) values (?, '1', ?)");
  for (let n = 0; n < 10; n += 1) insert.run(`k${n}`, nowMs);
  db.prepare("insert into setup_codes (id, hash, expires_at_ms) values (1, x'00', ?)").run(nowMs);
  db.prepare("insert into inbox_arrivals (network, at_ms) values ('n', ?)").run(nowMs);
  db.prepare("insert into confirmations (host, network, at_ms) values ('h', '', ?)").run(nowMs);
  for (const kind of ["checkpoint", "follow"]) {
    db.prepare(
      "insert into deliveries (peer, kind, log, created_at_ms, next_at_ms) values ('p', ?, 1, ?, 0)",
    ).run(kind, nowMs);
  }
  db.prepare(
    "insert into certificates values ('a.example', 'd', 'c', 'k', 0, ?, null, null, null, 0, 0)",
  ).run(nowMs);
  db.prepare(
    "insert into certificate_tries values ('a.example', 'd', 1, 'c', 's', '', ?, null, null)",
  ).run(nowMs);
  const count = () =>
    ["sessions", "attempts", "setup_codes", "once_keys", "inbox_arrivals", "confirmations"]
      .concat(["deliveries", "certificates", "certificate_tries"])
      .map((table) => (db.prepare(`select count(*) as n from ${table}`).get() as { n: number }).n);
  const ends = [30 * DAY_MS, 15 * MINUTE_MS, 7 * DAY_MS, 7 * DAY_MS, MINUTE_MS, 2 * DAY_MS];
  const rest = [30 * DAY_MS, 90 * DAY_MS, 180 * DAY_MS];
  const left = count();
  deepEqual(left, [1, 1, 1, 10, 1, 1, 2, 1, 1]);
  for (const end of [...new Set([...ends, ...rest])].sort((a, b) => a - b)) {
    equal(deleteExpired(db, nowMs + end, 100), 0, `${end}: too early`);
    while (deleteExpired(db, nowMs + end + 1, 3) > 0);
  }
  deepEqual(count(), [0, 0, 0, 0, 0, 0, 1, 0, 0]);
  for (let n = 0; n < 10; n += 1) insert.run(`k${n}`, nowMs);
  equal(deleteExpired(db, nowMs + 8 * DAY_MS, 7), 7);
  equal(deleteExpired(db, nowMs + 8 * DAY_MS, 7), 3);
});

let worn: Uint8Array | undefined;

/** A file from which much was erased: free pages, a search index in many parts. */
function makeWorn(path: string): void {
  if (worn === undefined) {
    fillWorn(path);
    worn = Deno.readFileSync(path);
  }
  Deno.writeFileSync(path, worn);
}

function fillWorn(path: string): void {
  using capsule = openTestCapsule({ path });
  for (let n = 1; n <= 400; n += 1) capsule.post({ text: `${n} ${"many words ".repeat(40)}` });
  for (let n = 1; n <= 300; n += 1) publishWithdrawal(capsule, n);
  const { db } = capsule;
  db.exec("create table filler (bytes blob) strict");
  const insert = db.prepare("insert into filler values (zeroblob(100000))");
  for (let n = 0; n < 40; n += 1) insert.run();
  db.exec("drop table filler");
}

Deno.test("a night gives the room of erased rows back, in steps, and says how it went", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  makeWorn(path);
  const { size } = await Deno.stat(path);
  using db = openDatabase(path);
  const night = makeNight(db);
  const { run } = await runNight(night);
  equal(run.outcome, "whole");
  ok(run.freedPages > 400, JSON.stringify(run));
  ok(run.mergedSteps > 0);
  ok(night.slices() > 5);
  ok(run.bytesAfter < run.bytesBefore - 1_500_000);
  ok((await Deno.stat(path)).size < size - 1_500_000);
  // What `keepRoom` keeps for a full disk, and no more.
  ok((await Deno.stat(`${path}-wal`)).size < 2_000_000);
  deepEqual({ ...findNewestUpkeepRun(db) }, run);
  checkStore(db);
  // A second one finds nothing left.
  const again = (await runNight(makeNight(db))).run;
  deepEqual([again.mergedSteps, again.freedPages, again.outcome], [0, 0, "whole"]);
});

Deno.test("a night that runs out of time is gone on with by the next", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  makeWorn(path);
  using db = openDatabase(path);
  const outcomes: string[] = [];
  let freed = 0;
  while (outcomes.at(-1) !== "whole" && outcomes.length < 100) {
    const { run } = await runNight(makeNight(db, 30));
    outcomes.push(run.outcome);
    freed += run.freedPages;
  }
  ok(outcomes.length > 2 && outcomes[0] === "out_of_time", outcomes.join());
  ok(freed > 400);
  equal((await runNight({ ...makeNight(db), isStopped: () => true })).run.outcome, "stopped");
  checkStore(db);
});

Deno.test("a night leaves the lock to whoever writes, and waits", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  makeWorn(path);
  using db = openDatabase(path);
  using writer = openDatabase(path);
  writer.exec("begin immediate");
  const night = makeNight(db);
  let rests = 0;
  const rest = (ms: number) => {
    rests += 1;
    if (rests === 5) writer.exec("commit");
    return night.rest(ms);
  };
  const { run } = await runNight({ ...night, rest });
  equal(run.outcome, "whole");
  ok(run.freedPages > 400 && rests > 5);
});

Deno.test("runs are remembered up to thirty", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  for (let n = 1; n <= UPKEEP_RUNS_MAX + 5; n += 1) insertUpkeepRun(db, { ...RUN, begunAtMs: n });
  deepEqual({
    ...db.prepare("select count(*) as n, min(begun_at_ms) as first from upkeep_runs")
      .get() as object,
  }, {
    n: UPKEEP_RUNS_MAX,
    first: 6,
  });
});

Deno.test("words of what was erased leave the file by a night", async () => {
  using folder = makeFolder();
  using capsule = openTestCapsule({ path: `${folder.path}/capsule.db` });
  const { db } = capsule;
  capsule.post({ text: "unmistakablesecret stands here" });
  for (let n = 0; n < 50; n += 1) capsule.post({ text: `ordinary ${n}` });
  publishWithdrawal(capsule, 1);
  for (let day = 0; day <= SET_ASIDE_DAYS; day += 1) eraseWithdrawn(db, capsule.wait(DAY_MS));
  await runNight(makeNight(db));
  const bytes = await Deno.readFile(`${folder.path}/capsule.db`);
  equal(new TextDecoder("latin1").decode(bytes).includes("unmistakablesecret"), false);
});

Deno.test("the -wal file stays bounded while somebody writes and others read at every moment", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  using db = openDatabase(path);
  using tidier = openDatabase(path);
  db.exec("create table filler (bytes blob) strict");
  const insert = db.prepare(
    "insert or replace into filler (rowid, bytes) values (?, zeroblob(100000))",
  );
  const readers = await Promise.all([1, 2, 3].map(() => startReader(path)));
  let [largest, cuts] = [0, 0];
  try {
    for (let n = 0; n < 600; n += 1) {
      db.transaction(() => insert.run(n % 40));
      const { size } = await Deno.stat(`${path}-wal`);
      largest = Math.max(largest, size);
      // As a serving program looks once a minute, with another bound.
      if (size > 24_000_000 && checkpointDatabase(tidier, 200)) cuts += 1;
    }
  } finally {
    for (const reader of readers) reader.terminate();
  }
  ok(largest < 40_000_000, `${largest} bytes after ${cuts} cuts`);
});

async function startReader(path: string): Promise<Worker> {
  const url = new URL("../support/read_forever.ts", import.meta.url);
  const reader = new Worker(url, { type: "module" });
  const { promise, resolve } = Promise.withResolvers<void>();
  reader.onmessage = () => resolve();
  reader.postMessage(path);
  await promise;
  return reader;
}
