/** Every backup that must not be taken: one sentence each, and nothing is touched. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { backupDatabase, rehearseRestore, restoreDatabase } from "../../storage/backup.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { verifyStore } from "../../storage/verify.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { listNames, makeFolder } from "../support/process.ts";
import { listReleased, readReleased } from "../support/released.ts";

const options = { verify: (db: Database) => verifyStore(db, { verify: verifySignature }) };
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

type Bad = Readonly<{
  what: string;
  says: RegExp;
  /** Writes the bad backup at `path`, from a good one. */
  make: (path: string, good: Uint8Array) => void;
}>;

/** Alters one byte `at` bytes behind the first place of `text`. */
function flipAt(text: string | Uint8Array, at = 0): Bad["make"] {
  return (path, good) => {
    const bytes = good.slice();
    const place = indexOf(bytes, typeof text === "string" ? new TextEncoder().encode(text) : text);
    bytes[place + at] = (bytes[place + at] ?? 0) ^ 1;
    Deno.writeFileSync(path, bytes);
  };
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = bytes.indexOf(part[0] ?? 0); at >= 0; at = bytes.indexOf(part[0] ?? 0, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  throw new Error("not in the file");
}

function cutTo(length: (bytes: number) => number): Bad["make"] {
  return (path, good) => Deno.writeFileSync(path, good.slice(0, length(good.length)));
}

function changed(sql: string): Bad["make"] {
  return (path, good) => {
    Deno.writeFileSync(path, good);
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  };
}

const DAMAGED = /^Cannot restore \S+bad\.db: it is damaged, or was not copied whole\./;
const CUT = /^Cannot restore \S+bad\.db: it was cut off, expected \d+ bytes, found \d+\./;
const BAD: readonly Bad[] = [
  { what: "an empty file", says: /the file is empty/, make: cutTo(() => 0) },
  { what: "20 bytes", says: CUT, make: cutTo(() => 20) },
  { what: "the first page only", says: CUT, make: cutTo(() => 4_096) },
  { what: "the first half", says: CUT, make: cutTo((bytes) => Math.floor(bytes / 2)) },
  { what: "all but the last byte", says: CUT, make: cutTo((bytes) => bytes - 1) },
  {
    what: "a text",
    says: /expected a backup of a capsule, found a file of another kind/,
    make: (path) => Deno.writeTextFileSync(path, "Dear Ada,\n".repeat(50)),
  },
  { what: "a folder", says: /found a folder/, make: (path) => Deno.mkdirSync(path) },
  { what: "nothing", says: /there is no such file/, make: () => {} },
  {
    what: "the database of another program",
    says: /found the database of another program/,
    make: (path) => new DatabaseSync(path).exec("create table notes (text text)"),
  },
  {
    what: "a newer database",
    says: /Cannot open \S+bad\.db: expected version \d+ or older, found version 9999/,
    make: changed("pragma user_version = 9999"),
  },
  {
    what: "a database without a capsule",
    says: /no capsule is set up/,
    make: changed(
      "pragma foreign_keys = off; delete from capsules; delete from entries; delete from contents; " +
        "delete from tiles; delete from checkpoints; delete from identity_records; delete from pieces; " +
        "delete from piece_search; delete from piece_counts; delete from archive; delete from profiles; " +
        "delete from signing_keys; delete from blobs; delete from blob_chunks; delete from blob_uses",
    ),
  },
  { what: "a byte of the file's header", says: /bad\.db/, make: flipAt("SQLite format 3", 3) },
  { what: "a byte of the page size", says: /bad\.db/, make: flipAt("SQLite format 3", 16) },
  { what: "a byte of an entry", says: DAMAGED, make: flipAt("capsule entry 1", 14) },
  { what: "a byte of a text", says: DAMAGED, make: flipAt("seventeen engines", 4) },
  { what: "a byte of a picture", says: DAMAGED, make: flipAt(PNG, 50) },
  {
    what: "the checkpoint's signature",
    says: DAMAGED,
    make: changed("update checkpoints set note = replace(note, substr(note, -20, 1), '?')"),
  },
  {
    what: "a hash of the tree",
    says: DAMAGED,
    make: changed("update tiles set bytes = zeroblob(length(bytes))"),
  },
  {
    what: "an entry that is missing",
    says: DAMAGED,
    make: changed("pragma foreign_keys = off; delete from entries where n = 2"),
  },
];

Deno.test("a bad backup is refused in a sentence, and nothing is touched", async (t) => {
  using folder = makeFolder();
  const [path, backup] = [`${folder.path}/capsule.db`, `${folder.path}/good.db`];
  {
    using capsule = openTestCapsule({ path });
    const hash = saveBlob(capsule.db, PNG, { type: "image/png", width: 1, height: 1 }, 0);
    capsule.post({ text: "About seventeen engines", pictures: [{ hash, description: "One" }] });
    for (let n = 0; n < 30; n += 1) capsule.post({ text: `Post ${n}` });
    await backupDatabase(path, backup, options);
    capsule.post({ text: "after the backup" });
  }
  const [before, good] = [await Deno.readFile(path), await Deno.readFile(backup)];
  for (const { what, says, make } of BAD) {
    await t.step(what, async () => {
      using place = makeFolder();
      const bad = `${place.path}/bad.db`;
      make(bad, good);
      const names = listNames(folder.path);
      for (const work of [restoreDatabase, rehearseRestore]) {
        const error = await work(bad, path, { ...options, isOverwriting: true }).then(
          () => undefined,
          (error: unknown) => error,
        );
        ok(error instanceof DatabaseProblem, `${what}: ${error}`);
        match(error.message, says);
        ok(!error.message.includes(".part-"), error.message);
        equal(error.message.includes("\n"), false);
      }
      deepEqual(listNames(folder.path), names);
      deepEqual(await Deno.readFile(path), before);
    });
  }
});

Deno.test("a database is not restored onto itself, whatever it is called", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  openTestCapsule({ path })[Symbol.dispose]();
  await Deno.symlink(path, `${folder.path}/also.db`);
  for (const name of [path, `${folder.path}/./capsule.db`, `${folder.path}/also.db`]) {
    const error = await restoreDatabase(name, path, { ...options, isOverwriting: true })
      .catch((error: unknown) => error);
    ok(error instanceof DatabaseProblem, String(error));
    match(error.message, /it is the database itself/);
  }
});

Deno.test("a file copied without its -wal is what it was before, or refused", async () => {
  using folder = makeFolder();
  const [path, raw] = [`${folder.path}/capsule.db`, `${folder.path}/raw.db`];
  using capsule = openTestCapsule({ path });
  capsule.post({ text: "one" });
  // Everything stands in the -wal: the file has nothing yet.
  await Deno.copyFile(path, raw);
  const refused = await restoreDatabase(raw, `${folder.path}/new.db`, options)
    .catch((error: unknown) => error);
  ok(refused instanceof DatabaseProblem);
  match(refused.message, /no capsule is set up|empty|cut off/);
  capsule.db.exec("pragma wal_checkpoint(truncate)");
  capsule.post({ text: "two" });
  await Deno.copyFile(path, raw);
  const restored = await restoreDatabase(raw, `${folder.path}/new.db`, options);
  equal(restored.posts, 1);
});

for (const version of listReleased()) {
  Deno.test(`a backup of version ${version} is brought up to date on its way, and stays as it is itself`, async () => {
    using folder = makeFolder();
    const [backup, path] = [`${folder.path}/backup.db`, `${folder.path}/capsule.db`];
    await Deno.writeFile(backup, readReleased(version));
    const restored = await restoreDatabase(backup, path, options);
    ok(restored.size > 0);
    deepEqual(listNames(folder.path), ["backup.db", "capsule.db"]);
    deepEqual(await Deno.readFile(backup), readReleased(version));
    using db = openDatabase(path, { isReadOnly: true });
    equal(verifyStore(db, { verify: verifySignature }).ok, true);
  });
}
