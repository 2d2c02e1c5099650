/** Calls about mirrors: what the author's own capsule would answer, or nothing (docs/protocol.md §12). */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { sniffPicture } from "../../content/pictures.ts";
import { verifyProofDocument } from "../../mesh/protocol/proof_document.ts";
import { publishBatch, publishPost, publishWithdrawal } from "../../mesh/publish.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { saveFollower } from "../../storage/followers.ts";
import { saveHolder } from "../../storage/holders.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { insertSession } from "../../storage/sessions.ts";
import { copyAuthor } from "../support/mirror.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";
import { MIRROR_PATHS } from "../support/mirror_site.ts";
import { OTHER_ID } from "../vectors/sample.ts";

function copy(member: Member, author: Member, log: number, newest?: number): void {
  const asAuthor = { ...author, wait: () => {}, [Symbol.dispose]: () => {} };
  const how = { log, nowMs: member.now(), ...(newest === undefined ? {} : { newest }) };
  copyAuthor(member.db, asAuthor, how);
}

/** Ada wrote 299 posts and withdrew one; Bob has a copy. */
function open(options: { isQuiet?: boolean; newest?: number } = {}) {
  const town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  publishBatch(
    ada,
    Array.from({ length: 298 }, (_, n) => ({ kind: "post" as const, text: `post ${n}` })),
  );
  const { index } = publishPost(ada, { text: "regretted" });
  publishWithdrawal(ada, index);
  const log = follow(bob, ada, options);
  copy(bob, ada, log, options.newest);
  return { town, ada, bob, cyd, log, index, [Symbol.dispose]: () => town[Symbol.dispose]() };
}

const PATHS = [
  "checkpoint",
  "identity",
  "tile/0/000",
  "tile/0/001.p/45",
  "tile/0/001.p/7",
  "tile/1/000.p/1",
  "tile/entries/000",
  "tile/entries/001.p/45",
  "entries?from=0",
  "entries?from=256&count=45",
  "entries?from=301",
  "proof/7",
];

async function problem(response: Response): Promise<[number, string]> {
  const { error } = await response.json();
  return [response.status, error];
}

Deno.test("P3: a mirror answers every call as the author's own capsule does, byte for byte", async () => {
  using world = open();
  const { ada, bob } = world;
  for (const path of PATHS) {
    const [own, mirrored] = await Promise.all([
      ada.request(`/mesh/1/${ada.id}/${path}`),
      bob.request(`/mesh/1/${ada.id}/${path}`),
    ]);
    deepEqual([own.status, mirrored.status], [200, 200], path);
    deepEqual(await mirrored.bytes(), await own.bytes(), path);
    for (const name of ["Capsule-Record", "Cache-Control", "ETag", "Content-Type"]) {
      equal(mirrored.headers.get(name), own.headers.get(name), `${path} ${name}`);
    }
    const held = await bob.request(`/mesh/1/${ada.id}/${path}`, {
      headers: { "If-None-Match": own.headers.get("ETag") ?? "" },
    });
    equal(held.status, 304);
  }
});

Deno.test("P1: a proof that a mirror gives is checked without it", async () => {
  using world = open();
  const { ada, bob, index } = world;
  const text = await (await bob.request(`/mesh/1/${ada.id}/proof/42`)).text();
  equal(verifyProofDocument(text, undefined, verifySignature).outcome, "valid");
  const gone = await bob.request(`/mesh/1/${ada.id}/proof/${index}`);
  equal(gone.headers.get("Cache-Control"), "no-store");
  deepEqual(await problem(gone), [410, "withdrawn"]);
  const beyond = await bob.request(`/mesh/1/${ada.id}/proof/301`);
  deepEqual(await problem(beyond), [404, "entry_unknown"]);
});

Deno.test("an incomplete mirror answers what it holds, whole runs only", async () => {
  using world = open({ newest: 45 });
  const { ada, bob } = world;
  const ask = (path: string) => bob.request(`/mesh/1/${ada.id}/${path}`);
  for (const path of ["tile/entries/001.p/45", "proof/298", "tile/0/001.p/45"]) {
    const response = await ask(path);
    equal(response.status, 200, path);
    await response.body?.cancel();
  }
  equal((await (await ask("entries?from=256")).text()).split("\n").length, 46);
  for (
    const [path, code] of [
      ["entries?from=0", "entry_unknown"],
      ["entries?from=250&count=10", "entry_unknown"],
      ["entries?from=302", "entry_unknown"],
      ["tile/entries/000", "tile_unknown"],
      ["proof/3", "entry_unknown"],
    ] as const
  ) deepEqual(await problem(await ask(path)), [404, code], path);
  const holdings = await (await ask("holdings")).json();
  deepEqual([holdings.size, holdings.complete, holdings.entries], [301, 0, 45]);
});

Deno.test("a head that is a cut without a checkpoint is said to be so", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  const response = await bob.request(`/mesh/1/${ada.id}/checkpoint`);
  match(response.headers.get("Capsule-Record") ?? "", /^0 [0-9a-f]{64}$/);
  deepEqual(await problem(response), [404, "checkpoint_unknown"]);
  equal((await bob.request(`/mesh/1/${ada.id}/identity`)).status, 200);
});

Deno.test("nothing tells a capsule that is followed quietly from one that was never heard of", async () => {
  using world = open({ isQuiet: true });
  const { ada, bob } = world;
  for (const path of [...PATHS, "holdings", "entries", "tile/9", "proof/x", "thread/1", "x"]) {
    const [quiet, unknown] = await Promise.all([
      bob.request(`/mesh/1/${ada.id}/${path}`),
      bob.request(`/mesh/1/${OTHER_ID}/${path}`),
    ]);
    equal(quiet.status, unknown.status, path);
    equal(await quiet.text(), await unknown.text(), path);
    // Random in every answer that nobody keeps.
    for (const { headers } of [quiet, unknown]) headers.delete("X-Request-Id");
    deepEqual([...quiet.headers], [...unknown.headers], path);
  }
  const heads = [ada.id, OTHER_ID].map((id) => ({
    id,
    record: 0,
    hash: "0".repeat(64),
    size: 0,
    root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  }));
  const response = await bob.request("/mesh/1/heads", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ heads }),
  });
  equal(await response.text(), '{"heads":[]}\n');
});

Deno.test("a mirror that is about to leave is unknown, and so is what was never a mirror", async () => {
  using world = open();
  const { ada, bob, cyd, log } = world;
  updateMirror(bob.db, log, { state: "leaving" });
  for (const path of ["checkpoint", "identity", "entries?from=0", "holdings"]) {
    const left = await bob.request(`/mesh/1/${ada.id}/${path}`);
    deepEqual(await problem(left), [404, "capsule_unknown"]);
    const never = await cyd.request(`/mesh/1/${ada.id}/${path}`);
    deepEqual(await problem(never), [404, "capsule_unknown"]);
  }
});

Deno.test("P12: a capsule that was taken down answers 451 on every path, and is not remembered by caches", async () => {
  using world = open();
  const { ada, bob } = world;
  bob.db.prepare(
    "insert into takedowns (kind, target, reason, note, at_ms) values ('capsule', ?, 'law', '', 1)",
  ).run(ada.id);
  for (const path of ["checkpoint", "identity", "tile/0/000", "entries?from=0", "proof/1"]) {
    const response = await bob.request(`/mesh/1/${ada.id}/${path}`);
    equal(response.headers.get("Cache-Control"), "no-store");
    deepEqual(await problem(response), [451, "taken_down"], path);
  }
});

/** A picture's bytes do not matter to these calls; what its first bytes say does. */
function makePicture(): Uint8Array {
  const png = Uint8Array.fromBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  );
  const bytes = new Uint8Array(png.length + 16);
  bytes.set(png);
  bytes.set(randomBytes(16), png.length);
  return bytes;
}

Deno.test("a picture that only a quiet follow uses is the owner's alone to see", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const bytes = makePicture();
  const info = sniffPicture(bytes) ?? { type: "image/png", width: 1, height: 1 };
  const hash = saveBlob(ada.db, bytes, info, ada.now());
  ada.post({ pictures: [{ hash, description: "" }] });
  const log = follow(bob, ada, { isQuiet: true });
  copy(bob, ada, log);
  saveBlob(bob.db, bytes, info, bob.now());
  for (const init of [{}, { headers: { Range: "bytes=0-9" } }, { method: "HEAD" }]) {
    const answers = await Promise.all(
      [hash, "ab".repeat(32)].map((name) => bob.request(`/mesh/1/blob/${name}`, init)),
    );
    const told = await Promise.all(answers.map(async (answer) => {
      answer.headers.delete("X-Request-Id");
      return { status: answer.status, headers: [...answer.headers], body: await answer.text() };
    }));
    deepEqual(told[0], told[1]);
    equal(told[0]?.status, 404);
  }
  const seen = await bob.request(`/mesh/1/blob/${hash}`);
  deepEqual(await problem(seen), [404, "blob_unknown"]);
  const token = new Uint8Array(32).fill(5);
  insertSession(bob.db, token, { agent: "test", nowMs: bob.now() });
  const value = token.toBase64({ alphabet: "base64url", omitPadding: true });
  const owner = await bob.request(`/mesh/1/blob/${hash}`, {
    headers: { Cookie: `capsule=${value}` },
  });
  equal(owner.status, 200);
  match(owner.headers.get("Cache-Control") ?? "", /private|no-store/);
  deepEqual(await owner.bytes(), bytes);
  updateMirror(bob.db, log, { isQuiet: false });
  equal((await bob.request(`/mesh/1/blob/${hash}`)).status, 200);
});

Deno.test("P12: a picture that was taken down answers 451", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  const hash = "5".repeat(64);
  ada.db.prepare(
    "insert into takedowns (kind, target, reason, note, at_ms) values ('blob', ?, 'law', '', 1)",
  ).run(hash);
  deepEqual(await problem(await ada.request(`/mesh/1/blob/${hash}`)), [451, "taken_down"]);
});

Deno.test("the well-known page names at most eight followers, confirmed ones only", async () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  for (let n = 0; n < 30; n++) {
    const id = `cap1${"qpzry9x8gf2tvdw0s3jn54khce6mua7l".charAt(n).repeat(58)}`;
    saveFollower(ada.db, { id, n: 0, isFollowing: true, proof: "", network: "", nowMs: n });
    if (n % 3 > 0) confirmPeer(ada.db, { id, address: `https://f${n}.example`, nowMs: n });
  }
  const seen = new Set<string>();
  for (let minute = 0; minute < 40; minute++) {
    const page = await (await ada.request("/.well-known/capsule")).json();
    equal(page.followers.length, 8);
    for (const { id, address } of page.followers) {
      ok(Number(/f(\d+)/.exec(address)?.[1]) % 3 > 0);
      seen.add(id);
    }
    town.wait(60_000);
  }
  ok(seen.size > 8);
});

Deno.test("holdings say what is kept, and who else keeps it", async () => {
  using world = open();
  const { ada, bob, cyd, log } = world;
  const own = await (await ada.request(`/mesh/1/${ada.id}/holdings`)).json();
  equal(own.contents, 300);
  deepEqual([own.size, own.complete, own.entries, own.isListWhole], [301, 301, 301, true]);
  const found = await (await bob.request(`/mesh/1/${ada.id}/holdings`)).json();
  equal(found.id, ada.id);
  equal(found.size, findCheckpoint(bob.db, log)?.size);
  deepEqual([found.complete, found.entries, found.missingBlobs], [301, 301, []]);
  ok(found.budget > 0);
  deepEqual(found.mirrors, []);
  saveHolder(bob.db, log, cyd.id, 1);
  const path = `/mesh/1/${ada.id}/holdings`;
  deepEqual((await (await bob.request(path)).json()).mirrors, []);
  confirmPeer(bob.db, { id: cyd.id, address: cyd.address, nowMs: 1 });
  const { mirrors } = await (await bob.request(path)).json();
  deepEqual(mirrors, [{ id: cyd.id, address: cyd.address }]);
});

Deno.test("P10: no call and no page of a visitor makes the server ask anybody anything", async () => {
  using world = open();
  const { town, ada, bob } = world;
  const calls = [...PATHS, "holdings", "proof/999", "fork"].map((path) =>
    `/mesh/1/${ada.id}/${path}`
  );
  const pages = MIRROR_PATHS.map((path) => `/~${ada.id}${path}`);
  const own = ["/", "/posts", "/feed.json", "/.well-known/capsule", "/removed", "/up"];
  const unknown = [`/~${OTHER_ID}/`, "/~ada.example/", `/mesh/1/${OTHER_ID}/checkpoint`];
  for (const path of [...calls, ...pages, ...own, ...unknown]) {
    await (await bob.request(path)).body?.cancel();
  }
  await bob.deliver({ capsule: 1, kind: "wave" });
  await bob.request("/mesh/1/heads", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"heads":[]}',
  });
  deepEqual(town.asked, []);
});
