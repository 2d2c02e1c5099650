import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { DATABASE_VERSION } from "../../storage/migrations.ts";
import { openAnyVersion, openDatabase } from "../../storage/database.ts";
import { rollBackDatabase } from "../../storage/rollback.ts";
import { upgradeDatabase } from "../../storage/upgrade.ts";
import { removeOldCopies } from "../../storage/upgrade_cleaning.ts";
import { saveDamage } from "../../storage/damage.ts";
import { updateRunningDays } from "../../storage/running_days.ts";
import { checkStore } from "../support/check_store.ts";
import { countLocks } from "../support/locks.ts";
import { need } from "../support/optional.ts";
import {
  killIfAlive,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
  SOURCE,
} from "../support/process.ts";
import { readReleased, upgrade } from "../support/released.ts";
import { seededRandom } from "../support/seed.ts";

const OLD = 4;
const COPY = `capsule.db.version-${OLD}`;
const ASIDE = `capsule.db.rolled-back-${DATABASE_VERSION}`;
const DAY_MS = 86_400_000;
const KILLS = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 60 : 5;
/** About as long as the upgrade takes from its copy to its commit. */
const KILL_MS = 60;

function makeOld(): ReturnType<typeof makeFolder> & { db: string; bytes: Uint8Array } {
  const folder = makeFolder();
  const bytes = readReleased(OLD);
  Deno.writeFileSync(`${folder.path}/capsule.db`, bytes);
  return { ...folder, db: `${folder.path}/capsule.db`, bytes };
}

function read(path: string): string {
  return Deno.readFileSync(path).toBase64();
}

async function problemOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("expected a problem");
}

Deno.test("two programs that start at once bring a database up to date once, and both go on", async () => {
  using folder = makeOld();
  const answers = await Promise.all(
    [1, 2, 3].map(() => runCapsule(["status", "--json"], { cwd: folder.path })),
  );
  for (const { code, stderr } of answers) equal(code, 0, stderr);
  const told = answers.map(({ stderr }) => stderr).join("");
  equal(told.match(/Brought capsule\.db from version 4/g)?.length, 1, told);
  deepEqual(listNames(folder.path), ["capsule.db", COPY]);
  equal(read(`${folder.path}/${COPY}`), folder.bytes.toBase64());
});

Deno.test("rollback says what is only in the newer database, and keeps that one", async () => {
  using folder = makeOld();
  const cwd = folder.path;
  const posted = await runCapsule(["post", "Since then", "--sign-anyway", "--dev"], { cwd });
  equal(posted.code, 0, posted.stderr);
  {
    await using served = await serveCapsule(["--dev"], { cwd });
    const refused = await runCapsule(["rollback"], { cwd });
    equal(refused.code, 1);
    match(refused.stderr, /^capsule\.db is being served at \S+ Stop that program first\.\n$/);
    equal(await served.stop(), 0);
  }
  const done = await runCapsule(["rollback"], { cwd });
  equal(done.code, 0, done.stderr);
  match(done.stdout, /version 4 again, as it was before the upgrade of \d+ [A-Z][a-z]+ \d{4}\./);
  match(done.stdout, /the program that you had before the upgrade/);
  match(done.stdout, /1 entry published since/);
  equal(read(folder.db), folder.bytes.toBase64());
  deepEqual(listNames(cwd), ["capsule.db", ASIDE]);
  const again = await runCapsule(["rollback", "--json"], { cwd });
  equal(again.code, 1);
  match(again.stderr, /there is no copy of before an upgrade/);
  // The one that was set aside is a whole database.
  using aside = openDatabase(`${cwd}/${ASIDE}`);
  checkStore(aside);
});

Deno.test({
  name: "copying before an upgrade leaves SQLite's locks in place: nobody takes the -wal away",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = makeOld();
    using handles = new DisposableStack();
    using db = openAnyVersion(folder.db).db;
    const options = { verify: verifySignature, program: "test", now: Date.now, handles };
    equal(upgradeDatabase(db, options)?.version, OLD);
    ok(await countLocks(folder.db) > 0);
  },
});

Deno.test("an upgrade that was killed is begun again; a finished copy is not made again", async () => {
  using folder = makeOld();
  const copy = `${folder.path}/${COPY}`;
  // Killed while copying.
  await Deno.writeFile(`${copy}.part`, folder.bytes.subarray(0, 100_000));
  // And, another time, after the copy and before the commit.
  await Deno.writeFile(copy, folder.bytes);
  const { ino } = await Deno.stat(copy);
  await upgrade(folder.db);
  equal((await Deno.stat(copy)).ino, ino);
  deepEqual(listNames(folder.path), ["capsule.db", COPY, `${COPY}.part`]);
  using db = openDatabase(folder.db);
  deepEqual(removeOldCopies(db, Date.now()), [`${copy}.part`]);
});

Deno.test("a copy of another day is replaced by one of today", async () => {
  using folder = makeOld();
  const copy = `${folder.path}/${COPY}`;
  const other = folder.bytes.slice();
  other[other.length - 1] = 1 ^ (other.at(-1) ?? 0);
  await Deno.writeFile(copy, other);
  await upgrade(folder.db);
  equal(read(copy), folder.bytes.toBase64());
});

Deno.test("killed at any moment, the next start has the whole database and its copy", async () => {
  const { random } = seededRandom();
  let halves = 0;
  // On a quick machine a few may come too late, all of them.
  for (let n = 0; n < KILLS || (halves === 0 && n < KILLS * 10); n += 1) {
    using folder = makeOld();
    if (await killUpgrade(folder.path, random() * KILL_MS)) halves += 1;
    const { code, stderr } = await runCapsule(["status"], { cwd: folder.path });
    equal(code, 0, stderr);
    equal(read(`${folder.path}/${COPY}`), folder.bytes.toBase64());
    using db = openDatabase(folder.db);
    checkStore(db);
  }
  ok(halves > 0, "no upgrade was killed in its middle");
});

/** Starts one and kills it so long after its first file stands in the folder; true when something half done lies there. */
async function killUpgrade(cwd: string, afterMs: number): Promise<boolean> {
  const [path = "", ...args] = SOURCE;
  const child = new Deno.Command(path, {
    ...{ cwd, args: [...args, "status"], stdout: "null", stderr: "null" },
  }).spawn();
  let isOver = false;
  const over = child.status.then(() => {
    isOver = true;
  });
  const isBegun = () => listNames(cwd).some((name) => name.startsWith(COPY));
  while (!isOver && !isBegun()) await new Promise((resolve) => setTimeout(resolve, 1));
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, afterMs))]);
  killIfAlive(child, "SIGKILL");
  await over;
  return listNames(cwd).some((name) => /\.part|-wal$/.test(name));
}

Deno.test("a database that an older program serves is left to it", async () => {
  using folder = makeOld();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => Response.json({ ok: true, start: "older" }),
  );
  const old = new DatabaseSync(folder.db);
  old.prepare("insert into leases (id, start, url, seen_at_ms) values (1, 'older', ?, ?)")
    .run(`http://127.0.0.1:${server.addr.port}`, Date.now());
  old.close();
  const before = read(folder.db);
  const problem = await problemOf(() => upgrade(folder.db));
  match(problem.message, /being served by an older version of this program, at http:/);
  await server.shutdown();
  equal(read(folder.db), before);
  deepEqual(listNames(folder.path), ["capsule.db"]);
  // Killed: its lease stands there and nobody answers.
  equal((await upgrade(folder.db)).length, 1);
});

Deno.test("a database whose log is not whole is not changed, and says so", async () => {
  using folder = makeOld();
  const old = new DatabaseSync(folder.db);
  old.exec("update entries set bytes = x'00' where n = 2 and log = 1");
  old.close();
  const before = read(folder.db);
  const problem = await problemOf(() => upgrade(folder.db));
  match(
    problem.message,
    /^Cannot bring \S+ up to date: your log in it is not whole .* Nothing was changed/,
  );
  equal(read(folder.db), before);
  deepEqual(listNames(folder.path), ["capsule.db"]);
});

Deno.test("a damaged page stops the upgrade before anything is changed", async () => {
  using folder = makeOld();
  const bytes = folder.bytes.slice();
  bytes.fill(0xff, 4_096 * 20, 4_096 * 21);
  await Deno.writeFile(folder.db, bytes);
  const problem = await problemOf(() => upgrade(folder.db));
  match(problem.message, /damaged.*[Nn]othing was changed|damaged.*restore the newest backup/);
  equal(read(folder.db), bytes.toBase64());
  deepEqual(listNames(folder.path), ["capsule.db"]);
});

Deno.test("a disk without room for the copy, or for the change: refused with the room that is needed", async () => {
  using folder = makeFolder();
  const mount = (...args: string[]) =>
    new Deno.Command(args[0] ?? "", { args: args.slice(1), stderr: "null" }).outputSync().success;
  const isMounted = mount("mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", folder.path);
  if (!need("the right to mount a small disk", isMounted)) return;
  try {
    const path = `${folder.path}/capsule.db`;
    const bytes = readReleased(OLD);
    await Deno.writeFile(path, bytes);
    for (const left of [100_000, 460_000]) {
      await Deno.writeFile(
        `${folder.path}/filler`,
        new Uint8Array(900 * 1024 - bytes.length - left),
      );
      const problem = await problemOf(() => upgrade(path));
      match(problem.message, /need up to 1 MB of room, .* nothing was changed\.$/);
      equal(read(path), bytes.toBase64());
      deepEqual(listNames(folder.path), ["capsule.db", "filler"]);
    }
  } finally {
    mount("umount", folder.path);
  }
});

Deno.test("the copy goes after seven days of running, unless damage is known", async () => {
  using folder = makeOld();
  await upgrade(folder.db);
  using db = openDatabase(folder.db);
  let nowMs = Date.now();
  const run = (days: number) => {
    for (let n = 0; n < days; n += 1) updateRunningDays(db, nowMs += DAY_MS);
  };
  run(6);
  deepEqual(removeOldCopies(db, nowMs), []);
  run(1);
  saveDamage(db, "Something is damaged.", nowMs);
  deepEqual(removeOldCopies(db, nowMs), []);
  db.exec("delete from damage");
  db.damage = undefined;
  deepEqual(removeOldCopies(db, nowMs), [`${folder.path}/${COPY}`]);
  deepEqual(listNames(folder.path).filter((name) => name.includes("version")), []);
});

Deno.test("what a rollback set aside goes after seven days, when all of it is here", async () => {
  using folder = makeOld();
  await upgrade(folder.db);
  const nowMs = Date.now();
  const { aside } = rollBackDatabase(folder.db, nowMs);
  await upgrade(folder.db);
  {
    using db = openDatabase(folder.db);
    deepEqual(removeOldCopies(db, nowMs + 6 * DAY_MS), []);
    // One entry more than here.
    const other = new DatabaseSync(aside);
    other.exec("update checkpoints set size = size + 1");
    other.close();
    await Deno.utime(aside, nowMs / 1_000, nowMs / 1_000);
    deepEqual(removeOldCopies(db, nowMs + 8 * DAY_MS), []);
    const same = new DatabaseSync(aside);
    same.exec("update checkpoints set size = size - 1");
    same.close();
    await Deno.utime(aside, nowMs / 1_000, nowMs / 1_000);
    deepEqual(removeOldCopies(db, nowMs + 8 * DAY_MS), [aside]);
  }
  ok(!listNames(folder.path).includes(ASIDE));
});

Deno.test("a rollback that was killed between its two steps is finished by the next one", async () => {
  using folder = makeOld();
  await upgrade(folder.db);
  await Deno.link(folder.db, `${folder.path}/${ASIDE}`);
  equal(rollBackDatabase(folder.db, Date.now()).version, OLD);
  equal(read(folder.db), folder.bytes.toBase64());
  // A file of an earlier rollback is the owner's.
  await upgrade(folder.db);
  const problem = await problemOf(() => rollBackDatabase(folder.db, Date.now()));
  match(problem.message, /is there from an earlier rollback/);
});
