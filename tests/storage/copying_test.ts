/** Copies of a database that another process writes to without a pause. */
import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { copyFile, copyShared } from "../../storage/copying.ts";
import { DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { isThere, removeDatabase } from "../../storage/part_file.ts";
import { countLocks } from "../support/locks.ts";
import { listNames, makeFolder } from "../support/process.ts";

const COPIES = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 1_000 : 40;
const SUM = 200_000;

/** What a database says of itself: its newest turn, after all that must hold of it. */
function readTurn(path: string): number {
  const db = new DatabaseSync(path);
  try {
    equal(Object.values(db.prepare("pragma integrity_check").get() ?? {}).join(), "ok");
    const { sum, newest } = db.prepare(
      "select sum(amount) as sum, max(turn) as newest from restless",
    ).get() as { sum: number; newest: number };
    equal(sum, SUM, "what was taken from one row was given to another");
    const { turn } = db.prepare("select turn from restless_turns").get() as { turn: number };
    ok(newest <= turn);
    return turn;
  } finally {
    db.close();
  }
}

/** The newest turn that a reader sees now. */
function lookAt(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return (db.prepare("select turn from restless_turns").get() as { turn: number }).turn;
  } finally {
    db.close();
  }
}

for (const way of ["the files as they are", "page by page"]) {
  Deno.test(`a copy of ${way} is whole and of one moment, whatever checkpoints come meanwhile`, async () => {
    using folder = makeFolder();
    const [path, target] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
    openDatabase(path).close();
    const seed = Deno.env.get("CAPSULE_TEST_SEED") ?? String(Date.now() % 1e9);
    const writer = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "-A",
        new URL("../support/restless_writer.ts", import.meta.url).pathname,
        path,
        seed,
      ],
      stdout: "piped",
    }).spawn();
    try {
      const reader = writer.stdout.getReader();
      await reader.read();
      await reader.cancel();
      for (let n = 0; n < COPIES; n++) {
        const before = lookAt(path);
        using handles = new DisposableStack();
        await copyShared(path, target, way === "page by page" ? {} : { handles });
        const turn = readTurn(target);
        ok(turn >= before && turn <= lookAt(path), `copy ${n}, CAPSULE_TEST_SEED=${seed}`);
        removeDatabase(target);
      }
    } finally {
      writer.kill("SIGKILL");
      await writer.status;
    }
  });
}

/** A database whose -wal is moved only when it is said, with so many turns of large rows. */
function makeLarge(path: string, turns: number): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec("pragma journal_mode = wal; pragma wal_autocheckpoint = 0");
  db.exec("create table large (id integer primary key, turn integer, bytes blob)");
  for (let turn = 1; turn <= turns; turn++) fill(db, turn);
  return db;
}

/** Large rows, in the place of those of the turn before. */
function fill(db: DatabaseSync, turn: number): void {
  db.exec("begin");
  db.prepare("delete from large").run();
  for (let id = 1; id <= 12; id++) {
    db.prepare("insert into large values (?, ?, randomblob(1000000))").run(id, turn);
  }
  db.exec("commit");
}

Deno.test("a -wal that is begun anew while it is copied is left out, because all of it is in the database", async () => {
  using folder = makeFolder();
  const [path, target] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
  const db = makeLarge(path, 3);
  db.exec("pragma wal_checkpoint(passive)");
  let isBegunAnew = false;
  using handles = new DisposableStack();
  await copyShared(path, target, {
    handles,
    onCopy: () => {
      if (isBegunAnew) return;
      isBegunAnew = true;
      for (let turn = 4; turn <= 5; turn++) fill(db, turn);
    },
  });
  db.close();
  ok(isBegunAnew);
  const copy = new DatabaseSync(target);
  equal(Object.values(copy.prepare("pragma integrity_check").get() ?? {}).join(), "ok");
  const turns = copy.prepare("select turn, count(*) as n from large group by turn").all();
  deepEqual(turns.map((row) => ({ ...row })), [{ turn: 3, n: 12 }]);
  copy.close();
});

Deno.test("a -wal that grows while it is copied is copied as far as it went", async () => {
  using folder = makeFolder();
  const [path, target] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
  using db = makeLarge(path, 2);
  const { size } = await Deno.stat(`${path}-wal`);
  let turn = 2;
  using handles = new DisposableStack();
  await copyShared(path, target, { handles, onCopy: () => turn < 6 && fill(db, ++turn) });
  ok(turn > 2);
  equal((await Deno.stat(`${target}-wal`)).size, size);
  using copy = new DatabaseSync(target);
  deepEqual({ ...copy.prepare("select max(turn) as turn from large").get() }, { turn: 2 });
});

/** Says whether an error is a problem of this kind, with these words. */
function problem(kind: DatabaseProblem["kind"], words: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof DatabaseProblem && error.kind === kind && words.test(error.message);
}

Deno.test({
  name: "two files that do not belong together, because a restore exchanged one, are refused",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = makeFolder();
    const [path, target] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
    using _db = openDatabase(path);
    openDatabase(`${folder.path}/other.db`).close();
    using handles = new DisposableStack();
    const copying = copyShared(path, target, {
      handles,
      onCopy() {
        if (isThere(`${folder.path}/other.db`)) Deno.renameSync(`${folder.path}/other.db`, path);
      },
    });
    await rejects(copying, problem("busy", /a\.db: another program put another file in its place/));
  },
});

Deno.test({
  name: "a database without the -wal that it has to have, as beside a link, is refused",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = makeFolder();
    const [path, link] = [`${folder.path}/a.db`, `${folder.path}/link.db`];
    using _db = openDatabase(path);
    await Deno.symlink(path, link);
    using handles = new DisposableStack();
    const copying = copyShared(link, `${folder.path}/b.db`, { handles });
    await rejects(copying, problem("busy", /link\.db: .* took away the -wal file/));
    deepEqual(listNames(folder.path), ["a.db", "a.db-shm", "a.db-wal", "link.db"]);
  },
});

Deno.test({
  name: "what cannot be read is told by its own name, and not by that of the copy",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = makeFolder();
    // The nearest to a disk that reports errors: it can be opened.
    const path = `${folder.path}/broken.db`;
    Deno.mkdirSync(path);
    throws(
      () => copyFile(path, `${folder.path}/b.db`, {}),
      problem("unwritable", /^Cannot read or write \S+broken\.db: the disk reported an error/),
    );
  },
});

Deno.test({
  name: "copying leaves SQLite's locks in place until the handles are closed",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using folder = makeFolder();
    const path = `${folder.path}/a.db`;
    const handles = new DisposableStack();
    using _db = openDatabase(path);
    const held = await countLocks(path);
    ok(held > 0);
    await copyShared(path, `${folder.path}/b.db`, { handles });
    equal(await countLocks(path), held);
    handles.dispose();
    equal(await countLocks(path), 0, "this is why they are closed last");
  },
});
