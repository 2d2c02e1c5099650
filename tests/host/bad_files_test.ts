import { deepEqual, equal, match } from "node:assert/strict";
import { openDatabase } from "../../storage/database.ts";
import { insertLease } from "../../storage/leases.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { listNames, makeFolder, runCapsule, serveCapsule } from "../support/process.ts";

/** The files of a capsule that was killed while it served: the database, and what stood beside it. */
type Files = Readonly<{ db: Uint8Array; wal: Uint8Array }>;

/** Posts `before` are in the file, posts `after` beside it; a server was there and gave no lease back. */
async function makeKilled(before: number, after: number, name = "Ada"): Promise<Files> {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  using capsule = openTestCapsule({ path, name });
  const { db } = capsule;
  for (let n = 0; n < before; n += 1) capsule.post({ text: `before ${n}` });
  insertLease(db, { start: "gone", url: "http://127.0.0.1:9", seenAtMs: Date.now() }, Infinity);
  db.prepare("pragma wal_checkpoint(truncate)").get();
  for (let n = 0; n < after; n += 1) capsule.post({ text: `after ${n} of ${before}` });
  return { db: await Deno.readFile(path), wal: await Deno.readFile(`${path}-wal`) };
}

async function status(files: Readonly<Record<string, Uint8Array>>) {
  using folder = makeFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.writeFile(`${folder.path}/${name}`, bytes);
  }
  const cwd = folder.path;
  const answer = await runCapsule(["status", "--json"], { cwd });
  const left = await Deno.readFile(`${cwd}/capsule.db`);
  const isSame = left.toBase64() === files["capsule.db"]?.toBase64();
  const again = await runCapsule(["status", "--json"], { cwd });
  return { ...answer, isSame, again, names: listNames(cwd) };
}

function sizeOf({ json }: { json: <T>() => T }): number {
  return json<{ log: { size: number } }>().log.size;
}

Deno.test("killed, and all files there: everything is there, without a word", async () => {
  const { db, wal } = await makeKilled(3, 2);
  const answer = await status({ "capsule.db": db, "capsule.db-wal": wal });
  equal(answer.code, 0, answer.stderr);
  equal(answer.stderr, "");
  equal(sizeOf(answer), 6);
  // And it is not taken for one whose file beside it was lost.
  equal(answer.again.stderr, "");
  deepEqual(answer.names, ["capsule.db"]);
});

Deno.test("from its first moment on, the file of a served capsule says that it is not all", async () => {
  using folder = makeFolder();
  await using served = await serveCapsule([], { cwd: folder.path });
  const db = await Deno.readFile(`${folder.path}/capsule.db`);
  await served.kill();
  match((await status({ "capsule.db": db })).stderr, /capsule\.db-wal, .* is not beside it\./);
});

Deno.test("killed, and copied without the file beside it: told in a sentence", async () => {
  const { db } = await makeKilled(3, 2);
  const answer = await status({ "capsule.db": db });
  equal(answer.code, 0);
  equal(sizeOf(answer), 4);
  match(
    answer.stderr,
    /^capsule\.db was being served .* capsule\.db-wal, .* is not beside it\. If you have that file/,
  );
  equal(answer.stderr.trim().split("\n").length, 1);
  equal(answer.isSame, true);
});

const { db: ada, wal: adaLater } = await makeKilled(3, 2);

const CASES: readonly [string, () => Promise<Record<string, Uint8Array>>, RegExp][] = [
  [
    "the file beside it is of another capsule",
    async () => ({
      "capsule.db": await makeOther(),
      "capsule.db-wal": adaLater,
    }),
    /^Cannot open capsule\.db: capsule\.db-wal beside it belongs to another database, .* nothing was changed\.$/,
  ],
  [
    "the file beside it is of another day",
    async () => ({ "capsule.db": (await makeKilled(9, 0)).db, "capsule.db-wal": adaLater }),
    /^Cannot open capsule\.db: capsule\.db-wal beside it belongs .* or to another state of this one/,
  ],
  [
    "the file is empty",
    () => Promise.resolve({ "capsule.db": new Uint8Array(0) }),
    /^Cannot open capsule\.db: the file is empty, .* restore FILE --replace", or delete the file/,
  ],
  [
    "the file is cut in half",
    () => Promise.resolve({ "capsule.db": ada.subarray(0, ada.length >> 1) }),
    /^Cannot read capsule\.db: some of its pages are damaged\. Stop the capsule and restore the newest backup\.$/,
  ],
  [
    "the file is cut in the middle of a page",
    () => Promise.resolve({ "capsule.db": ada.subarray(0, ada.length - 5_000) }),
    /^Cannot read capsule\.db: some of its pages are damaged\. Stop the capsule and restore the newest backup\.$/,
  ],
];

for (const [what, makeFiles, says] of CASES) {
  Deno.test(`${what}: one sentence, status 1, nothing changed`, async () => {
    const answer = await status(await makeFiles());
    equal(answer.code, 1, answer.stderr);
    match(answer.stderr.trim(), says);
    equal(answer.stderr.trim().split("\n").length, 1);
    equal(answer.isSame, true);
    equal(answer.again.code, 1);
  });
}

/** A database of as many pages, of somebody else. */
async function makeOther(): Promise<Uint8Array> {
  using folder = makeFolder();
  const cwd = folder.path;
  const args = ["init", "--name", "Ben", "--password-stdin"];
  equal((await runCapsule(args, { cwd, stdin: "correct horse battery\n" })).code, 0);
  return await Deno.readFile(`${cwd}/capsule.db`);
}

Deno.test("without -shm, which SQLite makes anew, nothing is missed and nothing is lost", async () => {
  using folder = makeFolder();
  await Deno.writeFile(`${folder.path}/capsule.db`, ada);
  await Deno.writeFile(`${folder.path}/capsule.db-wal`, adaLater);
  using db = openDatabase(`${folder.path}/capsule.db`);
  checkStore(db);
  equal(db.prepare("select 1 from pieces").all().length, 5);
});

Deno.test("a database named by a link is the file itself, with what stands beside that", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await Deno.writeFile(`${cwd}/real.db`, ada);
  await Deno.writeFile(`${cwd}/real.db-wal`, adaLater);
  await Deno.symlink("real.db", `${cwd}/capsule.db`);
  const answer = await runCapsule(["status", "--json"], { cwd });
  equal(answer.code, 0, answer.stderr);
  equal(answer.stderr, "", "nothing is missed");
  equal(sizeOf(answer), 6);
  // The wrong one beside it is found, too.
  await Deno.writeFile(`${cwd}/real.db`, await makeOther());
  await Deno.writeFile(`${cwd}/real.db-wal`, adaLater);
  const refused = await runCapsule(["status"], { cwd });
  equal(refused.code, 1);
  match(
    refused.stderr,
    /^Cannot open real\.db: real\.db-wal beside it belongs to another database/,
  );
});
