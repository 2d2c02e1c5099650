import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import {
  deleteBackupPlan,
  findBackupDue,
  findBackupPlan,
  findPlanProblem,
  FOLDER_BYTES_MAX,
  saveBackupPlan,
  updateBackupWish,
  USUAL_PLAN,
} from "../../storage/backup_plan.ts";
import { isBackupName, listRemovals, makeBackupName } from "../../storage/backup_rotation.ts";
import {
  type Backup,
  findBackup,
  findNewestBackup,
  findNewestTry,
  insertBackup,
  insertCommandBackup,
  updateBackupFailed,
  updateBackupGood,
} from "../../storage/backups.ts";
import { saveSettings } from "../../storage/settings.ts";
import { openTestCapsule } from "../support/capsule.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FACTS = { bytes: 1, entries: 1, size: 1, root: "" };

Deno.test("a plan is a folder below the database's and two numbers, each within its bounds", () => {
  const field = (plan: Partial<typeof USUAL_PLAN>) =>
    findPlanProblem({ ...USUAL_PLAN, ...plan })?.field;
  for (const folder of ["backups", "disk/capsule", "Sicherungen für später", "x".repeat(200)]) {
    equal(field({ folder }), undefined, folder);
  }
  const bad = ["", "/", "/backups", "backups/", "..", "a/../b", "a//b", ".", " a", "a\nb", "a\\b"];
  for (const folder of [...bad, "x".repeat(FOLDER_BYTES_MAX + 1)]) {
    equal(field({ folder }), "folder", folder);
  }
  for (const keepDays of [1, 365]) equal(field({ keepDays }), undefined);
  for (const keepDays of [0, 366, 1.5, NaN]) equal(field({ keepDays }), "keepDays");
  for (const keepWeeks of [0, 520]) equal(field({ keepWeeks }), undefined);
  for (const keepWeeks of [-1, 521, NaN]) equal(field({ keepWeeks }), "keepWeeks");
  using capsule = openTestCapsule();
  throws(() => saveBackupPlan(capsule.db, { ...USUAL_PLAN, folder: ".." }, 0), RangeError);
  equal(findBackupPlan(capsule.db), undefined);
  equal(updateBackupWish(capsule.db), false);
});

Deno.test("a backup is due at once, then after four in the owner's morning, and an hour after a failure", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  saveSettings(db, { timeZone: "Asia/Tokyo" });
  // Noon in Tokyo; its last four o'clock was eight hours ago.
  const noon = Date.UTC(2026, 4, 3, 3);
  equal(findBackupDue(db, noon), undefined);
  saveBackupPlan(db, USUAL_PLAN, noon);
  equal(findBackupDue(db, noon), noon);
  const first = insertBackup(db, { folder: "backups", file: "a", nowMs: noon });
  equal(findBackupPlan(db)?.isAsked, false);
  updateBackupFailed(db, first, "The disk is full.", noon);
  equal(findBackupDue(db, noon + 1), noon + HOUR_MS);
  const second = insertBackup(db, { folder: "backups", file: "b", nowMs: noon + HOUR_MS });
  updateBackupGood(db, second, FACTS, noon + HOUR_MS);
  const nextMs = findBackupDue(db, noon + 2 * HOUR_MS) ?? 0;
  ok(nextMs >= noon + 16 * HOUR_MS && nextMs < noon + 17.5 * HOUR_MS);
  // A night without the program: due some minutes after it is there again.
  const laterMs = noon + 3 * DAY_MS;
  ok((findBackupDue(db, laterMs) ?? Infinity) <= laterMs);
  const startedMs = (findBackupDue(db, laterMs, laterMs) ?? 0) - laterMs;
  ok(startedMs >= 10 * 60_000 && startedMs < 20 * 60_000);
  // A clock that was set back a year.
  const back = noon - 365 * DAY_MS;
  equal(findBackupDue(db, back), back);
  const third = insertBackup(db, { folder: "backups", file: "c", nowMs: back });
  updateBackupGood(db, third, FACTS, back);
  ok((findBackupDue(db, back + 1) ?? 0) > back + 1);
  updateBackupWish(db);
  equal(findBackupDue(db, back + 2), back + 2);
  deleteBackupPlan(db);
  equal(findBackupDue(db, noon), undefined);
});

Deno.test("rows of backups are bounded, and those with a file stay", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const kept = insertBackup(db, { folder: "backups", file: "kept", nowMs: 0 });
  updateBackupGood(db, kept, FACTS, 0);
  for (let n = 1; n <= 300; n += 1) {
    const id = insertBackup(db, { folder: "backups", file: `${n}`, nowMs: n });
    updateBackupFailed(db, id, "The disk is full.", n);
  }
  insertCommandBackup(db, { ...FACTS, file: "-", begunAtMs: 301, nowMs: 302 });
  const { n } = db.prepare("select count(*) as n from backups").get() as { n: number };
  equal(n, 201);
  equal(findBackup(db, kept)?.state, "good");
  equal(findNewestBackup(db)?.file, "-");
  match(findNewestTry(db)?.problem ?? "", /disk is full/);
});

/** Backups of the given moments, the newest first. */
function makeRows(moments: readonly number[]): Backup[] {
  return moments.map((begunAtMs, i) => ({
    ...{ id: moments.length - i, folder: "backups", file: makeBackupName(begunAtMs) },
    ...{ state: "good", begunAtMs, endedAtMs: begunAtMs, ...FACTS, problem: "" },
    ...{ rehearsedAtMs: null, rehearsalMs: null, rehearsalProblem: "" },
  }));
}

Deno.test("the newest of each day and of each week is kept", () => {
  const now = Date.UTC(2026, 10, 22, 4);
  // Sixty nights, and three more of the last day.
  const moments = [
    now + 3,
    now + 2,
    now + 1,
    ...Array.from({ length: 60 }, (_, i) => now - i * DAY_MS),
  ];
  const rows = makeRows(moments);
  const removed = new Set(listRemovals(rows, { keepDays: 7, keepWeeks: 4 }, "UTC"));
  const days = rows.filter((row) => !removed.has(row)).map(({ begunAtMs }) =>
    new Date(begunAtMs).toISOString().slice(5, 10)
  );
  // 22 November 2026 is a Sunday.
  deepEqual(days, [
    "11-22",
    "11-21",
    "11-20",
    "11-19",
    "11-18",
    "11-17",
    "11-16",
    "11-15",
    "11-08",
    "11-01",
  ]);
  equal(listRemovals(rows, { keepDays: 1, keepWeeks: 0 }, "UTC").length, rows.length - 1);
  // The newest stays also when a clock went wrong, and a name that is not ours is never removed.
  equal(listRemovals(makeRows([0]), { keepDays: 1, keepWeeks: 0 }, "UTC").length, 0);
  const renamed = makeRows([now, now]).map((row) => ({ ...row, file: "holiday.db" }));
  equal(listRemovals(renamed, { keepDays: 1, keepWeeks: 0 }, "UTC").length, 0);
});

Deno.test("only names of our own form are names of backups", () => {
  equal(makeBackupName(Date.UTC(2026, 10, 22, 4, 3, 12)), "capsule-2026-11-22T040312Z.db");
  ok(isBackupName(makeBackupName(Date.now())));
  for (
    const name of [
      "capsule.db",
      "../capsule-2026-11-22T040312Z.db",
      "capsule-2026-11-22T040312Z.db.bak",
    ]
  ) {
    ok(!isBackupName(name), name);
  }
});
