import { deepEqual, equal, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { signCheckpoint } from "../../mesh/protocol/checkpoint.ts";
import { encodeEntry, formatTime } from "../../mesh/protocol/entry.ts";
import { extendTree, hashLeaf } from "../../mesh/protocol/tree.ts";
import { publishPost } from "../../mesh/publish.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { makeSign } from "../../mesh/verify_signature.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findSigningKey } from "../../storage/keys.ts";
import { appendEntries } from "../../storage/log.ts";
import { findLogMirror, type Mirror } from "../../storage/mirrors.ts";
import { saveHolder } from "../../storage/holders.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { findTile } from "../../storage/tiles.ts";
import {
  changeRows,
  changeText,
  followServed,
  serveAuthor,
  type Tamper,
} from "../support/author_server.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";
import { copyDatabase } from "../support/copies.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { openTestMesh } from "../support/mesh.ts";
import { openTestAuthor, type TestAuthor } from "../support/mirror.ts";
import { makeFolder } from "../support/process.ts";

/** Pulls once from an author whose answers are changed. Leaving the scope verifies that what is held is right. */
async function pullTampered(
  tamper: Tamper | undefined,
  options: Readonly<{
    posts?: number;
    prepare?: (author: TestAuthor) => void;
    look?: (me: TestCapsule, log: number) => void;
  }> = {},
): Promise<Mirror> {
  const { posts = 3, prepare, look } = options;
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishManyPosts(author, { count: posts, fromMs: START_MS, stepMs: 60_000 });
  prepare?.(author);
  await using server = serveAuthor(author, tamper);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  const { mirror } = await pullMirror(mesh, log);
  look?.(me, log);
  ok(mirror !== undefined);
  return mirror;
}

function expectRefused(mirror: Mirror, code: string): void {
  deepEqual({ state: mirror.state, problem: mirror.problem }, { state: "refused", problem: code });
  deepEqual({ entries: mirror.entries, contents: mirror.contents }, { entries: 0, contents: 0 });
}

/** Each way of lying about rows, with a short log that is appended and a long one that is filled. */
const LIES: readonly [what: string, code: string, change: (rows: string[]) => string[]][] = [
  ["an altered entry", "proof_mismatch", (rows) => rows.map((row) => row.replace("T03:", "T04:"))],
  ["reordered rows", "proof_mismatch", (rows) => rows.toReversed()],
  ["a repeated row in place of another", "proof_mismatch", (rows) => [
    ...rows.slice(0, -1),
    rows[0] ?? "",
  ]],
  ["one row too many", "rows_form", (rows) => [...rows, rows[0] ?? ""]],
  ["one row too few", "rows_form", (rows) => rows.slice(0, -1)],
  ["no row at all", "rows_form", () => []],
  ["rows that are no JSON", "rows_form", (rows) => rows.map(() => "{")],
  ["rows that are no objects", "rows_form", (rows) => rows.map(() => "7")],
  [
    "rows with a content and a state",
    "rows_form",
    (rows) => rows.map((row) => row.replace(/}$/, `,"state":"later"}`)),
  ],
  [
    "rows of an unknown state",
    "rows_form",
    (rows) => rows.map((row) => JSON.stringify({ entry: JSON.parse(row).entry, state: "lost" })),
  ],
  [
    "an entry of two kilobytes",
    "entry_too_long",
    (rows) => rows.map(() => JSON.stringify({ entry: "x".repeat(2_048), state: "later" })),
  ],
  [
    "another content",
    "content_mismatch",
    (rows) => rows.map((row) => row.replace("mountain", "fountain").replace("number", "lumber")),
  ],
  ["a content of another post", "content_mismatch", (rows) =>
    rows.map((row) =>
      JSON.stringify({
        entry: JSON.parse(row).entry,
        content: JSON.parse(rows.at(-1) ?? "").content + " ",
      })
    )],
];

for (const [what, code, change] of LIES) {
  for (const posts of [3, 1_500]) {
    Deno.test(`P9: ${what}, of ${posts} posts: ${code}, and nothing is kept`, async () => {
      expectRefused(await pullTampered(changeRows(change), { posts }), code);
    });
  }
}

Deno.test("an answer that is wrong in a cache only is asked for again", async () => {
  for (const posts of [3, 1_500]) {
    const wrong = changeRows((rows) => rows.toReversed());
    const mirror = await pullTampered(
      (request, response) =>
        request.headers.get("cache-control") === "no-cache" ? response : wrong(request, response),
      {
        posts,
      },
    );
    equal(mirror.state, "current");
    ok(mirror.isComplete);
  }
});

Deno.test("P9: wrong tiles: proof_mismatch or tile_form, and nothing is kept", async () => {
  const flip: Tamper = async (request, response) => {
    if (!request.url.includes("/tile/")) return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    return new Response(bytes, { headers: response.headers });
  };
  expectRefused(await pullTampered(flip, { posts: 1_500 }), "proof_mismatch");
  const cut: Tamper = async (request, response) => {
    if (!request.url.includes("/tile/")) return response;
    return new Response((await response.bytes()).slice(32));
  };
  expectRefused(await pullTampered(cut, { posts: 1_500 }), "tile_form");
});

Deno.test("P9: an endless answer: too_long, within its bound", async () => {
  const endless: Tamper = (request, response) => {
    if (!request.url.includes("/entries?")) return response;
    const chunk = new TextEncoder().encode(`{"entry":"${"x".repeat(60_000)}"}\n`);
    return new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }),
    );
  };
  expectRefused(await pullTampered(endless), "too_long");
});

Deno.test("P9: a checkpoint of another key: note_signature", async () => {
  using stranger = openTestAuthor({ name: "Mallory", address: "https://m.example", seed: 9 });
  const key = findSigningKey(stranger.db, stranger.log);
  ok(key !== undefined);
  const forge = changeText(/\/checkpoint$/, (note) => {
    const [capsuleId = "", size = "", root = ""] = note.split("\n");
    const head = { capsuleId, size: Number(size), root: Uint8Array.fromBase64(root) };
    return signCheckpoint(head, key.publicKey, makeSign(key.seed));
  });
  expectRefused(await pullTampered(forge), "note_signature");
});

Deno.test("P9: an altered checkpoint, and one that is none", async () => {
  const grow = changeText(/\/checkpoint$/, (note) => note.replace("\n4\n", "\n5\n"));
  expectRefused(await pullTampered(grow), "note_signature");
  expectRefused(await pullTampered(changeText(/\/checkpoint$/, () => "hello")), "note_form");
  const long = changeText(/\/checkpoint$/, () => "x".repeat(16_385));
  expectRefused(await pullTampered(long), "too_long");
});

Deno.test("P9: a signed checkpoint whose tree nobody can show: nothing is kept", async () => {
  for (const posts of [3, 1_500]) {
    const forge = (author: TestAuthor): Tamper => {
      const key = findSigningKey(author.db, author.log);
      ok(key !== undefined);
      return changeText(/\/checkpoint$/, (note) => {
        const [capsuleId = "", size = ""] = note.split("\n");
        const head = { capsuleId, size: Number(size), root: new Uint8Array(32).fill(1) };
        return signCheckpoint(head, key.publicKey, makeSign(key.seed));
      });
    };
    let tamper: Tamper | undefined;
    const mirror = await pullTampered(
      (request, response) => tamper?.(request, response) ?? response,
      {
        posts,
        prepare: (author) => void (tamper = forge(author)),
      },
    );
    expectRefused(mirror, "proof_mismatch");
  }
});

Deno.test("a head that is shown and never delivered: undelivered, and nothing is kept", async () => {
  for (const posts of [3, 1_500]) {
    const mirror = await pullTampered(
      (request, response) =>
        /\/(?:entries\?|tile\/)/.test(request.url)
          ? Response.json({ error: "entry_unknown", message: "" }, { status: 404 })
          : response,
      { posts },
    );
    deepEqual([mirror.state, mirror.problem], ["unreachable", "undelivered"]);
    deepEqual([mirror.size, mirror.entries], [0, 0]);
  }
});

Deno.test("P9: a record that names a small-order key is refused with its chain", async () => {
  const mirror = await pullTampered(async (request, response) => {
    if (request.url.endsWith("/identity")) {
      const text = await new Response(response.body).text();
      const [note = ""] = JSON.parse(text) as string[];
      return Response.json([note.replace(/\n[0-9a-f]{64}\n/, `\n01${"0".repeat(62)}\n`)]);
    }
    const headers = new Headers(response.headers);
    headers.set("capsule-record", `1 ${"ab".repeat(32)}`);
    return new Response(response.body, { status: response.status, headers });
  });
  // The signature over the altered text is looked at first: the recovery key never signed it.
  expectRefused(mirror, "note_signature");
});

Deno.test("a source with an older record is no reason to refuse anybody", async () => {
  const mirror = await pullTampered((_request, response) => {
    const headers = new Headers(response.headers);
    headers.set("capsule-record", `0 ${"ab".repeat(32)}`);
    return new Response(response.body, { status: response.status, headers });
  });
  deepEqual([mirror.state, mirror.problem], ["unreachable", "record_older"]);
});

/** Signs one more entry past the rules of publishing: its bytes are given. */
function appendRaw(
  { db, log }: TestAuthor,
  makeBytes: (index: number) => { entry: Uint8Array; content: Uint8Array; kind: string },
): void {
  const head = findCheckpoint(db, log);
  const key = findSigningKey(db, log);
  ok(head !== undefined && key !== undefined);
  const { entry, content, kind } = makeBytes(head.size);
  const read = (level: number, n: number) => findTile(db, log, level, n);
  const { size, root, tiles } = extendTree(head.size, [hashLeaf(entry)], read);
  const [capsuleId = ""] = head.note.split("\n");
  const note = signCheckpoint({ capsuleId, size, root }, key.publicKey, makeSign(key.seed));
  const stored = { index: head.size, bytes: entry, hash: hashLeaf(entry), kind, timeMs: START_MS };
  appendEntries(db, log, head.size, { entries: [stored], contents: [content], tiles, note, root });
}

Deno.test("a leaf that its author signed and that is no entry: refused, whoever sends it", async () => {
  for (const posts of [3, 1_500]) {
    const mirror = await pullTampered(undefined, {
      posts,
      prepare: (author) =>
        appendRaw(author, () => ({
          entry: new TextEncoder().encode("capsule entry 1\nnonsense\n"),
          content: new Uint8Array(1),
          kind: "post",
        })),
    });
    deepEqual([mirror.state, mirror.problem], ["refused", "entry_form"]);
    equal(mirror.contents, 0);
  }
});

Deno.test("P13: entries of another version and of unknown kinds are kept and passed on", async () => {
  const content = new TextEncoder().encode("who knows");
  const contentHash = new Uint8Array(createHash("sha256").update(content).digest());
  const mirror = await pullTampered(undefined, {
    prepare: (author) => {
      appendRaw(author, (index) => ({
        entry: encodeEntry({
          capsuleId: author.id,
          index,
          time: formatTime(START_MS),
          kind: "poem",
          contentHash,
          contentBytes: content.length,
        }),
        content,
        kind: "poem",
      }));
    },
  });
  equal(mirror.state, "current");
  equal(mirror.contents, 5);
});

Deno.test("pictures that are none: blob_form; other bytes than named: blob_mismatch; none is kept", async () => {
  const prepare = (author: TestAuthor) => {
    const bytes = new TextEncoder().encode("<html><script>alert(1)</script></html>");
    const info = { type: "image/png", width: 1, height: 1 };
    const hash = saveBlob(author.db, bytes, info, START_MS);
    publishPost(author, { text: "Look", pictures: [{ hash, description: "" }] });
  };
  const none = await pullTampered(undefined, { prepare });
  deepEqual([none.state, none.problem, none.blobs], ["current", "blob_form", 0]);
  const other = await pullTampered(
    (request, response) => request.url.includes("/blob/") ? new Response("x".repeat(38)) : response,
    { prepare },
  );
  deepEqual([other.state, other.problem, other.blobs], ["current", "blob_mismatch", 0]);
});

Deno.test("P8: two logs of one key are a fork: the first seen stays, the proof is kept", async () => {
  using folder = makeFolder();
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishPost(author, { text: "Common" });
  using db = copyDatabase(author.db, `${folder.path}/copy.db`);
  const copy = { ...author, db };
  // As a thief would, past the start rules.
  allowSigning(db);
  for (const more of [1, 1_200]) {
    author.wait();
    publishManyPosts(author, { count: more, fromMs: START_MS, stepMs: 1_000 });
    publishManyPosts(copy, { count: more + 1, fromMs: START_MS + 5, stepMs: 2_000 });
    await using one = serveAuthor(author);
    await using two = serveAuthor(copy);
    using me = openTestCapsule();
    await using mesh = await openTestMesh(me);
    const log = followServed(me, author, one.origin);
    await pullMirror(mesh, log);
    const before = findCheckpoint(me.db, log);
    const sources = [{ address: two.origin, id: author.id, isOrigin: true }];
    confirmPeer(me.db, { id: author.id, address: two.origin, nowMs: me.now() });
    const { mirror } = await pullMirror(mesh, log, { sources });
    deepEqual([mirror?.state, mirror?.problem], ["forked", "fork"]);
    deepEqual(findCheckpoint(me.db, log), before);
    // It stays so, whoever is asked.
    const again = await pullMirror(mesh, log);
    equal(again.mirror?.state, "forked");
  }
});

Deno.test("a stranger's lie about a log does not refuse its author", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  using liar = openTestAuthor({ name: "Liar", address: "https://liar.example", seed: 8 });
  publishPost(author, { text: "True" });
  await using server = serveAuthor(author, changeRows((rows) => rows.toReversed()));
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, "http://127.0.0.1:23999");
  confirmPeer(me.db, { id: liar.id, address: server.origin, nowMs: me.now() });
  saveHolder(me.db, log, liar.id, me.now());
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.state, mirror?.problem], ["unreachable", "not_reached"]);
  equal(findLogMirror(me.db, log)?.entries, 0);
});
