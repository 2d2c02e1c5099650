import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type PlannedRun, runPlannedBackup } from "../../host/planned_backup.ts";
import { verifyInTwo } from "../../host/verify_in_two.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { restoreDatabase } from "../../storage/backup.ts";
import {
  findBackupPlan,
  saveBackupPlan,
  updateBackupWish,
  USUAL_PLAN,
} from "../../storage/backup_plan.ts";
import { isBackupName } from "../../storage/backup_rotation.ts";
import {
  findBegunBackup,
  findNewestBackup,
  findNewestRehearsal,
  findNewestTry,
  insertBackup,
  listKeptBackups,
} from "../../storage/backups.ts";
import { openDatabase } from "../../storage/database.ts";
import { verifyStore } from "../../storage/verify.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
} from "../support/process.ts";
import { countLocks } from "../support/locks.ts";
import { waitUntil } from "../support/mesh_rig.ts";

const DAY_MS = 86_400_000;

/** A capsule in a file with the usual plan, and a run of it at the capsule's own time. */
function makePlanned(plan = USUAL_PLAN) {
  const folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  const capsule: TestCapsule = openTestCapsule({ path });
  saveBackupPlan(capsule.db, plan, START_MS);
  const run: PlannedRun = { dataPath: path, now: capsule.now, isStopped: () => false };
  return {
    ...capsule,
    run,
    folder: folder.path,
    backups: `${folder.path}/${plan.folder}`,
    [Symbol.dispose]: () => {
      capsule[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

Deno.test("a run writes one verified backup, keeps what the plan says, and removes nothing that it did not make", async () => {
  using planned = makePlanned({ ...USUAL_PLAN, keepDays: 2, keepWeeks: 0 });
  const { db, backups, run } = planned;
  planned.post({ text: "one" });
  const first = await runPlannedBackup(run);
  ok(first.outcome === "good" && first.entries === 2);
  equal(first.rehearsal, "well");
  await Deno.writeTextFile(`${backups}/capsule-2020-01-01T000000Z.db`, "somebody else's");
  await Deno.writeTextFile(`${backups}/holiday.jpg`, "a picture");
  for (let night = 0; night < 4; night += 1) {
    planned.wait(DAY_MS);
    planned.post({ text: `night ${night}` });
    equal((await runPlannedBackup(run)).outcome, "good");
  }
  const names = listNames(backups);
  const made = names.filter((name) => isBackupName(name) && !name.includes("2020"));
  equal(made.length, 2);
  deepEqual(
    names.filter((name) => !made.includes(name)),
    ["CAPSULE-BACKUPS.txt", "capsule-2020-01-01T000000Z.db", "holiday.jpg"],
  );
  deepEqual(listKeptBackups(db, "backups").map(({ file }) => file), made.toReversed());
  equal(findNewestBackup(db)?.size, 6);
  // Rehearsed in the first night only: a week has not passed.
  equal(findNewestRehearsal(db)?.size, 2);
  planned.wait(5 * DAY_MS);
  await runPlannedBackup(run);
  equal(findNewestRehearsal(db)?.size, 6);
  const options = { verify: (copy: typeof db) => verifyStore(copy, { verify: verifySignature }) };
  const newest = `${backups}/${findNewestBackup(db)?.file}`;
  const restored = await restoreDatabase(newest, `${planned.folder}/restored.db`, options);
  deepEqual([restored.posts, restored.id], [5, planned.id]);
  using copy = openDatabase(`${planned.folder}/restored.db`);
  equal(findBegunBackup(copy), undefined);
  equal(findBackupPlan(copy)?.isPrepared, false);
});

Deno.test("a folder that is gone, not writable or full of something else is one sentence; the next run goes on", async () => {
  using planned = makePlanned();
  const { db, backups, run } = planned;
  equal((await runPlannedBackup(run)).outcome, "good");
  // A disk that is not mounted: its folder is there, and empty.
  await Deno.rename(backups, `${planned.folder}/elsewhere`);
  await Deno.mkdir(backups);
  const gone = await runPlannedBackup(run);
  ok(gone.outcome === "failed");
  match(gone.problem, /Is its disk mounted\?/);
  deepEqual(listNames(backups), []);
  equal(findNewestTry(db)?.problem, gone.problem);
  equal(findNewestBackup(db)?.state, "good");
  await Deno.remove(backups);
  await Deno.rename(`${planned.folder}/elsewhere`, backups);
  planned.wait(DAY_MS);
  equal((await runPlannedBackup(run)).outcome, "good");
  saveBackupPlan(db, { ...USUAL_PLAN, folder: "capsule.db" }, planned.now());
  const file = await runPlannedBackup(run);
  ok(file.outcome === "failed", JSON.stringify(file));
  match(file.problem, /^Cannot write \S+capsule\.db\/capsule-/);
});

Deno.test("stopped in the middle nothing is left of it; killed in the middle the next run settles it", async () => {
  using planned = makePlanned();
  const { db, backups, run } = planned;
  let steps = 0;
  const stopped = await runPlannedBackup({ ...run, isStopped: () => ++steps > 1 });
  equal(stopped.outcome, "stopped");
  deepEqual(listNames(backups), ["CAPSULE-BACKUPS.txt"]);
  match(findNewestTry(db)?.problem ?? "", /stopped while/);
  // Killed: a row that says "begun", a file in the making, and its lock that nobody holds.
  planned.wait(DAY_MS);
  const file = "capsule-2026-01-03T030405Z.db";
  insertBackup(db, { folder: "backups", file, nowMs: planned.now() });
  await Deno.writeTextFile(`${backups}/${file}.part-0a1b2c3d`, "half");
  await Deno.writeTextFile(`${backups}/${file}.part-0a1b2c3d.lock`, "");
  planned.wait(1000);
  equal((await runPlannedBackup(run)).outcome, "good");
  equal(findBegunBackup(db), undefined);
  deepEqual(listNames(backups).filter((name) => name.includes(".part-")), []);
});

Deno.test("damage in the database makes no backup, and the older ones stay", async () => {
  using planned = makePlanned({ ...USUAL_PLAN, keepDays: 1, keepWeeks: 0 });
  const { db, run } = planned;
  planned.expectDamage();
  planned.post({ text: "one" });
  equal((await runPlannedBackup(run)).outcome, "good");
  const [kept] = listKeptBackups(db, "backups");
  db.exec("update entries set hash = zeroblob(32) where n = 1");
  planned.wait(DAY_MS);
  const failed = await runPlannedBackup(run);
  ok(failed.outcome === "failed");
  match(failed.problem, /^Cannot copy \S+capsule\.db: damage was found in it/);
  deepEqual(listKeptBackups(db, "backups").map(({ id }) => id), [kept?.id]);
});

Deno.test({
  name:
    "whatever else opens the database in a serving program, its lock stays: nobody takes the -wal away",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using planned = makePlanned();
    const { db, run } = planned;
    planned.post({ text: "one" });
    const held = await countLocks(db.path);
    ok(held > 0);
    openDatabase(db.path, { isReadOnly: true }).close();
    openDatabase(db.path, { mustExist: true }).close();
    equal(await countLocks(db.path), held);
    equal((await runPlannedBackup(run)).outcome, "good");
    equal((await verifyInTwo(db, () => {})).ok, true);
    equal(await countLocks(db.path), held);
  },
});

Deno.test("a rehearsal that does not fit the log here is told", async () => {
  using planned = makePlanned();
  const { db, run } = planned;
  planned.expectDamage();
  planned.post({ text: "one" });
  const { size } = db.prepare("select size from checkpoints").get() as { size: number };
  // Between the backup and its trial the log here becomes another one.
  let isCopied = false;
  const result = await runPlannedBackup({
    ...run,
    isStopped: () => {
      if (!isCopied && listKeptBackups(db, "backups").length > 0) {
        isCopied = true;
        db.exec("update tiles set bytes = zeroblob(length(bytes))");
      }
      return false;
    },
  });
  ok(result.outcome === "good");
  match(result.rehearsal ?? "", new RegExp(`its ${size} entries are not those`));
  equal(findNewestRehearsal(db)?.rehearsalProblem, result.rehearsal);
});

Deno.test("a serving capsule makes the backups of its plan, and ends in order while it makes one", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const planned = await runCapsule(
    ["backup", "--nightly", "./backups/", "--keep", "3+2", "--json"],
    { cwd },
  );
  deepEqual(planned.json().plan, { folder: "backups", keepDays: 3, keepWeeks: 2 });
  const served = await serveCapsule([], { cwd });
  await served.waitForError(/A backup was made and verified/);
  const { backups } = (await runCapsule(["status", "--json"], { cwd })).json<
    {
      backups: {
        newest: { file: string; entries: number };
        rehearsal: { rehearsalProblem: string };
      };
    }
  >();
  equal(backups.newest.entries, 1);
  equal(backups.rehearsal.rehearsalProblem, "");
  const status = await runCapsule(["status"], { cwd });
  match(
    status.stdout,
    /backups +newest of .* every night into backups, keeping one for each of 3 days and 2 weeks/,
  );
  match(status.stdout, /restored for trial: .*: it worked, 1 entry the same as here/);
  const newest = `backups/${backups.newest.file}`;
  const check = await runCapsule(["restore", newest, "--check"], { cwd });
  equal(check.code, 0, check.stderr);
  const refused = await runCapsule(["restore", newest, "--replace"], { cwd });
  equal(refused.code, 1);
  match(refused.stderr, /^capsule\.db is being served at \S+ Stop that program first\.\n$/);
  {
    using db = openDatabase(`${cwd}/capsule.db`);
    updateBackupWish(db);
    await waitUntil(
      "the next one has begun",
      () => Promise.resolve(findBackupPlan(db)?.isAsked === false),
    );
  }
  equal(await served.stop(), 0);
  deepEqual(listNames(cwd), ["backups", "capsule.db"]);
  deepEqual(listNames(`${cwd}/backups`).filter((name) => name.includes(".part-")), []);
  const never = await runCapsule(["backup", "--never"], { cwd });
  match(never.stdout, /No backup is planned any more/);
});

Deno.test("backup refuses wishes that contradict each other, and plans out of bounds", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const refused: [string[], number, RegExp][] = [
    [[], 2, /give one of the three/],
    [["a.db", "--never"], 2, /give one of the three/],
    [["a.db", "--keep", "3"], 2, /--keep goes with --nightly/],
    [
      ["--nightly", "/backups"],
      1,
      /^Cannot plan backups with --nightly \/backups: Name a folder inside/,
    ],
    [["--nightly", "../backups"], 1, /Name a folder inside/],
    [["--nightly", "b", "--keep", "0"], 1, /--keep 0: Give a number of days from 1 to 365/],
    [["--nightly", "b", "--keep", "7+521"], 1, /weeks from 0 to 520/],
    [["--nightly", "b", "--keep", "many"], 1, /--keep many: Give a number of days/],
  ];
  for (const [args, code, says] of refused) {
    const answer = await runCapsule(["backup", ...args], { cwd });
    equal(answer.code, code, args.join(" "));
    match(answer.stderr, says);
  }
  deepEqual(listNames(cwd), ["capsule.db"]);
});
