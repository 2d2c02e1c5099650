/** The inbox: what proves itself is kept, everything else is refused with its code (docs/protocol.md §12.10). */
import { deepEqual, equal, match } from "node:assert/strict";
import { publishBatch, publishPost } from "../../mesh/publish.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { saveBlock } from "../../storage/blocks.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findContent } from "../../storage/contents.ts";
import { openDatabase } from "../../storage/database.ts";
import { listDueDeliveries } from "../../storage/deliveries.ts";
import { findEntry } from "../../storage/entries.ts";
import { findForkProof } from "../../storage/fork_proofs.ts";
import { findLogMirror, updateMirror } from "../../storage/mirrors.ts";
import { findSigning } from "../../storage/signing.ts";
import { copyAuthor } from "../support/mirror.ts";
import { type Body, checkpointBody, openFollowed, snapshot } from "../support/delivered.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";

/** A second copy of a capsule, as a restored backup is. */
function clone({ db, log, now }: Member): Disposable & Pick<Member, "db" | "log" | "now"> {
  const folder = Deno.makeTempDirSync();
  db.exec(`vacuum into '${folder}/copy.db'`);
  const copy = openDatabase(`${folder}/copy.db`);
  allowSigning(copy);
  return {
    db: copy,
    log,
    now,
    [Symbol.dispose]: () => {
      copy.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

Deno.test("a checkpoint with its entries is applied at once; a second time it is known", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  const body = checkpointBody(ada);
  deepEqual(await bob.deliver(body), { status: 202, body: { state: "stored" } });
  deepEqual(findCheckpoint(bob.db, log), findCheckpoint(ada.db, ada.log));
  deepEqual(await bob.deliver(body), { status: 202, body: { state: "known" } });
});

Deno.test("P13: a delivery of another kind, and fields nobody knows, are no problem", async () => {
  using world = await openFollowed();
  const { ada, bob } = world;
  deepEqual(await bob.deliver({ capsule: 1, kind: "wave", hello: 1 }), {
    status: 202,
    body: { state: "ignored" },
  });
  const body = { ...checkpointBody(ada), later: { a: 1 } };
  deepEqual((await bob.deliver(body)).body, { state: "stored" });
});

type Case = [name: string, code: string, change: (body: Body) => unknown];

const entry = (body: Body, n = 0): Record<string, unknown> => body.entries.at(-1 - n) ?? {};

const CASES: Case[] = [
  ["no JSON", "body_form", () => "{"],
  ["an array", "body_form", () => []],
  ["another version", "body_form", (body) => ({ ...body, capsule: 2 })],
  ["no kind", "body_form", ({ kind: _, ...body }) => body],
  ["a name twice", "body_form", (body) => JSON.stringify(body).replace("{", `{"capsule":1,`)],
  ["nested too deep", "body_form", (body) => ({ ...body, more: [[[[]]]] })],
  ["no identity", "body_form", ({ identity: _, ...body }) => body],
  ["notes that are no text", "body_form", (body) => ({ ...body, identity: [1] })],
  ["no records", "identity_too_long", (body) => ({ ...body, identity: [] })],
  ["65 records", "identity_too_long", (body) => ({
    ...body,
    identity: Array.from({ length: 65 }, () => body.identity[0]),
  })],
  ["an altered record", "note_signature", (body) => ({
    ...body,
    identity: [body.identity[0]?.replace("T03:", "T04:")],
  })],
  ["a record twice", "identity_chain", (body) => ({
    ...body,
    identity: [body.identity[0], body.identity[0]],
  })],
  ["no checkpoint", "body_form", ({ checkpoint: _, ...body }) => body],
  ["a checkpoint that is no note", "note_form", (body) => ({ ...body, checkpoint: "x" })],
  ["a checkpoint of another size", "note_signature", (body) => ({
    ...body,
    checkpoint: String(body.checkpoint).replace("\n3\n", "\n9\n"),
  })],
  ["a place that is no index", "body_form", (body) => ({ ...body, from: -1 })],
  ["entries that are no list", "body_form", (body) => ({ ...body, entries: {} })],
  ["257 entries", "body_form", (body) => ({
    ...body,
    entries: Array.from({ length: 257 }, () => ({ entry: "x", state: "later" })),
  })],
  ["a row without entry", "body_form", (body) => ({ ...body, entries: [{ content: "" }] })],
  ["a row of an unknown state", "body_form", (body) => ({
    ...body,
    entries: [{ entry: "x", state: "gone" }],
  })],
  ["an entry of 1,025 bytes", "entry_too_long", (body) => ({
    ...body,
    entries: [{ entry: "x".repeat(1025), state: "later" }],
  })],
  ["an altered entry", "proof_mismatch", (body) => ({
    ...body,
    entries: [...body.entries.slice(0, -1), {
      ...entry(body),
      entry: String(entry(body).entry).replace("post", "past"),
    }],
  })],
  ["entries in another order", "proof_mismatch", (body) => ({
    ...body,
    from: 2,
    entries: [entry(body, 1)],
  })],
  ["an altered content", "content_mismatch", (body) => ({
    ...body,
    entries: [...body.entries.slice(0, -1), {
      ...entry(body),
      content: String(entry(body).content).replace("two", "TWO"),
    }],
  })],
  ["five to tell", "body_form", (body) => ({
    ...body,
    tell: Array.from({ length: 5 }, () => ({ id: "x", address: "https://x.example" })),
  })],
  ["nobody to tell", "capsule_id_form", (body) => ({
    ...body,
    tell: [{ id: "cap1x", address: "https://x.example" }],
  })],
  ["no address to tell", "body_form", (body) => ({ ...body, tell: [{ id: "x", address: "x" }] })],
];

for (const [name, code, change] of CASES) {
  Deno.test(`P9: a checkpoint with ${name} is ${code}, and nothing is kept`, async () => {
    using world = await openFollowed();
    const { ada, bob } = world;
    const before = snapshot(bob.db);
    const { status, body } = await bob.deliver(change(checkpointBody(ada)));
    deepEqual([status, body.error], [400, code], String(body.message));
    match(String(body.message), /\S/);
    equal(snapshot(bob.db), before);
  });
}

Deno.test("P9: of several things that are wrong the first of the order is answered", async () => {
  using world = await openFollowed();
  const { ada, bob } = world;
  const changes: [code: string, change: (body: Body) => Body][] = [
    ["content_mismatch", (body) => ({
      ...body,
      entries: [...body.entries.slice(0, -1), {
        ...entry(body),
        content: String(entry(body).content).replace("two", "TWO"),
      }],
    })],
    ["proof_mismatch", (body) => ({
      ...body,
      entries: [...body.entries.slice(0, -1), {
        ...entry(body),
        entry: String(entry(body).entry).replace("post", "past"),
      }],
    })],
    ["note_signature", (body) => ({
      ...body,
      checkpoint: String(body.checkpoint).replace("\n3\n", "\n9\n"),
    })],
    ["identity_chain", (body) => ({ ...body, identity: [...body.identity, ...body.identity] })],
    ["body_form", (body) => ({ ...body, entries: [{}] })],
  ];
  let body = checkpointBody(ada);
  for (const [code, change] of changes) {
    body = change(body);
    const found = await bob.deliver(body);
    deepEqual([found.status, found.body.error], [400, code]);
  }
  deepEqual((await bob.deliver(`${JSON.stringify(body).slice(1)}`)).body.error, "body_form");
});

Deno.test("P12: a content that was taken down is not stored again by a delivery", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  const { contentHash } = findEntry(ada.db, ada.log, 2) ?? {};
  bob.db.prepare(
    "insert into takedowns (kind, target, reason, note, at_ms) values ('content', ?, 'law', '', 1)",
  ).run(contentHash?.toHex() ?? "");
  deepEqual((await bob.deliver(checkpointBody(ada))).body, { state: "stored" });
  equal(findContent(bob.db, log, 2).state, "takendown");
  const proof = await bob.request(`/mesh/1/${ada.id}/proof/2`);
  deepEqual([proof.status, (await proof.json()).error], [451, "taken_down"]);
  const run = await (await bob.request(`/mesh/1/${ada.id}/entries?from=2`)).text();
  equal(JSON.parse(run).state, "takendown");
});

Deno.test("a checkpoint without what is between is pulled: the mirror is due now", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  updateMirror(bob.db, log, { nextPullAtMs: bob.now() + 9e9 });
  const { entries: _, from: __, ...body } = checkpointBody(ada);
  deepEqual((await bob.deliver(body)).body, { state: "later" });
  equal(findLogMirror(bob.db, log)?.nextPullAtMs, bob.now());
  equal(findCheckpoint(bob.db, log)?.size, 2);
});

Deno.test("a delivery about a capsule that is not followed, or quietly, or blocked, changes nothing", async () => {
  using town = openNeighbourhood(4);
  const [ada, bob, cyd, dan] = town.members as [Member, Member, Member, Member];
  follow(bob, ada, { isQuiet: true });
  follow(dan, ada);
  saveBlock(dan.db, ada.id, dan.now());
  ada.post();
  const body = checkpointBody(ada);
  for (const member of [bob, cyd, dan]) {
    const before = snapshot(member.db);
    deepEqual(await member.deliver(body), { status: 202, body: { state: "ignored" } });
    const identity = { capsule: 1, kind: "identity", identity: body.identity };
    deepEqual((await member.deliver(identity)).body, { state: "ignored" });
    equal(snapshot(member.db), before);
  }
});

Deno.test("a mirror that the owner paused, or that floods, takes nothing", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  for (const state of ["paused", "flooding", "large", "refused", "forked"] as const) {
    updateMirror(bob.db, log, { state });
    deepEqual((await bob.deliver(checkpointBody(ada))).body, { state: "ignored" }, state);
  }
  equal(findCheckpoint(bob.db, log)?.size, 2);
});

Deno.test("more entries in a day than people write are left to the pull, which asks the owner", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  bob.db.prepare("update mirrors set flood_day = ?, flood_entries = 5000")
    .run(Math.floor(bob.now() / 86_400_000));
  deepEqual((await bob.deliver(checkpointBody(ada))).body, { state: "later" });
  equal(findCheckpoint(bob.db, log)?.size, 2);
});

Deno.test("P8: another log under the same key is a fork: proof, 409, and the mirror pauses", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  using other = clone(ada);
  publishPost(other, { text: "told differently" });
  ada.post({ text: "told so" });
  await bob.deliver(checkpointBody(ada));
  const { status, body } = await bob.deliver(checkpointBody(other));
  deepEqual([status, body.error], [409, "fork"]);
  equal(findLogMirror(bob.db, log)?.state, "forked");
  equal(body.proof, findForkProof(bob.db, log)?.proof);
  deepEqual(findCheckpoint(bob.db, log), findCheckpoint(ada.db, ada.log));
});

Deno.test("P8: a fork that begins further below is proved too, and passed back to the author", async () => {
  using world = await openFollowed();
  const { ada, bob, log } = world;
  using other = clone(ada);
  publishPost(other, { text: "told differently" });
  publishBatch(
    ada,
    Array.from({ length: 400 }, (_, n) => ({ kind: "post" as const, text: `post ${n}` })),
  );
  for (let i = 0; i < 3; i++) ada.post();
  const fields = { log, nowMs: bob.now() };
  copyAuthor(bob.db, { ...ada, wait: () => {}, [Symbol.dispose]: () => {} }, fields);
  const { status, body } = await bob.deliver(checkpointBody(other));
  deepEqual([status, body.error], [409, "fork"]);
  const own = await ada.deliver(checkpointBody(other));
  deepEqual([own.status, own.body.error], [409, "fork"]);
  equal(findSigning(ada.db)?.outcome, "forked");
});

Deno.test("P7: a larger checkpoint of our own log stops the signing", async () => {
  using world = await openFollowed();
  const { ada, bob } = world;
  await bob.deliver(checkpointBody(ada));
  using newer = clone(ada);
  publishPost(newer, { text: "in the other copy" });
  deepEqual((await ada.deliver(checkpointBody(newer))).body, { state: "later" });
  equal(findSigning(ada.db)?.outcome, "behind");
});

Deno.test("a checkpoint that we have is fine, our own too", async () => {
  using world = await openFollowed();
  const { ada, bob } = world;
  const old = checkpointBody(ada);
  ada.post();
  await bob.deliver(checkpointBody(ada));
  deepEqual((await bob.deliver(old)).body, { state: "known" });
  deepEqual((await ada.deliver(old)).body, { state: "known" });
  equal(findSigning(ada.db)?.outcome ?? "allowed", "allowed");
});

Deno.test("whoever is told passes it on to those it is asked to tell, once", async () => {
  using town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  follow(bob, ada);
  ada.post();
  const body = { ...checkpointBody(ada), tell: [{ id: cyd.id, address: cyd.address }] };
  deepEqual((await bob.deliver(body)).body, { state: "stored" });
  const waiting = () =>
    listDueDeliveries(bob.db, Number.MAX_SAFE_INTEGER, 9).filter(({ kind }) =>
      kind === "checkpoint"
    );
  deepEqual(waiting().map(({ peer, n, tell }) => [peer, n, tell]), [[cyd.id, 1 + 1, []]]);
  bob.db.prepare("delete from deliveries").run();
  deepEqual((await bob.deliver(body)).body, { state: "known" });
  deepEqual(waiting(), []);
});
