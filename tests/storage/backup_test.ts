import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { backupDatabase, restoreDatabase } from "../../storage/backup.ts";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { openPartFile } from "../../storage/part_file.ts";
import { findLease, insertLease } from "../../storage/leases.ts";
import { listPieces } from "../../storage/pieces.ts";
import { verifyStore } from "../../storage/verify.ts";
import { checkStore } from "../support/check_store.ts";
import { openTestCapsule } from "../support/capsule.ts";

const options = { verify: (db: Database) => verifyStore(db, { verify: verifySignature }) };

function makeFolder(): Disposable & { path: string } {
  const path = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function listFiles(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

function readTexts(path: string): string[] {
  using db = openDatabase(path);
  checkStore(db);
  return listPieces(db, { log: 1, limit: 99 }).map(({ text }) => text);
}

Deno.test("backupDatabase copies a database in use into one verified file", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  using capsule = openTestCapsule({ path });
  capsule.post({ text: "one" });
  insertLease(capsule.db, { start: "s", url: "u", seenAtMs: 1 }, 0);
  const copied = await backupDatabase(path, `${folder.path}/b.db`, options);
  equal(copied.entries, 2);
  equal(copied.bytes, (await Deno.stat(`${folder.path}/b.db`)).size);
  capsule.post({ text: "two" });
  deepEqual(listFiles(folder.path).filter((name) => name.startsWith("b")), ["b.db"]);
  equal(((await Deno.stat(`${folder.path}/b.db`)).mode ?? 0) & 0o777, 0o600);
  using copy = openDatabase(`${folder.path}/b.db`, { isReadOnly: true });
  equal(findLease(copy), undefined);
  deepEqual(readTexts(`${folder.path}/b.db`), ["one"]);
});

Deno.test("a backup is of one moment, and ends, although somebody writes after every step of it", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  using capsule = openTestCapsule({ path });
  for (let n = 0; n < 40; n += 1) {
    const bytes = new Uint8Array(1_000_000).fill(n + 1);
    saveBlob(capsule.db, bytes, { type: "image/png", width: 1, height: 1 }, 0);
  }
  capsule.post({ text: "before" });
  let steps = 0;
  const copied = await backupDatabase(path, `${folder.path}/b.db`, {
    ...options,
    onCopy: () => {
      steps += 1;
      if (steps > 20) throw new Error("the copy begins again and again");
      capsule.post({ text: "meanwhile" });
    },
  });
  ok(steps > 1);
  deepEqual([copied.size, copied.posts, copied.pictures], [2, 1, 40]);
  deepEqual(readTexts(`${folder.path}/b.db`), ["before"]);
});

Deno.test("what a killed copy left is removed by the next to the same place; one in use stays", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  using capsule = openTestCapsule({ path });
  capsule.post({ text: "one" });
  const target = `${folder.path}/b.db`;
  for (const end of ["", "-wal", "-shm", "-journal", ".lock"]) {
    await Deno.writeTextFile(`${target}.part-0a1b2c3d${end}`, "left by a kill");
  }
  await Deno.writeTextFile(`${target}.part-mine.txt`, "a person's");
  using inUse = openPartFile(target);
  await Deno.writeTextFile(inUse.path, "in use");
  await backupDatabase(path, target, options);
  const names = listFiles(folder.path).filter((name) => name.startsWith("b.db"));
  const used = inUse.path.slice(folder.path.length + 1);
  deepEqual(names, ["b.db", "b.db.part-mine.txt", used, `${used}.lock`].sort());
});

Deno.test("backupDatabase does not overwrite, and says what is missing", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  openTestCapsule({ path })[Symbol.dispose]();
  await Deno.writeTextFile(`${folder.path}/b.db`, "precious");
  const problem = (kind: string) => (error: unknown) =>
    error instanceof DatabaseProblem && error.kind === kind;
  await rejects(() => backupDatabase(path, `${folder.path}/b.db`, options), problem("unwritable"));
  equal(await Deno.readTextFile(`${folder.path}/b.db`), "precious");
  await rejects(
    () => backupDatabase(`${path}x`, `${folder.path}/c.db`, options),
    problem("missing"),
  );
  await backupDatabase(path, `${folder.path}/b.db`, { ...options, isOverwriting: true });
  deepEqual(readTexts(`${folder.path}/b.db`), []);
});

Deno.test("a backup over an older one is not changed by what a killed program left beside that", async () => {
  using folder = makeFolder();
  const [path, target] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
  using capsule = openTestCapsule({ path });
  for (let n = 0; n < 100; n += 1) capsule.post({ text: `${n} ${"long ".repeat(50)}` });
  await backupDatabase(path, target, options);
  {
    using other = openDatabase(target);
    other.exec("insert into once_keys values ('left in the -wal', '1', 1)");
    await Deno.copyFile(target, `${folder.path}/kept.db`);
    await Deno.copyFile(`${target}-wal`, `${folder.path}/kept.db-wal`);
  }
  for (const end of ["", "-wal"]) {
    await Deno.rename(`${folder.path}/kept.db${end}`, target + end);
  }
  for (let n = 0; n < 100; n += 1) capsule.post({ text: `${n} ${"more ".repeat(50)}` });
  await backupDatabase(path, target, { ...options, isOverwriting: true });
  equal(readTexts(target).length, 99);
  using copy = openDatabase(target);
  equal(copy.prepare("select 1 from once_keys").get(), undefined);
});

Deno.test("what a killed program had half written into a backup is taken back when that is restored", async () => {
  using folder = makeFolder();
  const [path, backup] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
  const cut = `${folder.path}/cut.db`;
  using capsule = openTestCapsule({ path });
  for (let n = 0; n < 100; n += 1) capsule.post({ text: `${n} ${"long ".repeat(50)}` });
  const { root } = await backupDatabase(path, backup, options);
  const other = new DatabaseSync(backup);
  // With so little memory pages go into the file before the end of the transaction.
  other.exec("pragma cache_size = 2; begin; update entries set hash = zeroblob(32)");
  for (const end of ["", "-journal"]) await Deno.copyFile(backup + end, cut + end);
  other.close();
  const restored = await restoreDatabase(cut, `${folder.path}/restored.db`, options);
  equal(restored.root, root);
});

Deno.test("a copy that does not verify is not kept", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/a.db`;
  {
    using capsule = openTestCapsule({ path });
    capsule.expectDamage();
    capsule.post({});
    capsule.db.exec("update entries set hash = zeroblob(32)");
  }
  const before = listFiles(folder.path);
  await rejects(
    () => backupDatabase(path, `${folder.path}/b.db`, options),
    (error: unknown) => error instanceof DatabaseProblem && error.kind === "damaged",
  );
  deepEqual(listFiles(folder.path).filter((name) => name.startsWith("b.db")), []);
  equal(before.includes("a.db"), true);
});

Deno.test("restoreDatabase puts a backup in place of a database, only when told to", async () => {
  using folder = makeFolder();
  const [path, backup] = [`${folder.path}/a.db`, `${folder.path}/b.db`];
  {
    using capsule = openTestCapsule({ path });
    capsule.post({ text: "one" });
    await backupDatabase(path, backup, options);
    capsule.post({ text: "two" });
  }
  await rejects(() => restoreDatabase(backup, path, options), /there is a file already/);
  equal(readTexts(path).length, 2);
  const { entries } = await restoreDatabase(backup, path, { ...options, isOverwriting: true });
  equal(entries, 2);
  deepEqual(readTexts(path), ["one"]);
  await restoreDatabase(backup, `${folder.path}/c.db`, options);
  deepEqual(readTexts(`${folder.path}/c.db`), ["one"]);
});

Deno.test("restoreDatabase leaves the database as it is when the backup is no good", async () => {
  using folder = makeFolder();
  const [path, bad] = [`${folder.path}/a.db`, `${folder.path}/bad.db`];
  {
    using capsule = openTestCapsule({ path });
    capsule.post({ text: "one" });
  }
  await Deno.copyFile(path, bad);
  {
    using db = openDatabase(bad);
    db.exec("update contents set bytes = x'00' where n = 1");
  }
  const overwriting = { ...options, isOverwriting: true };
  await rejects(() => restoreDatabase(bad, path, overwriting), DatabaseProblem);
  await Deno.writeTextFile(bad, "no database");
  await rejects(() => restoreDatabase(bad, path, overwriting), DatabaseProblem);
  deepEqual(readTexts(path), ["one"]);
  deepEqual(listFiles(folder.path).filter((name) => !name.startsWith("bad.db")), ["a.db"]);
});
