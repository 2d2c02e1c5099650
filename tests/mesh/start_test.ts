import { deepEqual, equal, throws } from "node:assert/strict";
import { makeMesh } from "../../host/mesh.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { publishPost } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { runStart } from "../../mesh/start_round.ts";
import { allowAnyway } from "../../mesh/start_state.ts";
import { allowSigning, findSigningProblem } from "../../mesh/signing.ts";
import { checkStart } from "../../mesh/start.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { findForkProof } from "../../storage/fork_proofs.ts";
import { findLease, insertLease } from "../../storage/leases.ts";
import { listPieces } from "../../storage/pieces.ts";
import { findSigning, saveSigning } from "../../storage/signing.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { copyDatabase } from "../support/copies.ts";
import {
  follow,
  type Member,
  type Neighbourhood,
  openNeighbourhood,
} from "../support/neighbourhood.ts";
import { makeFolder } from "../support/process.ts";

const STOP = new AbortController().signal;

/** A follows nobody; B follows A and A knows it. */
async function openPair(): Promise<{ hood: Neighbourhood; a: Member; b: Member; mirror: number }> {
  const hood = openNeighbourhood(2);
  const [a, b] = hood.members as [Member, Member];
  const mirror = follow(b, a);
  addFollower(a.db, b.id);
  await pullMirror(b.mesh, mirror);
  return { hood, a, b, mirror };
}

function addFollower(db: Database, id: string): void {
  db.prepare(
    "insert into followers (id, n, is_following, since_ms, network, proof) values (?, 1, 1, 0, '', '')",
  ).run(id);
}

/** A database that another program opens: it runs as a start of its own. */
function startCopy(a: Member, db: Database, start = "another"): Mesh {
  const ownOrigin = () => a.address;
  return makeMesh({ ...a.mesh, db, now: a.now, startId: start, ownOrigin });
}

function texts(db: Database, log: number): string[] {
  return listPieces(db, { log, limit: 50 }).map((piece) => piece.text).reverse();
}

Deno.test("P7: yesterday's backup fetches the newest entries before it signs, and the log does not fork", async () => {
  const { hood, a, b, mirror } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  a.post({ text: "one" });
  const backup = copyDatabase(a.db, `${folder.path}/backup.db`);
  a.post({ text: "two" });
  a.post({ text: "three" });
  await pullMirror(b.mesh, mirror);
  hood.away.add(a.address);
  throws(() => publishPost({ db: backup, now: a.now }, { text: "fork" }), { code: "not_checked" });
  equal(await checkStart(startCopy(a, backup)), "allowed");
  hood.join(backup, a.address);
  hood.away.clear();
  publishPost({ db: backup, now: a.now }, { text: "four" });
  deepEqual(texts(backup, a.log), ["one", "two", "three", "four"]);
  await pullMirror(b.mesh, mirror);
  deepEqual(texts(b.db, mirror), ["one", "two", "three", "four"]);
  equal(findForkProof(b.db, mirror), undefined);
});

Deno.test("P7: a proved newer head whose entries nobody delivers keeps the log unsigned, also after another start", async () => {
  const { hood, a, b, mirror } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  const backup = copyDatabase(a.db, `${folder.path}/backup.db`);
  a.post({ text: "two" });
  await pullMirror(b.mesh, mirror);
  const note = findCheckpoint(b.db, mirror)?.note;
  hood.away.add(a.address);
  const mesh = startCopy(a, backup);
  const withoutEntries: Mesh = {
    ...mesh,
    ask: (question) =>
      mesh.ask(
        question.url.includes("/entries") || question.url.includes("/tile/")
          ? { ...question, url: "http://nobody.test:1/" }
          : question,
      ),
  };
  equal(await checkStart(withoutEntries), "undelivered");
  equal(findSigning(backup)?.detail, note);
  throws(() => publishPost({ db: backup, now: a.now }, { text: "fork" }), { code: "held" });
  hood.away.add(b.address);
  equal(await checkStart(startCopy(a, backup, "later")), "undelivered");
  hood.away.delete(b.address);
  equal(await checkStart(startCopy(a, backup, "later still")), "allowed");
  hood.join(backup, "http://old.test:1");
});

Deno.test("P7: another running copy at the own address is not signed beside", async () => {
  const { hood, a } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  const copy = copyDatabase(a.db, `${folder.path}/copy.db`);
  equal(await checkStart(startCopy(a, copy)), "another_copy");
  throws(() => publishPost({ db: copy, now: a.now }, { text: "fork" }), { code: "held" });
  equal(allowAnyway(copy, a.now()), false);
  equal(await checkStart(a.mesh), "allowed");
  copy.close();
});

Deno.test("P7: when no follower answers the owner decides; a stranger who never answered counts for nobody", async () => {
  const { hood, a, b } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  const copy = copyDatabase(a.db, `${folder.path}/copy.db`);
  hood.away.add(a.address).add(b.address);
  const mesh = startCopy(a, copy);
  equal(await checkStart(mesh), "nobody");
  throws(() => publishPost({ db: copy, now: a.now }, { text: "x" }), { code: "held" });
  equal(allowAnyway(copy, a.now()), true);
  publishPost({ db: copy, now: a.now }, { text: "x" });
  copy.prepare("update peers set confirmed_at_ms = null").run();
  equal(await checkStart(mesh), "allowed");
  copy.close();
});

Deno.test("P7: nobody is asked where nobody is known, and a capsule without address and followers signs at once", async () => {
  using hood = openNeighbourhood(1);
  const [a] = hood.members as [Member];
  using folder = makeFolder();
  const copy = copyDatabase(a.db, `${folder.path}/copy.db`);
  throws(() => publishPost({ db: copy, now: a.now }, { text: "x" }), { code: "not_checked" });
  copy.prepare("update capsules set address = null").run();
  hood.asked.length = 0;
  equal(findSigningProblem(copy, a.now()), undefined);
  equal(await checkStart(startCopy(a, copy)), "allowed");
  deepEqual(hood.asked, []);
  copy.close();
});

Deno.test("P7: a command signs beside a running serve that passed the rules, and not while it asks", async () => {
  const { hood, a } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  const copy = copyDatabase(a.db, `${folder.path}/copy.db`);
  hood.away.add(a.address);
  const publisher = { db: copy, now: a.now };
  const mesh = startCopy(a, copy, "serving");
  const lease = { start: "serving", url: "http://127.0.0.1:1", seenAtMs: a.now(), isDev: true };
  insertLease(copy, lease, Infinity);
  copy.prepare(
    "insert or replace into signing (id, start, outcome, detail, at_ms) values (1, 'serving', 'checking', '', 0)",
  ).run();
  throws(() => publishPost(publisher, { text: "x" }), { code: "not_checked" });
  allowSigning(copy);
  throws(() => publishPost(publisher, { text: "x" }), { code: "not_checked" });
  await checkStart(mesh);
  publishPost(publisher, { text: "x" });
  hood.wait(60_000);
  equal(findSigningProblem(copy, a.now()), undefined, "this connection passed the rules itself");
  using beside = copyDatabase(copy, `${folder.path}/beside.db`);
  insertLease(beside, { ...lease, seenAtMs: a.now() }, Infinity);
  equal(findSigningProblem(beside, a.now()), undefined);
  equal(findSigningProblem(beside, a.now() + 20_000)?.code, "not_checked");
  copy.close();
});

Deno.test("P7: told of a larger head, signing stops until it is here; P8: of a contradiction, until a new record", async () => {
  const { hood, a, b, mirror } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  const older = copyDatabase(a.db, `${folder.path}/older.db`);
  allowSigning(older);
  a.post({ text: "two" });
  await pullMirror(b.mesh, mirror);
  hood.away.add(a.address);
  const member = hood.join(older, "http://old.test:1");
  const body = (log: Database, n: number) => ({
    capsule: 1,
    kind: "checkpoint",
    identity: [log.prepare("select note from identity_records where log = ?").get(n) as never]
      .map(({ note }: { note: string }) => note),
    checkpoint: findCheckpoint(log, n)?.note,
    from: 0,
    entries: [],
  });
  await member.deliver(body(a.db, a.log));
  equal(findSigning(older)?.outcome, "behind");
  throws(() => publishPost({ db: older, now: a.now }, { text: "fork" }), { code: "held" });
  const mesh = { ...startCopy(a, older), startId: "x" };
  await runStart(mesh, STOP);
  equal(findSigning(older)?.outcome, "allowed");
  deepEqual(texts(older, a.log), texts(a.db, a.log));
  publishPost({ db: older, now: a.now }, { text: "three" });
  a.post({ text: "other three" });
  const answer = await member.deliver(body(a.db, a.log));
  equal(answer.status, 409);
  equal(findSigning(older)?.outcome, "forked");
  await runStart({ ...mesh, startId: "y" }, STOP);
  equal(findSigning(older)?.outcome, "forked");
});

Deno.test("P7: a follower with a newer record of ours ends this copy's signing", async () => {
  const { hood, a, b, mirror } = await openPair();
  using _hood = hood;
  using folder = makeFolder();
  const former = copyDatabase(a.db, `${folder.path}/former.db`);
  rotateKey(a, { phrase: encodePhrase(new Uint8Array(16).fill(40)) });
  a.post({ text: "under the new key" });
  await pullMirror(b.mesh, mirror);
  hood.away.add(a.address);
  equal(await checkStart(startCopy(a, former)), "superseded");
  throws(() => publishPost({ db: former, now: a.now }, { text: "x" }), { code: "held" });
  hood.join(former, "http://old.test:1");
});

Deno.test("P7: a raw copy of a file that is being served signs nothing, however fresh its lease is", async () => {
  using folder = makeFolder();
  const path = `${folder.path}/capsule.db`;
  using served = openTestCapsule({ path, address: "http://ida.test:1" });
  const { db, now } = served;
  insertLease(db, { start: "serving", url: "http://127.0.0.1:1", seenAtMs: now() }, 0);
  saveSigning(db, { start: "serving", outcome: "allowed", detail: "", atMs: now() });
  db.prepare("pragma wal_checkpoint(truncate)").get();
  const aside = `${folder.path}/copy.db`;
  await Deno.copyFile(path, aside);
  // A second connection to the file itself, as a command has it, and one to the copy.
  using beside = openDatabase(path);
  using copy = openDatabase(aside);
  equal(findLease(copy)?.start, "serving");
  equal(findSigningProblem(beside, now())?.code, undefined);
  equal(findSigningProblem(copy, now())?.code, "not_checked");
  throws(() => publishPost({ db: copy, now }, { text: "fork" }), { code: "not_checked" });
  publishPost({ db: beside, now }, { text: "beside the server" });
});
