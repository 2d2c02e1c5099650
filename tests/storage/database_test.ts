import { equal, match, notEqual, ok, throws } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { DATABASE_VERSION } from "../../storage/migrations.ts";
import { openTestCapsule } from "../support/capsule.ts";

/** A folder that is gone at the end. */
function makeFolder(): Disposable & { path: string } {
  const path = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function problemOf(work: () => unknown): DatabaseProblem {
  try {
    work();
  } catch (error) {
    if (error instanceof DatabaseProblem) return error;
    throw error;
  }
  throw new Error("expected a DatabaseProblem");
}

Deno.test("openDatabase makes a file that only its owner may read", () => {
  using folder = makeFolder();
  openDatabase(`${folder.path}/a.db`).close();
  const { mode } = Deno.statSync(`${folder.path}/a.db`);
  equal((mode ?? 0) & 0o777, 0o600);
});

Deno.test("openDatabase sets WAL, full synchronous, foreign keys and incremental vacuum", () => {
  using folder = makeFolder();
  using db = openDatabase(`${folder.path}/a.db`);
  const pragma = (name: string) =>
    Object.values(db.prepare(`pragma ${name}`).get() as Record<string, unknown>)[0];
  equal(pragma("journal_mode"), "wal");
  equal(pragma("synchronous"), 2);
  equal(pragma("foreign_keys"), 1);
  equal(pragma("auto_vacuum"), 2);
  equal(pragma("busy_timeout") ?? pragma("timeout"), 5000);
  equal(pragma("user_version"), DATABASE_VERSION);
});

Deno.test("openDatabase says what is wrong with a missing folder", () => {
  using folder = makeFolder();
  const problem = problemOf(() => openDatabase(`${folder.path}/no/a.db`));
  equal(problem.kind, "missing");
  match(problem.message, /folder does not exist/);
});

Deno.test("openDatabase creates nothing for a mistyped name when the file must exist", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  equal(problemOf(() => openDatabase(path, { mustExist: true })).kind, "missing");
  equal(problemOf(() => openDatabase(path, { isReadOnly: true })).kind, "missing");
  equal([...Deno.readDirSync(folder.path)].length, 0);
});

Deno.test("openDatabase refuses a file of another kind, a folder and another program's database", () => {
  using folder = makeFolder();
  const text = `${folder.path}/text`;
  Deno.writeTextFileSync(text, "Dear diary, this is no database at all.");
  equal(problemOf(() => openDatabase(text)).kind, "not_a_database");
  equal(Deno.readTextFileSync(text), "Dear diary, this is no database at all.");
  equal(problemOf(() => openDatabase(folder.path)).kind, "not_a_database");
  const other = `${folder.path}/other.db`;
  const foreign = new DatabaseSync(other);
  foreign.exec("create table bookmarks (url text)");
  foreign.close();
  const problem = problemOf(() => openDatabase(other));
  equal(problem.kind, "not_a_database");
  match(problem.message, /another program/);
});

Deno.test("openDatabase refuses a database of a newer program and leaves it alone", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  openDatabase(path).close();
  const newer = new DatabaseSync(path);
  newer.exec(`pragma user_version = ${DATABASE_VERSION + 1}`);
  newer.close();
  const problem = problemOf(() => openDatabase(path));
  equal(problem.kind, "newer");
  match(problem.message, new RegExp(`found version ${DATABASE_VERSION + 1}`));
});

Deno.test("openDatabase says that a file whose pages were overwritten is damaged", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  openDatabase(path).close();
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, 100, 40_000);
  Deno.writeFileSync(path, bytes);
  equal(problemOf(() => openDatabase(path)).kind, "damaged");
});

Deno.test("openDatabase refuses a file that is too short to be whole", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  openDatabase(path).close();
  Deno.writeFileSync(path, Deno.readFileSync(path).subarray(0, 60));
  ok(["damaged", "not_a_database"].includes(problemOf(() => openDatabase(path)).kind));
});

Deno.test("a database opened for reading only refuses to write", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  openDatabase(path).close();
  using db = openDatabase(path, { isReadOnly: true });
  const write = () => db.prepare("insert into settings values ('a', '1')").run();
  equal(problemOf(write).kind, "unwritable");
});

Deno.test("binding refuses what SQLite would store as null or guess", () => {
  using db = openDatabase(":memory:");
  const statement = db.prepare("select ? as value");
  const bind = (value: unknown) => () => statement.get(value as string);
  throws(bind(true), /found boolean/);
  throws(bind(undefined), /found undefined/);
  throws(bind(new Date(0)), /found a Date/);
  throws(bind({ a: 1 }), /found object/);
  throws(bind(NaN), /NaN/);
  for (const value of [null, 1, "text", new Uint8Array([1, 2])]) {
    const row = statement.get(value) as { value: unknown };
    equal(JSON.stringify(row.value), JSON.stringify(value));
  }
  equal((statement.get(5n) as { value: unknown }).value, 5);
});

Deno.test("transaction keeps nothing when its work throws", () => {
  using db = openDatabase(":memory:");
  throws(() =>
    db.transaction(() => {
      db.prepare("insert into settings values ('a', '1')").run();
      throw new RangeError("stop");
    }), RangeError);
  equal(countSettings(db), 0);
});

Deno.test("a transaction inside another is undone alone", () => {
  using db = openDatabase(":memory:");
  const insert = (key: string) => db.prepare("insert into settings values (?, '1')").run(key);
  db.transaction(() => {
    insert("a");
    throws(() =>
      db.transaction(() => {
        insert("b");
        throw new RangeError("stop");
      }), RangeError);
    db.transaction(() => insert("c"));
  });
  equal(countSettings(db), 2);
});

Deno.test("transaction refuses asynchronous work", () => {
  using db = openDatabase(":memory:");
  throws(
    () =>
      db.transaction(() =>
        Promise.resolve(db.prepare("insert into settings values ('a', '1')").run())
      ),
    /found a promise/,
  );
  equal(countSettings(db), 0);
});

Deno.test("changeMark changes with each commit of this connection and of any other, and only then", () => {
  using folder = makeFolder();
  using one = openDatabase(`${folder.path}/a.db`);
  using two = openDatabase(`${folder.path}/a.db`);
  const insert = (db: Database, key: string) =>
    db.prepare("insert into settings values (?, '1')").run(key);
  const first = one.changeMark();
  countSettings(one);
  one.transaction(() => countSettings(one));
  equal(one.changeMark(), first);
  insert(one, "a");
  const second = one.changeMark();
  notEqual(second, first);
  insert(two, "b");
  const third = one.changeMark();
  notEqual(third, second);
  throws(() =>
    one.transaction(() => {
      insert(one, "c");
      throw new RangeError("stop");
    }), RangeError);
  equal(one.changeMark(), third);
  one.transaction(() => one.transaction(() => insert(one, "d")));
  notEqual(one.changeMark(), third);
});

Deno.test("hastyTransaction waits for no disk, and what comes after it does", () => {
  using folder = makeFolder();
  using db = openDatabase(`${folder.path}/capsule.db`);
  const synchronous = () =>
    (db.connection.prepare("pragma synchronous").get() as { synchronous: number }).synchronous;
  db.exec("create table t (n integer)");
  for (let n = 0; n < 2; n++) {
    db.hastyTransaction(() => {
      equal(synchronous(), 1);
      db.prepare("insert into t values (?)").run(n);
    });
    equal(synchronous(), 2);
  }
  throws(() =>
    db.hastyTransaction(() => {
      throw new Error("broken");
    }), /broken/);
  equal(synchronous(), 2);
  equal((db.prepare("select count(*) as n from t").get() as { n: number }).n, 2);
});

Deno.test("quietTransaction stores without changing the mark of its own connection", () => {
  using db = openDatabase(":memory:");
  const mark = db.changeMark();
  db.quietTransaction(() => db.prepare("insert into settings values ('a', '1')").run());
  equal(db.changeMark(), mark);
  equal(countSettings(db), 1);
});

Deno.test("two programs that open a new file at the same time get one set of tables", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  using one = openDatabase(path);
  using two = openDatabase(path);
  equal(countSettings(one), countSettings(two));
});

Deno.test("the statement cache hands out one statement for one text and stays bounded", () => {
  using db = openDatabase(":memory:");
  const text = "select 1 as one";
  equal(db.prepare(text), db.prepare(text));
  for (let n = 0; n < 1_000; n += 1) db.prepare(`select ${n} as n`).get();
  notEqual(db.prepare(text), undefined);
});

Deno.test("a database in a file keeps what was published when it is opened again", () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  {
    using capsule = openTestCapsule({ path });
    capsule.post({ text: "still here" });
  }
  using db = openDatabase(path);
  const row = db.prepare("select text from pieces").get() as { text: string };
  equal(row.text, "still here");
});

function countSettings(db: Database): number {
  return (db.prepare("select count(*) as n from settings").get() as { n: number }).n;
}
