import { equal, match } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
} from "../support/process.ts";

type Case = { args: string[]; env?: Record<string, string>; code: number; says: RegExp };

const WRONG: readonly Case[] = [
  { args: ["stauts"], code: 2, says: /no command "stauts"; did you mean "status"\?/ },
  { args: ["post", "x", "--imgae", "y"], code: 2, says: /no flag --imgae; did you mean --image\?/ },
  { args: ["post", "x", "--tag"], code: 2, says: /--tag needs a value/ },
  { args: ["post"], code: 2, says: /expected 1 word, found 0/ },
  { args: ["post", "two", "words"], code: 2, says: /quotes/ },
  { args: ["status", "--data", "a", "--data", "b"], code: 2, says: /--data is given twice/ },
  { args: ["status", "--json=yes"], code: 2, says: /--json takes no value/ },
  { args: ["--data", "x.db", "status"], code: 2, says: /capsule status/ },
  { args: ["verify"], code: 2, says: /either --all or the FILE/ },
  { args: ["serve", "--port", "http"], code: 2, says: /--port expects a number/ },
  {
    args: ["serve"],
    env: { CAPSULE_PORT: "http" },
    code: 2,
    says: /CAPSULE_PORT expects a number/,
  },
  { args: ["status"], code: 1, says: /there is no such file/ },
  { args: ["serve", "--address", "ftp://x"], code: 1, says: /--address expects an address/ },
  { args: ["serve", "--address", "https://a.example/path"], code: 1, says: /without a path/ },
  { args: ["serve", "--address", "http://a.example"], code: 1, says: /Use https:\/\/a\.example/ },
  { args: ["serve", "--host", "not a host"], code: 1, says: /--host expects an IP address/ },
  { args: ["serve", "--data", "none/x.db"], code: 1, says: /folder does not exist/ },
  { args: ["serve", "--data", "."], code: 1, says: /found a folder/ },
  { args: ["init", "--name", "", "--password-stdin"], code: 2, says: /give your name/ },
];

for (const { args, env = {}, code, says } of WRONG) {
  const called = [
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    "capsule",
    ...args,
  ];
  Deno.test(`${called.join(" ")}: one sentence, status ${code}`, async () => {
    using folder = makeFolder();
    const answer = await runCapsule(args, { cwd: folder.path, env });
    equal(answer.code, code, answer.stderr);
    match(answer.stderr, says);
    equal(answer.stderr.trim().split("\n").length, 1);
    equal(answer.stdout, "");
    equal(listNames(folder.path).length, 0);
  });
}

Deno.test("an address that this machine does not have is told in a sentence", async () => {
  using folder = makeFolder();
  const args = ["serve", "--host", "192.0.2.1", "--port", "0"];
  const answer = await runCapsule(args, { cwd: folder.path });
  equal(answer.code, 1);
  match(answer.stderr, /this machine has no such address/);
});

Deno.test("a path below a file is told in a sentence", async () => {
  using folder = makeFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "x");
  const answer = await runCapsule(["serve", "--data", "file/x.db"], { cwd: folder.path });
  equal(answer.code, 1);
  match(answer.stderr, /^Cannot create file\/x\.db/);
});

Deno.test("a folder that cannot be written is told in a sentence", async () => {
  using folder = makeFolder();
  const answer = await runCapsule(["serve", "--data", "/proc/capsule.db"], { cwd: folder.path });
  equal(answer.code, 1);
  match(answer.stderr, /^Cannot \w+ \/proc\/capsule\.db: [^\n]+\n$/);
});

Deno.test("a file that is no database is told in a sentence and not changed", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  await Deno.writeTextFile(path, "Dear diary, this is not a database at all.");
  for (const args of [["serve"], ["status"], ["verify", "--all"]]) {
    const answer = await runCapsule(args, { cwd: folder.path });
    equal(answer.code, 1);
    match(answer.stderr, /found a file of another kind/);
  }
  equal(await Deno.readTextFile(path), "Dear diary, this is not a database at all.");
});

Deno.test("a database of a newer version is told in a sentence", async () => {
  using folder = makeFolder();
  await initCapsule(folder.path);
  const db = new DatabaseSync(`${folder.path}/capsule.db`);
  db.exec("pragma user_version = 900");
  db.close();
  const answer = await runCapsule(["serve"], { cwd: folder.path });
  equal(answer.code, 1);
  match(answer.stderr, /newer/);
  equal(answer.stderr.trim().split("\n").length, 1);
});

Deno.test("an altered entry turns the capsule read-only: pages are shown with a banner, posting is refused", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  for (let n = 0; n < 3; n++) await runCapsule(["post", `Words ${n}`], { cwd });
  const db = new DatabaseSync(`${cwd}/capsule.db`);
  db.exec("update entries set bytes = x'00' where n = 2");
  db.close();
  const verified = await runCapsule(["verify", "--all", "--json"], { cwd });
  equal(verified.code, 1);
  equal(verified.json().ok, false);
  const posted = await runCapsule(["post", "More", "--json"], { cwd });
  equal(posted.code, 1);
  equal(posted.json<{ error: { code: string } }>().error.code, "damaged");
  await using served = await serveCapsule([], { cwd });
  const home = await (await fetch(served.url)).text();
  match(home, /damaged/);
  // It was written before the port was open, but comes through a pipe of its own.
  for (let n = 0; n < 100 && served.stderr() === ""; n++) await delay(50);
  match(served.stderr(), /damaged/);
});

Deno.test("a damaged page of the file: verify says where, pages are shown, and nothing is published", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await runCapsule(["post", "Still read"], { cwd });
  const { page, pageBytes } = findRootPage(`${cwd}/capsule.db`, "drafts");
  {
    using file = await Deno.open(`${cwd}/capsule.db`, { write: true });
    await file.seek((page - 1) * pageBytes, Deno.SeekMode.Start);
    await file.write(new Uint8Array(pageBytes).fill(0xff));
  }
  const verified = await runCapsule(["verify", "--all"], { cwd });
  equal(verified.code, 1);
  match(verified.stdout, /^Not well: \d problems? in 2 entries\.$/m);
  match(verified.stdout, new RegExp(`^- The file is damaged: Tree ${page} page ${page}: `, "m"));
  match(verified.stdout, /Stop the capsule and restore the newest backup/);
  const posted = await runCapsule(["post", "More"], { cwd });
  equal(posted.code, 1);
  match(posted.stderr, /^The database is damaged .* restore the newest backup\.\n$/);
  await using served = await serveCapsule([], { cwd });
  const home = await (await fetch(served.url)).text();
  match(home, /Still read/);
  match(home, /damaged/);
});

function findRootPage(path: string, table: string): { page: number; pageBytes: number } {
  const db = new DatabaseSync(path);
  const found = db.prepare("select rootpage from sqlite_schema where name = ?").get(table);
  const { page_size: pageBytes } = db.prepare("pragma page_size").get() ?? {};
  db.close();
  return { page: Number(found?.rootpage), pageBytes: Number(pageBytes) };
}

Deno.test("article: wrong front matter, a missing picture, a draft and a folder are told in a sentence", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const texts: [string, RegExp][] = [
    ["---\ntitle: [\n---\nx", /front matter cannot be read/],
    ["+++\ntitle = 'x'\n", /\+\+\+ that ends the front matter is missing/],
    ["# T\n\n![x](gone.png)", /the picture gone\.png is not beside it/],
    ["---\ntitle: T\ndraft: true\n---\nx", /is a draft/],
    ["---\ntitle: T\ndate: yesterday\n---\nx", /found "yesterday"/],
    ["no title", /it has no title/],
  ];
  for (const [text, says] of texts) {
    await Deno.writeTextFile(`${cwd}/a.md`, text);
    const answer = await runCapsule(["article", "a.md"], { cwd });
    equal(answer.code, 1, text);
    match(answer.stderr, says);
  }
  const big = await runCapsule(["article", "big.md"], { cwd });
  match(big.stderr, /found nothing there/);
  await Deno.writeFile(`${cwd}/big.md`, new Uint8Array(0));
  await Deno.truncate(`${cwd}/big.md`, 100_000_000);
  match((await runCapsule(["article", "big.md"], { cwd })).stderr, /found 100\.0 MB/);
  await Deno.truncate(`${cwd}/big.md`, 1_000_000_000);
  const picture = ["post", "x", "--image", "big.md", "--alt", "x"];
  match((await runCapsule(picture, { cwd })).stderr, /found 1\.0 GB/);
  match((await runCapsule(["article", "."], { cwd })).stderr, /found a folder/);
  equal((await runCapsule(["status", "--json"], { cwd })).json().articles, 0);
});
