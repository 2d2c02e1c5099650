import { deepEqual, equal, match, ok } from "node:assert/strict";
import { openDatabase } from "../../storage/database.ts";
import { checkStore } from "../support/check_store.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import {
  initCapsule,
  killIfAlive,
  makeFolder,
  runCapsule,
  serveCapsule,
  SOURCE,
} from "../support/process.ts";

type Told = Readonly<{
  id: string;
  address: string | null;
  name: string;
  size: number;
  complete: boolean;
  contents: number;
  blobBytes: number;
  state: string;
  lastSeenAt: string | null;
}>;

async function listMirrors(cwd: string): Promise<Told[]> {
  return (await runCapsule(["mirrors", "--json"], { cwd })).json<Told[]>();
}

/** Asks until the only mirror is as it should be. */
async function waitForMirror(cwd: string, isRight: (mirror: Told) => boolean): Promise<Told> {
  const endMs = Date.now() + 20_000;
  for (;;) {
    const [mirror] = await listMirrors(cwd);
    if (mirror !== undefined && isRight(mirror)) return mirror;
    if (Date.now() > endMs) throw new Error(`not in time: ${JSON.stringify(mirror)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function expectWhole(path: string): void {
  using db = openDatabase(`${path}/capsule.db`);
  checkStore(db);
}

Deno.test("follow beside a server: the row at once, the copy within seconds, its pages public; unfollow hides it", async () => {
  using a = makeFolder();
  using b = makeFolder();
  const { id } = await initCapsule(a.path, ["--name", "Ada Lovelace"]);
  await initCapsule(b.path);
  await runCapsule(["post", "Kept by others"], { cwd: a.path });
  await using author = await serveCapsule(["--dev"], { cwd: a.path });
  await using reader = await serveCapsule(["--dev"], { cwd: b.path });
  // --dev is implied by the server.
  const followed = await runCapsule(["follow", author.url, "--json"], { cwd: b.path });
  equal(followed.code, 0, followed.stderr);
  const { state: _state, ...told } = followed.json<Told>();
  deepEqual(told, { id, address: author.url, name: "Ada Lovelace", size: 2 });
  const mirror = await waitForMirror(b.path, ({ complete }) => complete);
  equal(mirror.state, "current");
  equal(mirror.contents, 2);
  ok(Date.parse(mirror.lastSeenAt ?? "") > 0);
  const page = await (await fetch(`${reader.url}/~${id}/`)).text();
  ok(page.includes("Kept by others"));

  const again = await runCapsule(["follow", author.url, "--json"], { cwd: b.path });
  equal(again.code, 0);
  equal(again.json<Told>().state, "current");

  const left = await runCapsule(["unfollow", id, "--json"], { cwd: b.path });
  equal(left.code, 0, left.stderr);
  deepEqual(await listMirrors(b.path), []);
  const gone = await fetch(`${reader.url}/~${id}/`);
  await gone.body?.cancel();
  ok(gone.status === 404 || gone.status === 410, `${gone.status}`);
  await reader.stop();
  expectWhole(b.path);
});

Deno.test("follow without a server pulls before it ends; a mirror's address names the capsule", async () => {
  using a = makeFolder();
  using b = makeFolder();
  using c = makeFolder();
  const { id } = await initCapsule(a.path);
  for (const { path } of [b, c]) await initCapsule(path);
  await runCapsule(["post", "First"], { cwd: a.path });
  {
    await using author = await serveCapsule(["--dev"], { cwd: a.path });
    const followed = await runCapsule(["follow", author.url, "--dev", "--json"], { cwd: b.path });
    equal(followed.json<Told>().state, "current", followed.stderr);
  }
  // The origin is gone: the copy is enough.
  await using mirror = await serveCapsule(["--dev"], { cwd: b.path });
  const target = `${mirror.url}/~${id}`;
  const followed = await runCapsule(["follow", target, "--dev", "--json"], { cwd: c.path });
  equal(followed.code, 0, followed.stderr);
  equal(followed.json<Told>().size, 2);
  const [found] = await listMirrors(c.path);
  deepEqual([found?.id, found?.complete, found?.state], [id, true, "current"]);
  expectWhole(c.path);
});

Deno.test("a list from another reader brings feeds and capsules; what cannot be followed keeps nobody back", async () => {
  using a = makeFolder();
  using b = makeFolder();
  const { id } = await initCapsule(a.path);
  await initCapsule(b.path);
  await using author = await serveCapsule(["--dev"], { cwd: a.path });
  const list = `<?xml version="1.0"?><opml version="2.0"><body>
    <outline text="Ada" type="rss" capsule="${id}" xmlUrl="${author.url}/feed.atom"/>
    <outline text="Away" type="rss" capsule="${
    id.slice(0, -1)
  }x" xmlUrl="http://localhost:23997/feed.atom"/>
    <outline text="Feed" type="rss" xmlUrl="http://localhost:23997/feed.xml"/>
  </body></opml>`;
  const answer = await runCapsule(["follow", "--opml", "-", "--dev", "--json"], {
    cwd: b.path,
    stdin: list,
  });
  const { followed } = answer.json<{ followed: number }>();
  ok(followed >= 2, answer.stdout + answer.stderr);
  equal((await listMirrors(b.path))[0]?.id, id);
});

Deno.test("what cannot be followed is said in one sentence with a code", async () => {
  using a = makeFolder();
  await initCapsule(a.path);
  await using own = await serveCapsule(["--dev"], { cwd: a.path });
  const cases: readonly [target: string, code: string][] = [
    [own.url, "own_capsule"],
    ["http://localhost:23998", "not_reached"],
    ["not an address", "target_form"],
    [`${own.url.replace("http:", "https:")}`, "tls_failed"],
  ];
  for (const [target, code] of cases) {
    const answer = await runCapsule(["follow", target, "--json"], { cwd: a.path });
    equal(answer.code, 1, target);
    const { error } = answer.json<{ error: { code: string; message: string } }>();
    equal(error.code, code, `${target}: ${error.message}`);
  }
  const unknown = await runCapsule(["unfollow", "https://a.example"], { cwd: a.path });
  equal(unknown.code, 1);
  deepEqual(await listMirrors(a.path), []);
});

Deno.test("P2: killed at any moment while it pulls, a mirror is right, and the next pull goes on", async () => {
  using a = makeFolder();
  using b = makeFolder();
  await initCapsule(a.path);
  await initCapsule(b.path);
  {
    using db = openDatabase(`${a.path}/capsule.db`);
    publishManyPosts({ db, now: Date.now }, {
      count: 12_000,
      fromMs: Date.UTC(2020, 0, 1),
      stepMs: 60_000,
    });
  }
  await using author = await serveCapsule(["--dev"], { cwd: a.path });
  const entries: number[] = [];
  for (const afterMs of [300, 600, 900, 1_300]) {
    // The first one follows; the others find the row and pull on, as a server does at its start.
    const args = entries.length === 0
      ? ["follow", author.url, "--dev", "--quiet"]
      : ["serve", "--dev", "--port", "0"];
    const [program = "", ...before] = SOURCE;
    const child = new Deno.Command(program, {
      args: [...before, ...args],
      cwd: b.path,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    killIfAlive(child, "SIGKILL");
    await child.status;
    expectWhole(b.path);
    using db = openDatabase(`${b.path}/capsule.db`);
    const row = db.prepare("select entries from mirrors").get() as { entries: number } | undefined;
    entries.push(row?.entries ?? 0);
  }
  deepEqual(entries, entries.toSorted((x, y) => x - y));
  const last = await runCapsule(["follow", author.url, "--dev", "--quiet", "--json"], {
    cwd: b.path,
  });
  equal(last.code, 0, last.stderr);
  const mirror = await waitForMirror(b.path, ({ complete }) => complete);
  equal(mirror.contents, 12_001);
  expectWhole(b.path);
});

Deno.test("a feed followed by the address of its site is listed, and left by it", async () => {
  using b = makeFolder();
  await initCapsule(b.path);
  await using site = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) =>
      new URL(request.url).pathname === "/feed.xml"
        ? new Response(
          `<rss version="2.0"><channel><title>Harbour News</title><link>${new URL(
            "/",
            request.url,
          )}</link><item><guid>1</guid><title>Late</title></item></channel></rss>`,
          { headers: { "Content-Type": "application/rss+xml" } },
        )
        : new Response(
          `<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>`,
          { headers: { "Content-Type": "text/html" } },
        ),
  );
  const url = `http://127.0.0.1:${site.addr.port}/`;
  const run = (...args: string[]) => runCapsule(args, { cwd: b.path });
  match((await run("follow", url, "--dev")).stdout, /Following the feed Harbour News/);
  match((await run("mirrors")).stdout, /^Harbour News · http\S+\/feed\.xml\n {2}An ordinary feed/);
  match((await run("unfollow", url, "--dev")).stdout, /You follow the feed \S+ no more/);
  match((await run("mirrors")).stdout, /You follow nobody/);
  match((await run("unfollow", url, "--dev")).stderr, /You do not follow/);
});
