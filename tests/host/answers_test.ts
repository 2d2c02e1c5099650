import { deepEqual, equal, match, ok } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import type { Command } from "../../host/command.ts";
import { commandHelp } from "../../host/help.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
} from "../support/process.ts";

/** One red pixel. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
);
const HASH = /^[0-9a-f]{64}$/;

Deno.test("init answers id, phrase and address as JSON, and takes the password from standard input", async () => {
  using folder = makeFolder();
  const made = await initCapsule(folder.path, ["--address", "https://ida.example"]);
  match(made.id, /^cap1[0-9a-z]+$/);
  equal(made.phrase.split(" ").length, 12);
  equal(made.address, "https://ida.example");
});

Deno.test("init says how to start the capsule, as it was called itself", async () => {
  using folder = makeFolder();
  const init = async (...data: string[]) =>
    (await runCapsule(["init", "--name", "Ida", "--password-stdin", ...data], {
      cwd: folder.path,
      stdin: "correct horse battery\n",
    })).stdout;
  match(await init(), /Start it with "deno task capsule serve"\.\n$/);
  match(await init("--data", "b.db"), /Start it with "deno task capsule serve --data b\.db"\.\n$/);
});

Deno.test("init refuses a second capsule in the same database", async () => {
  using folder = makeFolder();
  const { id } = await initCapsule(folder.path);
  const again = await runCapsule(["init", "--name", "Eve", "--password-stdin"], {
    cwd: folder.path,
    stdin: "correct horse battery\n",
  });
  equal(again.code, 1);
  match(again.stderr, /There is a capsule in capsule\.db already/);
  ok(again.stderr.includes(id));
});

Deno.test("init without a terminal and without --password-stdin refuses and leaves no database", async () => {
  using folder = makeFolder();
  const { code, stderr } = await runCapsule(["init", "--name", "Ida"], { cwd: folder.path });
  equal(code, 1);
  match(stderr, /--password-stdin/);
  equal(listNames(folder.path).length, 0);
});

Deno.test("init with an empty password refuses and leaves no database", async () => {
  using folder = makeFolder();
  const { code, stderr } = await runCapsule(["init", "--name", "Ida", "--password-stdin"], {
    cwd: folder.path,
    stdin: "",
  });
  equal(code, 1);
  match(stderr, /password/i);
  equal(listNames(folder.path).length, 0);
});

Deno.test("post with a picture, article, revise, withdraw and status answer their fixed JSON", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const run = (...args: string[]) => runCapsule([...args, "--json"], { cwd });
  const { id } = await initCapsule(cwd, ["--address", "https://ida.example"]);
  await Deno.writeFile(`${cwd}/dot.png`, PNG);
  await Deno.writeTextFile(
    `${cwd}/text.md`,
    `---\ntitle: On Dots\ndate: 2024-05-01\ntags: [dots]\n---\nA dot:\n\n![A dot](dot.png)\n`,
  );

  const post = (await run("post", "A #dot", "--image", "dot.png", "--alt", "One red dot")).json();
  equal(post.index, 1);
  match(String(post.hash), HASH);
  equal(post.url, "https://ida.example/p/1");

  const article = (await run("article", "text.md")).json();
  equal(article.index, 2);
  match(String(article.hash), HASH);
  equal(article.url, "https://ida.example/a/on-dots");

  const revised = (await run("revise", "1", "A better #dot", "--note", "Better")).json();
  equal(revised.index, 3);
  equal(revised.url, post.url);

  const withdrawn = (await run("withdraw", String(article.url), "--yes")).json();
  equal(withdrawn.index, 4);

  const status = (await run("status")).json<Record<string, unknown> & { log: { size: number } }>();
  equal(status.id, id);
  equal(status.name, "Ida Greenwald");
  equal(status.address, "https://ida.example");
  equal(status.log.size, 5);
  equal([status.posts, status.articles, status.serving].join(), "1,0,false");

  const verified = (await run("verify", "--all")).json();
  equal(verified.ok, true);
  equal(verified.entries, 5);
});

Deno.test("post reads its text from standard input, and refuses a picture without a description", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const posted = await runCapsule(["post", "-", "--json"], { cwd, stdin: "From a pipe\n" });
  equal(posted.code, 0, posted.stderr);
  await Deno.writeFile(`${cwd}/dot.png`, PNG);
  const bare = await runCapsule(["post", "Hello", "--image", "dot.png", "--json"], { cwd });
  equal(bare.code, 2);
  equal(bare.json<{ error: { code: string } }>().error.code, "descriptions_missing");
  match(bare.stderr, /one --alt TEXT for each --image FILE, found 1 picture and 0 descriptions/);
  match((await runCapsule(["status"], { cwd })).stdout, /1 post, 0 articles, 0 pages/);
});

Deno.test("withdraw refuses without --yes where nobody can be asked", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  await runCapsule(["post", "Hello"], { cwd });
  const { code, stderr } = await runCapsule(["withdraw", "1"], { cwd });
  equal(code, 1);
  match(stderr, /--yes/);
  const status = (await runCapsule(["status", "--json"], { cwd })).json();
  equal(status.posts, 1);
});

Deno.test("a piece is named by the URL that was answered, also before there is an address", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const { url } = (await runCapsule(["post", "Helo", "--json"], { cwd })).json<{ url: string }>();
  const revised = await runCapsule(["revise", url, "Hello", "--json"], { cwd });
  equal(revised.json<{ url: string }>().url, url, revised.stderr);
  const withdrawn = await runCapsule(["withdraw", "/p/1", "--yes"], { cwd });
  equal(withdrawn.code, 0, withdrawn.stderr);
});

Deno.test("verify FILE checks a saved proof document without a database, and refuses an altered one", async () => {
  using folder = makeFolder();
  using elsewhere = makeFolder();
  const cwd = folder.path;
  const { id } = await initCapsule(cwd);
  await runCapsule(["post", "Proved words"], { cwd });
  await using served = await serveCapsule([], { cwd });
  const document = await (await fetch(`${served.url}/mesh/1/${id}/proof/1`)).text();
  await Deno.writeTextFile(`${elsewhere.path}/proof.json`, document);
  const good = await runCapsule(["verify", "proof.json", "--json"], { cwd: elsewhere.path });
  equal(good.code, 0, good.stderr);
  const told = good.json();
  equal(
    [told.ok, told.outcome, told.capsule, told.text, told.known].join(),
    `true,valid,${id},Proved words,false`,
  );
  const known = (await runCapsule(["verify", "-", "--json"], { cwd, stdin: document })).json();
  equal(known.known, true);
  const altered = document.replace("Proved words", "Forged words");
  const bad = await runCapsule(["verify", "-"], { cwd: elsewhere.path, stdin: altered });
  equal(bad.code, 1);
  match(bad.stdout, /^Invalid/);
  equal(listNames(elsewhere.path).length, 1);
});

Deno.test("backup and restore carry the whole capsule through files and pipes", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const { id } = await initCapsule(cwd);
  await runCapsule(["post", "Kept"], { cwd });
  const copied = (await runCapsule(["backup", "copy.db", "--json"], { cwd })).json();
  equal([copied.ok, copied.id, copied.entries].join(), `true,${id},2`);
  const { log } = (await runCapsule(["status", "--json"], { cwd })).json();
  deepEqual([copied.log, copied.posts, copied.verified], [log, 1, true]);
  const piped = await runCapsule(["backup", "-"], { cwd });
  equal(piped.code, 0, piped.stderr);
  match(piped.stderr, /log +2 entries, root \S{44}\npieces +1 post, 0 articles/);
  await runCapsule(["post", "Lost"], { cwd });
  const good = await runCapsule(["restore", "copy.db", "--check"], { cwd });
  match(good.stdout, /^copy\.db can be restored: [\s\S]*goes on from it: 1 entry more/);
  using other = makeFolder();
  await initCapsule(other.path, ["--name", "Ben"]);
  const another = await runCapsule(["restore", "-", "--check"], {
    cwd: other.path,
    stdin: piped.bytes,
  });
  match(another.stderr, /^standard input: it is of another capsule \(cap1/);
  const refused = await runCapsule(["restore", "copy.db"], { cwd });
  equal(refused.code, 1);
  match(refused.stderr, /--replace/);
  const restored = await runCapsule(["restore", "-", "--replace", "--json"], {
    cwd,
    stdin: piped.bytes,
  });
  equal(restored.code, 0, restored.stderr);
  equal(restored.json().entries, 2);
  const { posts } = (await runCapsule(["status", "--json"], { cwd })).json();
  equal(posts, 1);
  equal(listNames(cwd).join(), "capsule.db,copy.db");
});

Deno.test("password sets a new one from standard input", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  await initCapsule(cwd);
  const set = await runCapsule(["password", "--password-stdin", "--json"], {
    cwd,
    stdin: "another long password\n",
  });
  equal(set.code, 0, set.stderr);
  equal(set.json().ok, true);
});

Deno.test("version names program, protocol, SQLite and Deno, and makes no database", async () => {
  using folder = makeFolder();
  const version = (await runCapsule(["version", "--json"], { cwd: folder.path })).json();
  equal(Object.keys(version).join(), "capsule,protocol,sqlite,deno,embedded");
  equal(version.embedded, null, "run from source");
  equal(version.capsule, config.version);
  equal(listNames(folder.path).length, 0);
});

Deno.test("help lists every command, and every command has help with an example", async () => {
  using folder = makeFolder();
  const cwd = folder.path;
  const usage = /Usage: capsule .*\n\nOptions:\n(?: {2}--.*\n)+[^]*Examples?:\n {2}\S/;
  const overview = await runCapsule(["help"], { cwd });
  equal(overview.code, 0, overview.stderr);
  const names = [...overview.stdout.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name ?? "");
  const commands = new URL("../../host/commands/", import.meta.url);
  deepEqual([...names].sort(), listNames(commands.pathname).map((file) => file.slice(0, -3)));
  for (const name of names) {
    const { command } = await import(`${commands.href}${name}.ts`) as { command: Command };
    equal(command.name, name);
    match(commandHelp(command, { help: { type: "boolean", text: "" } }), usage, name);
  }
  const { code, stdout } = await runCapsule(["post", "--help"], { cwd });
  equal(code, 0);
  match(stdout, usage);
  equal(listNames(folder.path).length, 0);
});
