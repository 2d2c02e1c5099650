/** Mesh calls: what is served verifies, what cannot be served says why (docs/protocol.md §12). */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Hono } from "hono";
import { fromHex, toHex } from "../../mesh/protocol/hex.ts";
import { decodeContent, verifyContent } from "../../mesh/protocol/content.ts";
import { decodeEntry } from "../../mesh/protocol/entry.ts";
import { decodeEntryBundle } from "../../mesh/protocol/entry_bundle.ts";
import { verifyHead, verifyIdentityChain } from "../../mesh/protocol/identity.ts";
import { verifyProofDocument } from "../../mesh/protocol/proof_document.ts";
import { hashLeaf, treeRoot } from "../../mesh/protocol/tree.ts";
import { publishBatch, publishWithdrawal } from "../../mesh/publish.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import type { Deps, Env } from "../../routes/app.ts";
import { createApp } from "../../routes/app.ts";
import { IMMUTABLE_UNTIL_REMOVED } from "../../routes/headers.ts";
import { meshRoutes } from "../../routes/mesh.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
import { OTHER_ID } from "../vectors/sample.ts";

type App = Hono<Env>;

function depsOf(db: Database): Deps {
  return {
    db,
    now: () => 0,
    log: () => {},
    isDev: true,
    origin: () => "https://ada.example",
    startId: "start-1",
  };
}

function appOf(db: Database): App {
  return new Hono<Env>().route("/", meshRoutes(depsOf(db)));
}

type Problem = { error: string; message: string };

async function problem(response: Response, status: number, code: string): Promise<void> {
  const body = await response.json() as Problem;
  deepEqual([response.status, body.error], [status, code], body.message);
  match(body.message, /\S/);
  equal(response.headers.get("Access-Control-Allow-Origin"), "*");
}

async function lines(response: Response): Promise<Record<string, string | number>[]> {
  equal(response.status, 200);
  const text = await response.text();
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** A picture's bytes do not matter to these calls. */
function savePicture(capsule: TestCapsule, length: number): { hash: string; bytes: Uint8Array } {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 251);
  const info = { type: "image/png", width: 4, height: 3 };
  return { hash: saveBlob(capsule.db, bytes, info, capsule.now()), bytes };
}

Deno.test("GET /.well-known/capsule tells who this is, with chain and checkpoint", async () => {
  using capsule = openTestCapsule({ address: "https://ada.example" });
  const response = await appOf(capsule.db).request("/.well-known/capsule");
  equal(response.status, 200);
  equal(response.headers.get("Content-Type"), "application/json");
  equal(response.headers.get("Access-Control-Allow-Origin"), "*");
  const body = await response.json();
  deepEqual(Object.keys(body), [
    "id",
    "name",
    "address",
    "identity",
    "checkpoint",
    "start",
    "followers",
  ]);
  deepEqual([body.id, body.name, body.address], [capsule.id, "Ada", "https://ada.example"]);
  deepEqual([body.start, body.followers], ["start-1", []]);
  const identity = verifyIdentityChain(body.identity, verifySignature);
  equal(identity.capsuleId, capsule.id);
  equal(verifyHead(identity, body.checkpoint, verifySignature).size, 1);
});

Deno.test("before set-up there is no capsule to tell of", async () => {
  using db = openDatabase(":memory:");
  const app = appOf(db);
  await problem(await app.request("/.well-known/capsule"), 503, "not_set_up");
  await problem(await app.request(`/mesh/1/${OTHER_ID}/checkpoint`), 404, "capsule_unknown");
});

Deno.test("checkpoint, identity, tiles and entries make one verified log", async () => {
  using capsule = openTestCapsule();
  const items = Array.from(
    { length: 600 },
    (_, i) => ({ kind: "post", text: `Post ${i}` } as const),
  );
  publishBatch(capsule, items);
  const app = appOf(capsule.db);
  const at = `/mesh/1/${capsule.id}`;
  const notes = await (await app.request(`${at}/identity`)).json() as string[];
  const identity = verifyIdentityChain(notes, verifySignature);
  const served = await app.request(`${at}/checkpoint`);
  equal(served.headers.get("Content-Type"), "text/plain; charset=utf-8");
  equal(served.headers.get("Capsule-Record"), `0 ${toHex(identity.newestHash)}`);
  const head = verifyHead(identity, await served.text(), verifySignature);
  equal(head.size, 601);

  const tiles = new Map<string, Uint8Array>();
  for (const path of ["0/000", "0/001", "0/002.p/89", "1/000.p/2"]) {
    const tile = await (await app.request(`${at}/tile/${path}`)).bytes();
    const [level, n] = path.replace(/\.p.*/, "").split("/").map(Number);
    tiles.set(`${level}/${n}`, tile);
  }
  deepEqual(treeRoot(601, (level, n) => tiles.get(`${level}/${n}`)), head.root);

  const entries: Uint8Array[] = [];
  for (const path of ["000", "001", "002.p/89"]) {
    entries.push(
      ...decodeEntryBundle(await (await app.request(`${at}/tile/entries/${path}`)).bytes()),
    );
  }
  const hashes = tiles.get("0/1") as Uint8Array;
  deepEqual(hashLeaf(entries[300] as Uint8Array), hashes.slice(44 * 32, 45 * 32));

  const rows = await lines(await app.request(`${at}/entries?from=345`));
  equal(rows.length, 256);
  for (const [i, row] of rows.entries()) {
    const bytes = new TextEncoder().encode(String(row.entry));
    deepEqual(bytes, new Uint8Array(entries[345 + i] as Uint8Array));
    const entry = decodeEntry(bytes, { capsuleId: capsule.id, index: 345 + i });
    const content = new TextEncoder().encode(String(row.content));
    verifyContent(content, entry);
    equal(decodeContent(content, entry.kind, capsule.id)?.kind, "post");
  }
});

Deno.test("a tile's every prefix is served, and nothing wider than the log", async () => {
  using capsule = openTestCapsule();
  for (const text of ["one", "two", "three"]) capsule.post({ text });
  const app = appOf(capsule.db);
  const get = (path: string): Response | Promise<Response> =>
    app.request(`/mesh/1/${capsule.id}/${path}`);
  const whole = await (await get("tile/0/000.p/4")).bytes();
  for (let width = 1; width <= 4; width++) {
    const response = await get(`tile/0/000.p/${width}`);
    equal(response.headers.get("Cache-Control"), "public, max-age=60");
    equal(response.headers.get("Content-Type"), "application/octet-stream");
    deepEqual(await response.bytes(), whole.slice(0, width * 32));
    equal(
      decodeEntryBundle(await (await get(`tile/entries/000.p/${width}`)).bytes()).length,
      width,
    );
  }
  await problem(await get("tile/0/000.p/5"), 404, "tile_unknown");
  await problem(await get("tile/0/000"), 404, "tile_unknown");
  await problem(await get("tile/1/000.p/1"), 404, "tile_unknown");
  await problem(await get("tile/entries/000.p/5"), 404, "tile_unknown");
  for (
    const path of [
      "tile/0/0",
      "tile/0/000.p/256",
      "tile/7/000",
      "tile/0/%3000",
      "tile/",
      "tile/0/000/",
    ]
  ) {
    await problem(await get(path), 400, "tile_path");
  }
});

Deno.test("entries are counted strictly, and end where the log ends", async () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "one" });
  const app = appOf(capsule.db);
  const get = (query: string): Response | Promise<Response> =>
    app.request(`/mesh/1/${capsule.id}/entries${query}`);
  equal((await lines(await get("?from=0&count=1"))).length, 1);
  equal((await lines(await get("?from=0&count=256"))).length, 2);
  deepEqual(await lines(await get("?from=2")), []);
  await problem(await get("?from=3"), 404, "entry_unknown");
  for (const query of ["", "?count=1", "?from=0&from=1", "?from=0&count=0", "?from=0&count=257"]) {
    await problem(await get(query), 400, "run_form");
  }
  for (const query of ["?from=", "?from=-1", "?from=01", "?from=0&count=x", "?from=1e0"]) {
    await problem(await get(query), 400, "integer_form");
  }
});

Deno.test("a run holds every entry, and contents until 4 MiB", async () => {
  using capsule = openTestCapsule();
  // Quotation marks are written with an escape: 400 KiB become 800.
  for (let i = 0; i < 7; i++) {
    capsule.article({ title: `A ${i}`, markdown: '"'.repeat(200 * 1024) });
  }
  const response = await appOf(capsule.db).request(`/mesh/1/${capsule.id}/entries?from=1`);
  const rows = await lines(response);
  equal(rows.length, 7);
  // Each is 200 KiB of `\"` inside JSON, and `\\\"` in the row: 800 KiB.
  const held = rows.filter((row) => "content" in row).length;
  equal(held, 5);
  deepEqual(rows.slice(5).map((row) => row.state), ["later", "later"]);
  const rest = await lines(await appOf(capsule.db).request(`/mesh/1/${capsule.id}/entries?from=6`));
  deepEqual(rest.map((row) => "content" in row), [true, true]);
});

Deno.test("a withdrawn content is gone from every call, its entry stays", async () => {
  using capsule = openTestCapsule();
  const post = capsule.post({ text: "regretted" });
  const app = appOf(capsule.db);
  const at = `/mesh/1/${capsule.id}`;
  const before = await app.request(`${at}/proof/${post.index}`);
  equal(before.status, 200);
  const proof = verifyProofDocument(await before.text(), undefined, verifySignature);
  ok(proof.outcome === "valid");
  equal(toHex(proof.proved.entryHash), post.hash);

  publishWithdrawal(capsule, post.index);
  const after = await app.request(`${at}/proof/${post.index}`);
  equal(after.headers.get("Cache-Control"), "no-store");
  await problem(after, 410, "withdrawn");
  const [row] = await lines(await app.request(`${at}/entries?from=${post.index}&count=1`));
  deepEqual([row?.state, row?.by, row?.content], ["withdrawn", 2, undefined]);
  const entry = new TextEncoder().encode(String(row?.entry));
  equal(toHex(hashLeaf(entry)), post.hash);
});

Deno.test("proofs of what is no entry, and ids that are none, say so", async () => {
  using capsule = openTestCapsule();
  const app = appOf(capsule.db);
  const at = `/mesh/1/${capsule.id}`;
  await problem(await app.request(`${at}/proof/1`), 404, "entry_unknown");
  await problem(await app.request(`${at}/proof/999999999999999`), 404, "entry_unknown");
  await problem(await app.request(`${at}/proof/01`), 400, "integer_form");
  await problem(await app.request(`${at}/proof/1000000000000000`), 400, "integer_form");
  await problem(await app.request(`/mesh/1/${OTHER_ID}/checkpoint`), 404, "capsule_unknown");
  await problem(
    await app.request(`/mesh/1/${capsule.id.toUpperCase()}/identity`),
    400,
    "capsule_id_form",
  );
  await problem(await app.request(`${at}/thread/0`), 404, "call_unknown");
  await problem(await app.request("/mesh/2/blob/x"), 404, "call_unknown");
});

Deno.test("answers carry entity tags, and 304 when the caller holds them", async () => {
  using capsule = openTestCapsule();
  const app = appOf(capsule.db);
  for (const path of ["checkpoint", "identity", "tile/0/000.p/1", "entries?from=0", "proof/0"]) {
    const url = `/mesh/1/${capsule.id}/${path}`;
    const first = await app.request(url);
    const tag = first.headers.get("ETag") as string;
    match(tag, /^W\/"[0-9a-f]{32}"$/, path);
    const again = await app.request(url, { headers: { "If-None-Match": `"x", ${tag}` } });
    deepEqual([again.status, await again.text()], [304, ""], path);
    equal(again.headers.get("ETag"), tag);
    match(again.headers.get("Capsule-Record") as string, /^0 [0-9a-f]{64}$/, path);
  }
  const url = `/mesh/1/${capsule.id}/checkpoint`;
  const tag = (await app.request(url)).headers.get("ETag") as string;
  capsule.post({ text: "newer" });
  equal((await app.request(url, { headers: { "If-None-Match": tag } })).status, 200);
});

Deno.test("long answers are compressed for those who take gzip", async () => {
  using capsule = openTestCapsule();
  for (let i = 0; i < 9; i++) capsule.post({ text: `Post ${i}` });
  const app = appOf(capsule.db);
  const url = `/mesh/1/${capsule.id}/entries?from=0`;
  const plain = await (await app.request(url)).text();
  const headers = { "Accept-Encoding": "br, gzip;q=0.8" };
  const response = await app.request(url, { headers });
  equal(response.headers.get("Content-Encoding"), "gzip");
  equal(response.headers.get("Vary"), "Accept-Encoding");
  const body = response.body as ReadableStream<Uint8Array<ArrayBuffer>>;
  equal(await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text(), plain);
  const refused = await app.request(url, { headers: { "Accept-Encoding": "gzip;q=0" } });
  equal(refused.headers.get("Content-Encoding"), null);
});

Deno.test("GET /mesh/1/blob/:hash answers bytes that a browser takes for nothing but a picture", async () => {
  using capsule = openTestCapsule();
  const { hash, bytes } = savePicture(capsule, 700_000);
  const app = appOf(capsule.db);
  const response = await app.request(`/mesh/1/blob/${hash}`);
  equal(response.status, 200);
  deepEqual(await response.bytes(), bytes);
  equal(response.headers.get("Content-Type"), "image/png");
  equal(response.headers.get("Content-Length"), "700000");
  equal(response.headers.get("X-Content-Type-Options"), "nosniff");
  equal(response.headers.get("Content-Security-Policy"), "default-src 'none'; sandbox");
  equal(response.headers.get("Cache-Control"), IMMUTABLE_UNTIL_REMOVED);
  equal(response.headers.get("ETag"), `"${hash}"`);
  const held = await app.request(`/mesh/1/blob/${hash}`, {
    headers: { "If-None-Match": `"${hash}"` },
  });
  equal(held.status, 304);
  const head = await app.request(`/mesh/1/blob/${hash}`, { method: "HEAD" });
  deepEqual([head.status, head.headers.get("Content-Length"), await head.text()], [
    200,
    "700000",
    "",
  ]);
  await problem(await app.request(`/mesh/1/blob/${"0".repeat(64)}`), 404, "blob_unknown");
  await problem(await app.request(`/mesh/1/blob/${hash.toUpperCase()}`), 400, "hex_form");
  await problem(await app.request(`/mesh/1/blob/${hash}0`), 400, "hex_form");
  equal(fromHex(hash).length, 32);
});

Deno.test("blobs are served in ranges", async () => {
  using capsule = openTestCapsule();
  const { hash, bytes } = savePicture(capsule, 1000);
  const app = appOf(capsule.db);
  const get = (range: string, more: Record<string, string> = {}): Response | Promise<Response> =>
    app.request(`/mesh/1/blob/${hash}`, { headers: { Range: range, ...more } });
  const parts: [string, number, number][] = [
    ["bytes=0-0", 0, 1],
    ["bytes=10-19", 10, 20],
    ["bytes=990-", 990, 1000],
    ["bytes=-5", 995, 1000],
    ["bytes=-5000", 0, 1000],
    ["bytes=500-5000", 500, 1000],
  ];
  for (const [range, from, to] of parts) {
    const response = await get(range);
    equal(response.status, 206, range);
    equal(response.headers.get("Content-Range"), `bytes ${from}-${to - 1}/1000`);
    deepEqual(await response.bytes(), bytes.slice(from, to));
  }
  for (const range of ["bytes=5-4", "bytes=0-1,5-6", "chars=0-1", "bytes=x-"]) {
    const response = await get(range);
    equal(response.status, 200, range);
    equal((await response.bytes()).length, 1000);
  }
  for (const range of ["bytes=1000-", "bytes=-0"]) {
    const response = await get(range);
    equal(response.headers.get("Content-Range"), "bytes */1000");
    await problem(response, 416, "range_form");
  }
  const current = await get("bytes=0-0", { "If-Range": `"${hash}"` });
  equal(current.status, 206);
  const other = await get("bytes=0-0", { "If-Range": '"other"' });
  deepEqual([other.status, (await other.bytes()).length], [200, 1000]);
  await current.body?.cancel();
});

Deno.test("a browser of another origin may ask, without credentials", async () => {
  using capsule = openTestCapsule();
  const response = await appOf(capsule.db).request(`/mesh/1/${capsule.id}/checkpoint`, {
    method: "OPTIONS",
    headers: { Origin: "https://bob.example", "Access-Control-Request-Headers": "if-none-match" },
  });
  equal(response.status, 204);
  equal(response.headers.get("Access-Control-Allow-Origin"), "*");
  equal(response.headers.get("Access-Control-Allow-Credentials"), null);
  match(response.headers.get("Access-Control-Allow-Headers") as string, /If-None-Match/);
});

Deno.test("inside the whole application mesh calls keep their own headers and problems", async () => {
  using capsule = openTestCapsule();
  const { hash } = savePicture(capsule, 100);
  const app = createApp(depsOf(capsule.db));
  const blob = await app.request(`/mesh/1/blob/${hash}`);
  equal(blob.headers.get("Content-Security-Policy"), "default-src 'none'; sandbox");
  equal(blob.headers.get("Cache-Control"), IMMUTABLE_UNTIL_REMOVED);
  await blob.body?.cancel();
  await problem(await app.request(`/mesh/1/${capsule.id}/nothing`), 404, "call_unknown");
  await problem(await app.request(`/mesh/1/${capsule.id}/tile/9/000`), 400, "tile_path");
  using empty = openDatabase(":memory:");
  await problem(await createApp(depsOf(empty)).request("/.well-known/capsule"), 503, "not_set_up");
});
