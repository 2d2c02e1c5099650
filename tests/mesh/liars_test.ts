/** What one liar, or somebody who repeats what he heard, can do to others' copies: nothing that lasts (P4, P11, P14). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { askFollowers } from "../../mesh/own_head.ts";
import { publishArticle, publishPost } from "../../mesh/publish.ts";
import { makePulls } from "../../mesh/pulls.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { saveFollower } from "../../storage/followers.ts";
import { saveHolder } from "../../storage/holders.ts";
import { findLogMirror, updateMirror } from "../../storage/mirrors.ts";
import { confirmPeer, savePeer } from "../../storage/peers.ts";
import { changeRows, followServed, serveAuthor, type Tamper } from "../support/author_server.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { checkpointBody, openFollowed } from "../support/delivered.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { openTestMesh } from "../support/mesh.ts";
import { openTestAuthor } from "../support/mirror.ts";

const DAY_MS = 86_400_000;

Deno.test("P4: a copy that wants to be left alone for a day does not keep us from the author's own address", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  using liar = openTestAuthor({ name: "Liar", address: "https://liar.example", seed: 8 });
  publishPost(author, { text: "True" });
  await using origin = serveAuthor(author);
  await using lying = serveAuthor(
    liar,
    () => new Response("", { status: 429, headers: { "retry-after": "86400" } }),
  );
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, origin.origin);
  confirmPeer(me.db, { id: liar.id, address: lying.origin, nowMs: me.now() });
  saveHolder(me.db, log, liar.id, me.now());
  const sources = [
    { address: lying.origin, id: liar.id, isOrigin: false },
    { address: origin.origin, id: author.id, isOrigin: true },
  ];
  const { mirror } = await pullMirror(mesh, log, { sources });
  equal(mirror?.state, "current");
  equal(mirror?.entries, 2);
  ok((mirror?.nextPullAtMs ?? 0) - me.now() < DAY_MS / 3, "next pull within hours");
});

Deno.test("a source that broke off before it gave the contents is asked for them again at the next pull", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishPost(author, { text: "True" });
  let runs = 0;
  await using server = serveAuthor(author, async (request, response) => {
    const later = changeRows((rows) =>
      rows.map((row) => JSON.stringify({ entry: JSON.parse(row).entry, state: "later" }))
    );
    if (!request.url.includes("/entries?")) return response;
    runs += 1;
    return runs === 1 ? await later(request, response) : new Response("", { status: 500 });
  });
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  await pullMirror(mesh, log);
  deepEqual([findLogMirror(me.db, log)?.entries, findLogMirror(me.db, log)?.contents], [2, 0]);
  server.tamper(undefined);
  me.wait(2 * 60_000);
  const { mirror } = await pullMirror(mesh, log);
  equal(mirror?.contents, 2);
});

Deno.test("P11: a checkpoint that nobody can deliver, told again and again, hurries one pull and not each", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  for (let i = 0; i < 40; i++) ada.post({ text: `more ${i}` });
  const body = { ...checkpointBody(ada), entries: [] };
  const farMs = bob.now() + DAY_MS;
  let hurried = 0;
  for (let i = 0; i < 20; i++) {
    updateMirror(bob.db, log, { nextPullAtMs: farMs, failures: 3, state: "unreachable" });
    deepEqual((await bob.deliver(body)).body, { state: "later" });
    if ((findLogMirror(bob.db, log)?.nextPullAtMs ?? 0) < farMs) hurried += 1;
  }
  equal(hurried, 1);
});

Deno.test("P14: what strangers claim of themselves is asked three times a day by the start rules too", async () => {
  using me = openTestCapsule();
  using stranger = openTestAuthor({ name: "S", address: "https://s.example", seed: 9 });
  await using mesh = await openTestMesh(me);
  const own = findOwnCapsule(me.db);
  ok(own !== undefined);
  await using victim = serveAuthor(stranger, () => new Response("not a capsule", { status: 404 }));
  savePeer(me.db, { id: stranger.id, address: victim.origin, nowMs: me.now() });
  saveFollower(me.db, {
    id: stranger.id,
    n: 0,
    isFollowing: true,
    proof: "",
    network: "",
    nowMs: me.now(),
  });
  const { signal } = new AbortController();
  for (let i = 0; i < 10; i++) await askFollowers(mesh, own, signal);
  ok(victim.requests.length <= 3, `${victim.requests.length} requests`);
});

Deno.test("P11: where one source breaks off and another has no picture, each picture is asked for a few times, not for ever", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  using liar = openTestAuthor({ name: "Liar", address: "https://liar.example", seed: 8 });
  for (let n = 0; n < 70; n++) {
    const bytes = new TextEncoder().encode(`picture ${n}`);
    const info = { type: "image/png", width: 1, height: 1 };
    const hash = saveBlob(author.db, bytes, info, author.now());
    publishPost(author, { text: "", pictures: [{ hash, description: "" }] });
  }
  const answerBlobs = (status: number, error: string): Tamper => (request, response) =>
    request.url.includes("/blob/") ? Response.json({ error }, { status }) : response;
  let asked = 0;
  const stop = new AbortController();
  await using origin = serveAuthor(author, (request, response) => {
    if (request.url.includes("/blob/") && ++asked > 300) stop.abort();
    return answerBlobs(404, "blob_unknown")(request, response);
  });
  await using broken = serveAuthor(author, answerBlobs(500, ""));
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, origin.origin);
  const sources = [
    { address: broken.origin, id: liar.id, isOrigin: false },
    { address: origin.origin, id: author.id, isOrigin: true },
  ];
  await pullMirror(mesh, log, { sources, signal: stop.signal }).catch(() => {});
  ok(asked <= 70, `${asked} questions for 70 pictures`);
});

Deno.test("a picture that the budget has no room for is not fetched to be thrown away", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  const bytes = new Uint8Array(5_000);
  const info = { type: "image/png", width: 1, height: 1 };
  const hash = saveBlob(author.db, bytes, info, author.now());
  publishPost(author, { text: "", pictures: [{ hash, description: "" }] });
  await using origin = serveAuthor(author);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, origin.origin);
  updateMirror(me.db, log, { budgetBytes: 1_000 });
  await pullMirror(mesh, log);
  deepEqual(origin.requests.filter((path) => path.includes("/blob/")), []);
});

Deno.test("a source that is slow without end gives up its place after its turn, and the copy goes on from there", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishManyPosts(author, { count: 3_000, fromMs: START_MS, stepMs: 1_000 });
  await using server = serveAuthor(author, async (request, response) => {
    // Twelve runs, six at once, and no time for a second six in a turn.
    if (request.url.includes("/entries?")) await new Promise((wake) => setTimeout(wake, 200));
    return response;
  });
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  let turns = 0;
  for (; turns < 40 && findLogMirror(me.db, log)?.isComplete !== true || turns === 0; turns++) {
    const { mirror } = await pullMirror(mesh, log, { turnMs: 300 });
    ok(mirror?.state === "pulling" || mirror?.state === "current", mirror?.state);
    if (mirror.state === "pulling") equal(mirror.nextPullAtMs, me.now());
  }
  ok(turns > 1 && turns < 40, `${turns} turns`);
  equal(findLogMirror(me.db, log)?.entries, 3_001);
});

Deno.test("contents that come after their entries count as growth too: 64 MiB in a day wait for the owner", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishPost(author, { text: "True" });
  await using server = serveAuthor(author);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  await pullMirror(mesh, log);
  const markdown = "x ".repeat(225_000);
  for (let n = 0; n < 170; n++) publishArticle(author, { title: "A", slug: `a${n}`, markdown });
  const { mirror } = await pullMirror(mesh, log);
  equal(mirror?.state, "flooding");
  ok((mirror?.contentBytes ?? 0) < 72 * 1024 * 1024, `${mirror?.contentBytes} bytes`);
});

Deno.test("where nothing can be written, as on a full disk, a mirror is not asked for every second", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  await using server = serveAuthor(author);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  followServed(me, author, server.origin);
  me.db.exec("pragma query_only = 1");
  const pulls = makePulls();
  const { signal } = new AbortController();
  for (let i = 0; i < 10; i++) {
    await pulls.round(mesh, signal);
    await pulls.settle?.();
    me.wait(1_000);
  }
  me.db.exec("pragma query_only = 0");
  const asked = server.requests.filter((path) => path.endsWith("/checkpoint")).length;
  equal(asked, 1);
  me.wait(60_000);
  await pulls.round(mesh, signal);
  await pulls.settle?.();
  equal(server.requests.filter((path) => path.endsWith("/checkpoint")).length, 2);
});

Deno.test("a record that a source names and does not give is undelivered, not older than ours", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  await using server = serveAuthor(author, (_request, response) => {
    const headers = new Headers(response.headers);
    headers.set("capsule-record", `9 ${"a".repeat(64)}`);
    return new Response(response.body, { status: response.status, headers });
  });
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.state, mirror?.problem], ["unreachable", "undelivered"]);
});
