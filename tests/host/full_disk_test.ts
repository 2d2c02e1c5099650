import { deepEqual, equal, match, ok } from "node:assert/strict";
import { makePng } from "../content/picture_samples.ts";
import { waitUntil } from "../support/mesh_rig.ts";
import { need } from "../support/optional.ts";
import {
  initCapsule,
  listNames,
  makeFolder,
  runCapsule,
  serveCapsule,
} from "../support/process.ts";
import { type SignedIn, signIn } from "../support/signed_in.ts";
import { mountSmallDisk, type SmallDisk } from "../support/small_disk.ts";

const MB = 1_048_576;
const FULL = /the disk is full\. Free some space and try again/;
const BLOG = new URL("../sample/blog", import.meta.url);

function mount(bytes = 12 * MB): SmallDisk | undefined {
  const disk = mountSmallDisk(bytes);
  return need("a small disk of their own (a tmpfs, mounted as root)", disk) ? disk : undefined;
}

/** What a person has at hand: an article, a picture, an old blog. */
async function layOut(cwd: string): Promise<void> {
  await Deno.writeTextFile(`${cwd}/article.md`, "# On bridges\n\nThey carry.\n");
  await Deno.writeFile(`${cwd}/bridge.png`, await makePng());
  await Deno.mkdir(`${cwd}/blog`);
  for await (const { name, isFile } of Deno.readDir(BLOG)) {
    if (isFile) await Deno.copyFile(`${BLOG.pathname}/${name}`, `${cwd}/blog/${name}`);
  }
}

/** Everything that writes, from a terminal. */
const WRITING: readonly (readonly string[])[] = [
  ["post", "More words"],
  ["post", "With a picture", "--image", "bridge.png", "--alt", "A bridge"],
  ["article", "article.md"],
  ["revise", "1", "Other words"],
  ["import", "blog"],
  ["block", "far.example"],
  ["backup", "copy.db"],
  ["export", "out"],
];

/** One sentence that says what to do, and a status that says that it was not done. */
async function refused(cwd: string, args: readonly string[]): Promise<void> {
  const said = args.join(" ");
  const { code, stdout, stderr } = await runCapsule(args, { cwd });
  equal(code, 1, `${said}\n${stdout}\n${stderr}`);
  equal(stderr.trim().split("\n").length, 1, `${said}\n${stderr}`);
  match(stderr, FULL, said);
}

async function verified(cwd: string): Promise<void> {
  const answer = await runCapsule(["verify", "--all", "--json"], { cwd });
  equal(answer.json().ok, true, answer.stdout + answer.stderr);
}

async function size(cwd: string): Promise<number> {
  return (await runCapsule(["status", "--json"], { cwd })).json<{ log: { size: number } }>().log
    .size;
}

Deno.test("on a full disk every command says so in one sentence, and what only reads goes on", async () => {
  using disk = mount();
  if (disk === undefined) return;
  const cwd = disk.path;
  await initCapsule(cwd);
  await layOut(cwd);
  await runCapsule(["post", "First words"], { cwd });
  const before = await size(cwd);
  disk.fill();
  for (const args of [...WRITING, ["withdraw", "1", "--yes"]]) await refused(cwd, args);
  for (const args of [["status"], ["mirrors"]]) {
    equal((await runCapsule(args, { cwd })).code, 0, args.join());
  }
  await verified(cwd);
  equal(await size(cwd), before);
  const half = listNames(cwd).filter((name) => /copy|part|room/.test(name));
  deepEqual(half, [], "nothing half done lies about");

  // A new capsule on a full disk leaves nothing that stands in the way of the next try.
  const init = ["init", "--name", "B", "--password-stdin", "--data", "b.db"];
  const begin = () => runCapsule(init, { cwd, stdin: "correct horse battery\n" });
  const fresh = await begin();
  equal(fresh.code, 1);
  match(fresh.stderr, FULL);
  deepEqual(listNames(cwd).filter((name) => name.startsWith("b.db")), []);
  disk.free();
  equal((await begin()).code, 0);
  await Deno.remove(`${cwd}/b.db`);
  disk.fill();

  // Started on a full disk it shows its pages, and is a whole capsule as soon as there is room.
  await using served = await serveCapsule([], { cwd });
  await served.waitForError(
    /the disk is full.* Until then pages are shown and nothing is written\./,
  );
  const up = async () => await (await fetch(`${served.url}/up`)).json();
  equal((await up()).readOnly, "full");
  match(await (await fetch(served.url)).text(), /First words/);
  disk.free();
  await waitUntil(
    "it is written again",
    async () => (await up().catch(() => ({ readOnly: "?" }))).readOnly === undefined,
  );
  equal((await runCapsule(["post", "Room again"], { cwd })).code, 0);
  match(await (await fetch(served.url)).text(), /Room again/);
  equal(await served.stop(), 0);
  await verified(cwd);
});

Deno.test("a disk that becomes full under a server: typed words stay, pages go on, and one can still sign in and withdraw", async () => {
  using disk = mount();
  if (disk === undefined) return;
  const cwd = disk.path;
  await initCapsule(cwd);
  await layOut(cwd);
  await runCapsule(["post", "To be withdrawn"], { cwd });
  await using served = await serveCapsule([], { cwd });
  const { url } = served;
  // Some seconds after the start it has put room aside.
  const walBytes = async () => (await Deno.stat(`${cwd}/capsule.db-wal`)).size;
  await waitUntil("room is put aside", async () => await walBytes() > MB / 2);
  disk.fill();

  // What is put aside may carry some posts; each that was acknowledged is there.
  const owner = await signIn(url);
  const told: string[] = [];
  let last = { status: 303, location: "", text: "" };
  for (let n = 0; n < 200 && last.status === 303; n++) {
    last = await owner.send(
      "/studio",
      { text: `Post ${n} ${"x".repeat(400)}`, language: "en" },
      "publish",
    );
    if (last.status === 303) told.push(last.location);
  }
  equal(last.status, 503);
  ok(told.length > 0, "what is put aside carries the first ones");
  match(last.text, FULL);
  ok(last.text.includes(`Post ${told.length} xxx`), "the words are in the form");
  for (const path of told) equal((await fetch(url + path).then(drop)).status, 200, path);

  await formsKeepTheirWords(owner);
  const delivered = await fetch(`${url}/mesh/1/inbox`, {
    ...{ method: "POST", body: "{}", headers: { "Content-Type": "application/json" } },
  });
  deepEqual([delivered.status, (await delivered.json()).error], [503, "read_only"]);

  for (const args of WRITING.filter(([name]) => name !== "backup")) {
    // Beside a server a command has the same room; what it says it did is there.
    const { code, stderr } = await runCapsule(args, { cwd });
    if (code !== 0) match(stderr, FULL, args.join(" "));
  }
  await refused(cwd, ["backup", "copy.db"]);

  // What is most needed works to the end: signing in, and taking back.
  const again = await signIn(url);
  equal((await again.send("/studio/withdraw/1", {})).status, 303);
  equal((await fetch(`${url}/p/1`).then(drop)).status, 410);
  equal((await fetch(url).then(drop)).status, 200);

  disk.free();
  equal((await runCapsule(["post", "Room again"], { cwd })).code, 0);
  await waitUntil(
    "the same server publishes",
    async () =>
      (await owner.send("/studio", { text: "From the browser", language: "en" }, "publish"))
        .status === 303,
  );
  match(await (await fetch(url)).text(), /Room again/);
  equal(await served.stop(), 0);
  await verified(cwd);
  const names = listNames(cwd).filter((name) => name.startsWith("capsule.db"));
  deepEqual(names, ["capsule.db"]);
});

Deno.test("an import that fills the disk keeps what it told of, and goes on from there when there is room", async () => {
  using disk = mount();
  if (disk === undefined) return;
  const cwd = disk.path;
  using blog = makeFolder();
  const texts = 120;
  // Nothing here can be packed, and no two are alike.
  const words = () => crypto.getRandomValues(new Uint8Array(48_000)).toBase64();
  for (let n = 0; n < texts; n++) {
    const head = `---\ntitle: Text ${n}\ndate: 2020-01-01\n---\n\n`;
    await Deno.writeTextFile(`${blog.path}/text-${n}.md`, head + words());
  }
  await initCapsule(cwd);
  const first = await runCapsule(["import", blog.path], { cwd });
  equal(first.code, 1);
  const [, came] = /^Imported (\d+), then it stopped: (?:.*)it goes on where it stopped\.\n$/
    .exec(first.stderr) ?? [];
  match(first.stderr, FULL);
  await verified(cwd);
  const articles = async () =>
    (await runCapsule(["status", "--json"], { cwd })).json<{ articles: number }>().articles;
  ok(Number(came) > 0 && await articles() === Number(came), first.stderr);
  equal((await runCapsule(["post", "A few words still fit"], { cwd })).code, 0);
  disk.resize(80 * MB);
  const again = await runCapsule(["import", blog.path, "--json"], { cwd });
  equal(again.code, 0, again.stderr);
  equal(again.json().skipped, Number(came));
  equal(await articles(), texts);
  await verified(cwd);
});

Deno.test("killed on a full disk it has what it acknowledged, and its owner reads why nothing can be written", async () => {
  using disk = mount();
  if (disk === undefined) return;
  const cwd = disk.path;
  await initCapsule(cwd);
  const first = await serveCapsule([], { cwd });
  const owner = await signIn(first.url);
  disk.fill();
  const told: string[] = [];
  const text = "y".repeat(450);
  let sent = await owner.send("/studio", { text: `Post 0 ${text}`, language: "en" }, "publish");
  for (let n = 1; sent.status === 303 && n < 100; n++) {
    told.push(sent.location);
    sent = await owner.send("/studio", { text: `Post ${n} ${text}`, language: "en" }, "publish");
  }
  equal(sent.status, 503);
  await first.kill();
  disk.fill();
  const port = new URL(first.url).port;
  for (const isClean of [true, false]) {
    await using served = await serveCapsule(["--port", port], { cwd });
    for (const path of told) equal((await fetch(served.url + path).then(drop)).status, 200, path);
    equal((await fetch(served.url).then(drop)).status, 200);
    if (isClean) equal(await served.stop(), 0);
    else await served.kill();
    disk.fill();
  }
  disk.free();
  await verified(cwd);
  disk.fill();
  await using shown = await serveCapsule(["--port", port], { cwd });
  equal((await (await fetch(`${shown.url}/up`)).json()).readOnly, "full");
  match((await owner.get("/studio")).text, /The disk of this capsule is full\./);
  const kept = await owner.send("/studio", { text: "Still typed", language: "en" }, "publish");
  equal(kept.status, 503);
  ok(kept.text.includes("Still typed"));
});

/** Whatever is typed, and refused for want of room, is in the form again, with the sentence. */
async function formsKeepTheirWords(owner: SignedIn): Promise<void> {
  const texts = { title: "On bridges", markdown: "They carry.", summary: "" };
  const article = { ...texts, slug: "", tags: "", language: "en" };
  for (const wish of ["publish", "save"]) {
    const kept = await owner.send("/studio/articles/new", article, wish);
    equal(kept.status, 503, wish);
    match(kept.text, FULL);
    ok(kept.text.includes("They carry."), wish);
  }
  const saved = await owner.send("/studio/drafts/autosave", article);
  equal(saved.status, 503);
  match(saved.text, FULL);
  const files = new File([await makePng(640, 480)], "bridge.png", { type: "image/png" });
  const post = { text: "With a picture", files, language: "en" };
  const shown = await owner.send("/studio", post, "publish");
  equal(shown.status, 422);
  match(shown.text, FULL);
  ok(shown.text.includes("With a picture"));
}

async function drop(answer: Response): Promise<Response> {
  await answer.body?.cancel();
  return answer;
}
