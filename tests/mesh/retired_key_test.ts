/** Whoever holds a key that was replaced: on every way that leads into a copy, nothing of theirs is kept (P6, docs/protocol.md §9.2). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { makeMesh } from "../../host/mesh.ts";
import { type Ask, AskProblem } from "../../mesh/fetch.ts";
import { runHeads } from "../../mesh/heads.ts";
import { confirmAddress } from "../../mesh/confirm.ts";
import { listNotes } from "../../mesh/identities.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { publishFollow } from "../../mesh/publish_follow.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { makeProofDocument } from "../../mesh/proofs.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { countFollowers } from "../../storage/followers.ts";
import { findForkProof } from "../../storage/fork_proofs.ts";
import { saveHolder } from "../../storage/holders.ts";
import { findLogMirror, updateMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { listPieces } from "../../storage/pieces.ts";
import { copyDatabase } from "../support/copies.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";
import { makeFolder } from "../support/process.ts";

const THIEF = "http://thief.test:1";

/** A was robbed and has a new key; B has a copy under the new record; the thief's copy goes on with the old key. */
async function openRobbed() {
  const hood = openNeighbourhood(3);
  const folder = makeFolder();
  const [a, b, c] = hood.members as [Member, Member, Member];
  for (const text of ["one", "two"]) a.post({ text });
  const stolen = copyDatabase(a.db, `${folder.path}/stolen.db`);
  const log = follow(b, a);
  rotateKey(a, { phrase: encodePhrase(new Uint8Array(16).fill(40)) });
  await pullMirror(b.mesh, log);
  const thief = hood.join(stolen, THIEF);
  allowSigning(stolen);
  thief.post({ text: "not mine" });
  confirmPeer(b.db, { id: c.id, address: THIEF, nowMs: b.now() });
  saveHolder(b.db, log, c.id, b.now());
  const note = findCheckpoint(stolen, thief.log)?.note ?? "";
  const kept = () => ({
    checkpoint: findCheckpoint(b.db, log)?.note,
    texts: listPieces(b.db, { log, limit: 9 }).map(({ text }) => text),
    fork: findForkProof(b.db, log),
    recordN: findLogMirror(b.db, log)?.recordN,
  });
  const before = kept();
  deepEqual([before.texts, before.recordN], [["two", "one"], 1]);
  return {
    hood,
    a,
    b,
    c,
    thief,
    log,
    note,
    source: { address: THIEF, id: c.id, isOrigin: false },
    expectKept: () => deepEqual(kept(), before),
    [Symbol.dispose]() {
      hood[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The same mesh; answers from the thief are changed on their way. */
function tamper(member: Member, change: (url: string, text: string, headers: Headers) => string) {
  const ask: Ask = async (question) => {
    const reply = await member.mesh.ask(question);
    if (!question.url.startsWith(THIEF)) return reply;
    const headers = new Headers(reply.headers);
    const text = change(question.url, new TextDecoder().decode(reply.bytes), headers);
    return { ...reply, headers, bytes: new TextEncoder().encode(text) };
  };
  return makeMesh({ ...member.mesh, ask });
}

Deno.test("P6: a source that speaks under the retired key is left, and is told of the newer record", async () => {
  using world = await openRobbed();
  const { b, log, source } = world;
  const { mirror } = await pullMirror(b.mesh, log, { sources: [source] });
  deepEqual([mirror?.state, mirror?.problem], ["unreachable", "record_older"]);
  world.expectKept();
});

Deno.test("P6: a checkpoint of the retired key that is passed off as one of the new record is refused", async () => {
  using world = await openRobbed();
  const { a, b, log, source } = world;
  const honest = await a.request(`/mesh/1/${a.id}/checkpoint`);
  const record = honest.headers.get("Capsule-Record") ?? "";
  ok(record.startsWith("1 "));
  for (const isOrigin of [false, true]) {
    const mesh = tamper(b, (_url, text, headers) => {
      headers.set("Capsule-Record", record);
      return text;
    });
    const { mirror } = await pullMirror(mesh, log, { sources: [{ ...source, isOrigin }] });
    // Only the author's own address can make a log refused.
    const state = isOrigin ? "refused" : "unreachable";
    deepEqual([mirror?.state, mirror?.problem], [state, "note_signature"]);
    world.expectKept();
  }
});

Deno.test("P6: a delivery of the retired key is void, whichever chain it brings", async () => {
  using world = await openRobbed();
  const { a, b, thief, note } = world;
  const old = listNotes(thief.db, thief.log);
  const chain = listNotes(a.db, a.log);
  const kind = "checkpoint";
  const under = async (identity: readonly string[]) => {
    const { status, body } = await b.deliver({ capsule: 1, kind, identity, checkpoint: note });
    return [status, body["error"]];
  };
  deepEqual(await under(old), [400, "checkpoint_void"]);
  deepEqual(await under(chain), [400, "note_signature"]);
  world.expectKept();
});

Deno.test("P6: a neighbour's heads and a well-known page of the retired key bring nothing", async () => {
  using world = await openRobbed();
  const { hood, a, b, log, note } = world;
  const chain = listNotes(a.db, a.log);
  updateMirror(b.db, log, { state: "current", nextPullAtMs: b.now() + 9e9 });
  const { signal } = new AbortController();
  for (const identity of [undefined, listNotes(world.thief.db, world.thief.log), chain]) {
    const mesh = tamper(b, (url, text) => {
      if (!url.endsWith("/heads")) return text;
      return JSON.stringify({ heads: [{ id: a.id, checkpoint: note, identity }] });
    });
    for (let n = 0; n < 3; n += 1) {
      await runHeads({ ...mesh, random: () => 0 }, signal);
      hood.wait(6 * 60_000);
    }
    world.expectKept();
  }
  ok(hood.asked.some(({ url }) => url === `${THIEF}/mesh/1/heads`));
  const page = tamper(b, (_url, text) => JSON.stringify({ ...JSON.parse(text), identity: chain }));
  const problem = await confirmAddress(page, THIEF, { id: a.id, isOwnersAct: true })
    .catch((error) => error);
  equal(problem instanceof AskProblem, false);
  equal(problem.code, "note_signature");
  world.expectKept();
});

Deno.test("P6: a follow that the retired key signed after the cut counts for nobody who knows the newer record", async () => {
  using world = await openRobbed();
  const { b, thief } = world;
  const { index } = publishFollow(thief, { id: b.id, address: b.address });
  const proof = makeProofDocument(thief.db, thief.log, index);
  const told = { capsule: 1, kind: "follow", address: THIEF, proof };
  const { status, body } = await b.deliver(told);
  deepEqual([status, body["state"]], [202, "ignored"]);
  equal(countFollowers(b.db), 0);
});
