import { deepEqual, equal, throws } from "node:assert/strict";
import { closeIdentity } from "../../mesh/close.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { publishPost, publishWithdrawal } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { RecordProblem } from "../../mesh/record_problem.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { listDueDeliveries } from "../../storage/deliveries.ts";
import { findForkProof } from "../../storage/fork_proofs.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { findPiece, listPieces } from "../../storage/pieces.ts";
import { findSigning } from "../../storage/signing.ts";
import { copyDatabase } from "../support/copies.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";
import { makeFolder } from "../support/process.ts";

/** The phrase of the nth capsule of a neighbourhood. */
function phraseOf(n: number): string {
  return encodePhrase(new Uint8Array(16).fill(40 + n));
}

function texts({ db }: Member, log: number): string[] {
  return listPieces(db, { log, limit: 50 }).map((piece) => piece.text).reverse();
}

function isProblem(code: RecordProblem["code"]) {
  return (error: unknown) => error instanceof RecordProblem && error.code === code;
}

Deno.test("P6: a rotation sets aside at or above the cut, names a new key and is told to followers", () => {
  using hood = openNeighbourhood(2);
  const [a, b] = hood.members as [Member, Member];
  follow(b, a);
  b.db.prepare("delete from deliveries").run();
  a.db.prepare(
    "insert into followers (id, n, is_following, since_ms, network, proof) values (?, 1, 1, 0, '', '')",
  ).run(b.id);
  for (const text of ["one", "two", "three"]) a.post({ text });
  const before = findCheckpoint(a.db, a.log);
  const made = rotateKey(a, { phrase: phraseOf(0).toUpperCase(), cut: 3 });
  deepEqual({ n: made.n, cut: made.cut }, { n: 1, cut: 3 });
  deepEqual(texts(a, a.log), ["one", "two"]);
  equal(before?.size, 4);
  equal(findCheckpoint(a.db, a.log)?.size, 3);
  equal(publishPost(a, { text: "mine" }).index, 3);
  deepEqual(texts(a, a.log), ["one", "two", "mine"]);
  const told = listDueDeliveries(a.db, a.now(), 10);
  equal(told.some(({ peer, kind, n }) => peer === b.id && kind === "identity" && n === 1), true);
});

Deno.test("a rotation refuses what is no phrase, another capsule's, and a cut outside the log; nothing changes", () => {
  using hood = openNeighbourhood(1);
  const [a] = hood.members as [Member];
  const before = findCheckpoint(a.db, a.log);
  throws(() => rotateKey(a, { phrase: "twelve words" }), isProblem("phrase_malformed"));
  throws(() => rotateKey(a, { phrase: phraseOf(7) }), isProblem("phrase_wrong"));
  throws(() => rotateKey(a, { phrase: phraseOf(0), cut: 2 }), isProblem("cut_range"));
  throws(() => rotateKey(a, { phrase: phraseOf(0), cut: -1 }), isProblem("cut_range"));
  deepEqual(findCheckpoint(a.db, a.log), before);
});

Deno.test("P6, P4: a thief's posts and withdrawals are gone from mirrors after the owner's rotation", async () => {
  using hood = openNeighbourhood(2);
  using folder = makeFolder();
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  a.post({ text: "one" });
  a.post({ text: "two" });
  await pullMirror(b.mesh, mirror);
  const thief = copyDatabase(a.db, `${folder.path}/thief.db`);
  allowSigning(thief);
  const publisher = { db: thief, now: a.now };
  publishPost(publisher, { text: "buy this" });
  publishWithdrawal(publisher, 1);
  hood.join(thief, a.address);
  await pullMirror(b.mesh, mirror);
  deepEqual(texts(b, mirror), ["two", "buy this"]);
  equal(findPiece(b.db, mirror, 1), "withdrawn");
  hood.join(a.db, a.address);
  rotateKey(a, { phrase: phraseOf(0) });
  publishPost(a, { text: "it is me" });
  await pullMirror(b.mesh, mirror);
  deepEqual(texts(b, mirror), ["one", "two", "it is me"]);
  const found = findLogMirror(b.db, mirror);
  deepEqual(
    [found?.isConfirmed, found?.isComplete, found?.state, found?.recordN],
    [true, true, "current", 1],
  );
});

Deno.test("P6: what differs below the cut is set aside too, and nothing else", async () => {
  using hood = openNeighbourhood(2);
  using folder = makeFolder();
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  for (let n = 0; n < 300; n++) a.post({ text: `kept ${n}` });
  const thief = copyDatabase(a.db, `${folder.path}/thief.db`);
  allowSigning(thief);
  for (let n = 0; n < 40; n++) publishPost({ db: thief, now: a.now }, { text: `false ${n}` });
  hood.join(thief, a.address);
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.size, 341);
  for (let n = 0; n < 700; n++) a.post({ text: `true ${n}` });
  hood.join(a.db, a.address);
  rotateKey(a, { phrase: phraseOf(0) });
  await pullMirror(b.mesh, mirror);
  const found = findLogMirror(b.db, mirror);
  deepEqual([found?.isConfirmed, found?.isComplete, found?.size], [true, true, 1_001]);
  const shown = b.db.prepare("select count(*) as n from pieces where log = ?").get(mirror);
  equal((shown as { n: number }).n, 1_000);
  const aside = b.db.prepare("select count(*) as n, min(n) as low from entries_set_aside").get();
  deepEqual({ ...aside as object }, { n: 40, low: 301 });
});

Deno.test("P2: until the cut is compared a mirror stays as it is, and is not confirmed", async () => {
  using hood = openNeighbourhood(2);
  using folder = makeFolder();
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  for (let n = 0; n < 5; n++) a.post({ text: `kept ${n}` });
  await pullMirror(b.mesh, mirror);
  const thief = copyDatabase(a.db, `${folder.path}/thief.db`);
  allowSigning(thief);
  publishPost({ db: thief, now: a.now }, { text: "false" });
  hood.join(thief, a.address);
  await pullMirror(b.mesh, mirror);
  hood.join(a.db, a.address);
  for (let n = 0; n < 3; n++) a.post({ text: `true ${n}` });
  rotateKey(a, { phrase: phraseOf(0) });
  const identity = await (await a.request(`/mesh/1/${a.id}/identity`)).json();
  const answer = await b.deliver({ capsule: 1, kind: "identity", identity });
  equal(answer.status, 202);
  let found = findLogMirror(b.db, mirror);
  deepEqual([found?.isConfirmed, found?.size, found?.entries], [false, 9, 7]);
  hood.away.add(a.address);
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.isConfirmed, false);
  equal(texts(b, mirror).includes("false"), true);
  hood.away.clear();
  await pullMirror(b.mesh, mirror);
  found = findLogMirror(b.db, mirror);
  deepEqual([found?.isConfirmed, found?.isComplete], [true, true]);
  deepEqual(texts(b, mirror).slice(5), ["true 0", "true 1", "true 2"]);
});

Deno.test("P8: a fork pauses a mirror, is kept once, and ends with the owner's rotation", async () => {
  using hood = openNeighbourhood(3);
  using folder = makeFolder();
  const [a, b, c] = hood.members as [Member, Member, Member];
  const mirror = follow(b, a);
  a.post({ text: "one" });
  const other = copyDatabase(a.db, `${folder.path}/other.db`);
  allowSigning(other);
  publishPost({ db: other, now: a.now }, { text: "there" });
  a.post({ text: "here" });
  await pullMirror(b.mesh, mirror);
  hood.join(other, a.address);
  publishPost({ db: other, now: a.now }, { text: "there again" });
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.state, "forked");
  deepEqual(texts(b, mirror), ["one", "here"]);
  const proof = await b.request(`/mesh/1/${a.id}/fork`);
  equal(proof.status, 200);
  equal(await proof.text(), findForkProof(b.db, mirror)?.proof);
  equal((await c.request(`/mesh/1/${c.id}/fork`)).status, 404);
  hood.join(a.db, a.address);
  rotateKey(a, { phrase: phraseOf(0) });
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.state, "current");
  equal(findForkProof(b.db, mirror), undefined);
});

Deno.test("P6: a closed identity signs nothing any more, and mirrors keep what was said", async () => {
  using hood = openNeighbourhood(2);
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  a.post({ text: "one" });
  await pullMirror(b.mesh, mirror);
  closeIdentity(a, { phrase: phraseOf(0) });
  throws(() => publishPost(a, { text: "two" }), { code: "held" });
  throws(() => rotateKey(a, { phrase: phraseOf(0) }), isProblem("closed"));
  equal(findSigning(a.db)?.outcome, "closed");
  await pullMirror(b.mesh, mirror);
  const found = findLogMirror(b.db, mirror);
  deepEqual([found?.state, found?.isConfirmed, found?.size], ["closed", true, 2]);
  deepEqual(texts(b, mirror), ["one"]);
});

Deno.test("P6: of two records of one number the first seen is kept and the clash is shown until one chain grows", async () => {
  using hood = openNeighbourhood(2);
  using folder = makeFolder();
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  a.post({ text: "one" });
  await pullMirror(b.mesh, mirror);
  const other = copyDatabase(a.db, `${folder.path}/other.db`);
  rotateKey(a, { phrase: phraseOf(0) });
  rotateKey({ db: other, now: a.now }, { phrase: phraseOf(0) });
  publishPost({ db: other, now: a.now }, { text: "other" });
  await pullMirror(b.mesh, mirror);
  hood.join(other, a.address);
  await pullMirror(b.mesh, mirror);
  hood.join(a.db, a.address);
  publishPost(a, { text: "two" });
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.problem, "identity_clash");
  deepEqual(texts(b, mirror), ["one", "two"]);
  hood.join(other, a.address);
  rotateKey({ db: other, now: a.now }, { phrase: phraseOf(0) });
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.problem, undefined);
  deepEqual(texts(b, mirror), ["one", "other"]);
});

Deno.test("P6: a closing wins over a longer chain", async () => {
  using hood = openNeighbourhood(2);
  using folder = makeFolder();
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  a.post({ text: "one" });
  const other = copyDatabase(a.db, `${folder.path}/other.db`);
  rotateKey(a, { phrase: phraseOf(0) });
  rotateKey(a, { phrase: phraseOf(0) });
  await pullMirror(b.mesh, mirror);
  equal(findLogMirror(b.db, mirror)?.recordN, 2);
  closeIdentity({ db: other, now: a.now }, { phrase: phraseOf(0) });
  hood.join(other, a.address);
  await pullMirror(b.mesh, mirror);
  const found = findLogMirror(b.db, mirror);
  deepEqual([found?.state, found?.recordN, found?.size], ["closed", 1, 2]);
});
