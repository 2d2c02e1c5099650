import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createApp } from "../../routes/app.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { DATABASE_VERSION, findVersion } from "../../storage/migrations.ts";
import { rollBackDatabase } from "../../storage/rollback.ts";
import { findUpgrade } from "../../storage/upgrades.ts";
import { checkStore } from "../support/check_store.ts";
import { listNames, makeFolder } from "../support/process.ts";
import { listReleased, readReleased, upgrade } from "../support/released.ts";

/** Version 1 was never in a program that people could run: version 2 without one table. */
const FIRST = 2;

Deno.test("there is a database of every version that was released", () => {
  deepEqual(listReleased().slice(0, 3), [2, 3, 4]);
});

for (const version of listReleased()) {
  Deno.test(`version ${version}: opened, verified, served, and rolled back to the very bytes`, async () => {
    using folder = makeFolder();
    const path = `${folder.path}/capsule.db`;
    const bytes = readReleased(version);
    await Deno.writeFile(path, bytes, { mode: 0o644 });
    const [told = "", ...more] = version === DATABASE_VERSION ? ["skipped"] : await upgrade(path);
    equal(more.length, 0);
    if (version < DATABASE_VERSION) {
      match(told, new RegExp(`from version ${version} to version ${DATABASE_VERSION}`));
      deepEqual(listNames(folder.path), ["capsule.db", `capsule.db.version-${version}`]);
      const copy = `${path}.version-${version}`;
      ok(equalFiles(await Deno.readFile(copy), bytes));
      equal(((await Deno.stat(copy)).mode ?? 0) & 0o777, 0o600);
    }
    await look(path, version);
    if (version === DATABASE_VERSION) return;
    const done = rollBackDatabase(path, Date.now());
    equal(done.version, version);
    equal(done.entriesAside, 0);
    ok(equalFiles(await Deno.readFile(path), bytes));
    deepEqual(listNames(folder.path), ["capsule.db", `capsule.db.rolled-back-${DATABASE_VERSION}`]);
    // And once more: the newer program was started again.
    await upgrade(path);
    await look(path, version);
  });
}

Deno.test("version 1 gets every later table too", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  await Deno.writeFile(path, readReleased(FIRST));
  {
    const { DatabaseSync } = await import("node:sqlite");
    const old = new DatabaseSync(path);
    old.exec("drop table imports; pragma user_version = 1");
    old.close();
  }
  await upgrade(path);
  using db = openDatabase(path);
  equal(findVersion(db), DATABASE_VERSION);
  checkStore(db);
});

async function look(path: string, version: number): Promise<void> {
  using db = openDatabase(path);
  equal(findVersion(db), DATABASE_VERSION);
  checkStore(db);
  if (version < DATABASE_VERSION) {
    equal(findUpgrade(db, DATABASE_VERSION)?.version, DATABASE_VERSION);
  }
  await readPages(db);
  const mirrors = db.prepare("select c.id from mirrors m join capsules c on c.log = m.log").all();
  equal(mirrors.length, version < 3 ? 0 : 1);
  if (version < 3) return;
  const { id } = mirrors[0] as { id: string };
  match(await read(db, `/~${id}/`), /Hello from Ben/);
  equal(db.prepare("select 1 from followers where is_following = 1").all().length, 1);
}

async function readPages(db: Database): Promise<void> {
  const home = await read(db, "/");
  for (const text of ["The first post", "With a picture", "A typo", "The engine"]) {
    match(home, new RegExp(text));
  }
  equal(/taken back|tpyo/.test(home), false);
  match(await read(db, "/a/the-engine"), /<em>patterns<\/em>/);
  match(await read(db, "/search?q=weaves"), /The engine/);
  match(await read(db, "/tags/sea"), /With a picture/);
  match(await read(db, "/archive/2019"), /Old words/);
  match(await read(db, "/feed.json"), /A typo/);
  const picture = /\/mesh\/1\/blob\/[0-9a-f]+/.exec(home)?.[0] ?? "";
  ok(picture !== "", home);
  ok((await read(db, picture)).length > 0);
  equal(db.prepare("select count(*) as n from drafts").all().length, 1);
}

async function read(db: Database, path: string): Promise<string> {
  const origin = findOwnCapsule(db)?.address ?? "http://localhost:8000";
  const app = createApp({
    db,
    now: Date.now,
    log: () => {},
    isDev: true,
    origin: () => origin,
    startId: "start",
  });
  const response = await app.request(origin + path);
  equal(response.status, 200, path);
  return await response.text();
}

function equalFiles(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, n) => byte === b[n]);
}
