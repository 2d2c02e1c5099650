import { deepEqual, equal, ok } from "node:assert/strict";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { publishPost } from "../../mesh/publish.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findLogMirror, type Mirror, updateMirror } from "../../storage/mirrors.ts";
import { findBlob, saveBlob } from "../../storage/blobs.ts";
import { listContents } from "../../storage/contents.ts";
import { saveHolder } from "../../storage/holders.ts";
import { confirmPeer } from "../../storage/peers.ts";
import {
  type AuthorServer,
  changeRows,
  followServed,
  serveAuthor,
} from "../support/author_server.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { openTestMesh, type TestMesh } from "../support/mesh.ts";
import { openTestAuthor, type TestAuthor } from "../support/mirror.ts";

/** An author who serves and somebody who follows. */
type Pair = Readonly<{
  author: TestAuthor;
  server: AuthorServer;
  me: TestCapsule;
  mesh: TestMesh;
  log: number;
  pull: () => Promise<Mirror>;
  post: (text: string) => void;
}>;

async function withPair(work: (pair: Pair) => Promise<void>): Promise<void> {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  await using server = serveAuthor(author);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  const pull = async () => {
    const { mirror } = await pullMirror(mesh, log);
    ok(mirror !== undefined);
    return mirror;
  };
  const post = (text: string) => {
    author.wait();
    publishPost(author, { text });
  };
  await work({ author, server, me, mesh, log, pull, post });
}

function fill({ author }: Pair, count: number): void {
  publishManyPosts(author, { count, fromMs: START_MS, stepMs: 60_000 });
}

/** What is held is what the author has, byte for byte. */
function expectSame({ author, me, log }: Pair): void {
  const theirs = findCheckpoint(author.db, author.log);
  deepEqual(findCheckpoint(me.db, log), theirs);
  const size = theirs?.size ?? 0;
  for (let from = 0; from < size; from += 1_000) {
    deepEqual(
      listContents(me.db, log, from, Math.min(1_000, size - from)),
      listContents(author.db, author.log, from, Math.min(1_000, size - from)),
    );
  }
}

Deno.test("a small log is appended whole and is current", () =>
  withPair(async (pair) => {
    pair.post("One");
    pair.post("Two");
    const mirror = await pair.pull();
    equal(mirror.state, "current");
    equal(mirror.problem, undefined);
    equal(mirror.size, 3);
    equal(mirror.firstSize, 3);
    ok(mirror.isComplete);
    ok(mirror.nextPullAtMs > pair.me.now());
    expectSame(pair);
  }));

Deno.test("new entries are appended, and an unchanged log costs one question", () =>
  withPair(async (pair) => {
    await pair.pull();
    pair.post("Later");
    await pair.pull();
    expectSame(pair);
    const before = pair.server.requests.length;
    await pair.pull();
    equal(pair.server.requests.length, before + 1);
  }));

Deno.test("a long log is filled the newest first, without asking for tiles of leaves", () =>
  withPair(async (pair) => {
    fill(pair, 2_500);
    const mirror = await pair.pull();
    equal(mirror.state, "current");
    ok(mirror.isComplete);
    equal(mirror.entries, 2_501);
    expectSame(pair);
    const { requests } = pair.server;
    const runs = requests.filter((path) => path.includes("/entries?"));
    equal(runs.length, 10);
    ok(runs[0]?.includes("from=2304"), runs[0]);
    // The right edge only: one tile of level 0, one of level 1.
    equal(requests.filter((path) => path.includes("/tile/")).length, 2);
  }));

Deno.test("a long log that grew by much is proved to extend what is held", () =>
  withPair(async (pair) => {
    fill(pair, 1_300);
    await pair.pull();
    fill(pair, 1_700);
    updateMirror(pair.me.db, pair.log, { allowedSize: 10_000 });
    const mirror = await pair.pull();
    equal(mirror.state, "current");
    expectSame(pair);
  }));

Deno.test("a pull that was stopped goes on where it was", () =>
  withPair(async (pair) => {
    fill(pair, 6_000);
    let runs = 0;
    pair.server.tamper((request, response) => {
      if (request.url.includes("/entries?")) runs += 1;
      return runs > 12 ? new Response("", { status: 500 }) : response;
    });
    const stopped = await pair.pull();
    equal(stopped.state, "unreachable");
    equal(stopped.problem, "answer_status");
    ok(stopped.entries > 1_000 && stopped.entries < 4_000, `${stopped.entries}`);
    ok(!stopped.isComplete);
    pair.server.tamper(undefined);
    const asked = pair.server.requests.length;
    const mirror = await pair.pull();
    ok(mirror.isComplete);
    expectSame(pair);
    const again = pair.server.requests.slice(asked).filter((path) => path.includes("/entries?"));
    ok(again.length < 16, `${again.length}`);
  }));

Deno.test("P3: without its origin a log comes from somebody who mirrors it", () =>
  withPair(async (pair) => {
    pair.post("Kept");
    await pair.pull();
    using third = openTestCapsule({ name: "Cleo" });
    await using mesh = await openTestMesh(third);
    await using mirrorServer = serveAuthor(pair.me);
    const log = followServed(third, pair.author, "http://127.0.0.1:23999");
    using holder = openTestAuthor({ name: "Holder", address: mirrorServer.origin, seed: 99 });
    const { id } = holder;
    confirmPeer(third.db, { id, address: mirrorServer.origin, nowMs: third.now() });
    saveHolder(third.db, log, id, third.now());
    const { mirror } = await pullMirror(mesh, log);
    equal(mirror?.state, "current");
    equal(mirror?.originSeenAtMs, undefined);
    deepEqual(findCheckpoint(third.db, log), findCheckpoint(pair.author.db, pair.author.log));
  }));

Deno.test("a long log comes from several sources at once", () =>
  withPair(async (pair) => {
    fill(pair, 5_000);
    await using second = serveAuthor(pair.author);
    using holder = openTestAuthor({ name: "Holder", address: second.origin, seed: 31 });
    confirmPeer(pair.me.db, { id: holder.id, address: second.origin, nowMs: pair.me.now() });
    saveHolder(pair.me.db, pair.log, holder.id, pair.me.now());
    const mirror = await pair.pull();
    ok(mirror.isComplete);
    expectSame(pair);
    for (const { requests } of [pair.server, second]) {
      ok(requests.filter((path) => path.includes("/entries?")).length > 2);
    }
  }));

Deno.test("a source that fails in the middle is replaced by another one", () =>
  withPair(async (pair) => {
    fill(pair, 5_000);
    await using second = serveAuthor(pair.author);
    using holder = openTestAuthor({ name: "Holder", address: second.origin, seed: 31 });
    confirmPeer(pair.me.db, { id: holder.id, address: second.origin, nowMs: pair.me.now() });
    saveHolder(pair.me.db, pair.log, holder.id, pair.me.now());
    pair.server.tamper(changeRows((rows) => rows.slice(1)));
    const mirror = await pair.pull();
    ok(mirror.isComplete);
    equal(mirror.state, "current");
    expectSame(pair);
  }));

Deno.test("contents that come later are fetched before the log counts as complete", () =>
  withPair(async (pair) => {
    for (let i = 0; i < 20; i++) pair.post(`Post ${i}`);
    pair.server.tamper(changeRows((rows) =>
      rows.map((row, i) => {
        if (i === 0 || i % 3 !== 0) return row;
        const { entry } = JSON.parse(row);
        return JSON.stringify({ entry, state: "later" });
      })
    ));
    const mirror = await pair.pull();
    ok(mirror.isComplete);
    equal(mirror.contents, 21);
    expectSame(pair);
  }));

Deno.test("pictures come last and are kept by their hash", () =>
  withPair(async (pair) => {
    const bytes = makePng();
    const info = { type: "image/png", width: 1, height: 1 };
    const hash = saveBlob(pair.author.db, bytes, info, START_MS);
    publishPost(pair.author, { text: "Look", pictures: [{ hash, description: "A dot" }] });
    const mirror = await pair.pull();
    equal(mirror.blobs, 1);
    equal(mirror.problem, undefined);
    equal(findBlob(pair.me.db, hash)?.bytes, bytes.length);
    ok(pair.server.requests.at(-1)?.includes(`/blob/${hash}`));
  }));

/** One dot. */
function makePng(): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  );
}

Deno.test("more than a day's worth of entries waits for the owner", () =>
  withPair(async (pair) => {
    await pair.pull();
    fill(pair, 5_001);
    const flooded = await pair.pull();
    equal(flooded.state, "flooding");
    equal(flooded.problem, "flooding");
    equal(flooded.size, 1);
    updateMirror(pair.me.db, pair.log, { state: "current", allowedSize: 10_000 });
    const mirror = await pair.pull();
    equal(mirror.state, "current");
    equal(mirror.size, 5_002);
    ok(mirror.isComplete);
  }));

Deno.test("a day's growth is counted over several pulls", () =>
  withPair(async (pair) => {
    await pair.pull();
    fill(pair, 3_000);
    equal((await pair.pull()).state, "current");
    fill(pair, 2_001);
    equal((await pair.pull()).state, "flooding");
    pair.me.wait(86_400_000);
    equal((await pair.pull()).state, "current");
  }));

Deno.test("a busy source is left alone as long as it asked for", () =>
  withPair(async (pair) => {
    pair.server.tamper(() => new Response("", { status: 429, headers: { "retry-after": "7200" } }));
    const mirror = await pair.pull();
    equal(mirror.state, "unreachable");
    equal(mirror.problem, "busy");
    ok(mirror.nextPullAtMs >= pair.me.now() + 7_200_000);
  }));

Deno.test("a source that is away is asked less and less often", () =>
  withPair(async (pair) => {
    pair.server.tamper(() => new Response("", { status: 500 }));
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { nextPullAtMs, state } = await pair.pull();
      equal(state, "unreachable");
      waits.push(nextPullAtMs - pair.me.now());
    }
    deepEqual(waits, [15_000, 30_000, 60_000, 120_000]);
    pair.server.tamper(undefined);
    equal((await pair.pull()).failures, 0);
  }));

Deno.test("a paused mirror asks nobody", () =>
  withPair(async (pair) => {
    updateMirror(pair.me.db, pair.log, { state: "paused" });
    equal((await pair.pull()).state, "paused");
    equal(findLogMirror(pair.me.db, pair.log)?.size, 0);
    deepEqual(pair.server.requests, []);
  }));
