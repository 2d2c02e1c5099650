import { deepEqual, equal, rejects } from "node:assert/strict";
import { makeMesh } from "../../host/mesh.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import { runOwnGaps } from "../../mesh/own_gaps.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { publishPost } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { recoverCapsule } from "../../mesh/recover.ts";
import { RecoverProblem } from "../../mesh/recover_problem.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { closeIdentity } from "../../mesh/close.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { listDueDeliveries } from "../../storage/deliveries.ts";
import { saveHolder } from "../../storage/holders.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { countLacking } from "../../storage/missing_contents.ts";
import { findPiece, listPieces } from "../../storage/pieces.ts";
import { takeDownEntry } from "../../storage/takedowns.ts";
import { copyDatabase } from "../support/copies.ts";
import {
  follow,
  type Member,
  type Neighbourhood,
  openNeighbourhood,
} from "../support/neighbourhood.ts";
import { makeFolder } from "../support/process.ts";

const PHRASE = encodePhrase(new Uint8Array(16).fill(40));
const NEW_ADDRESS = "http://again.test:1";

/** A is followed by B and C, which know of each other, and is gone. */
async function openLost(posts: number) {
  const hood = openNeighbourhood(3);
  const [a, b, c] = hood.members as [Member, Member, Member];
  const mirrors = [follow(b, a), follow(c, a)] as [number, number];
  for (let n = 0; n < posts; n++) a.post({ text: `post ${n}` });
  await pullMirror(b.mesh, mirrors[0]);
  await pullMirror(c.mesh, mirrors[1]);
  saveHolder(b.db, mirrors[0], c.id, b.now());
  confirmPeer(b.db, { id: c.id, address: c.address, nowMs: b.now() });
  hood.away.add(a.address);
  return { hood, a, b, c, mirrors };
}

/** A day later: then the author's own address is asked first. */
function comeBack(hood: Neighbourhood): void {
  hood.away.clear();
  hood.wait(90_000_000);
}

function openNew(hood: Neighbourhood): Readonly<{ db: Database; mesh: Mesh }> {
  const db = openDatabase(":memory:");
  const { ask, now } = hood.members[0]?.mesh as Mesh;
  const ownOrigin = () => undefined;
  const mesh = makeMesh({ db, now, ask, log: () => {}, isDev: true, startId: "new", ownOrigin });
  return { db, mesh };
}

function texts(db: Database, log: number): string[] {
  return listPieces(db, { log, limit: 50 }).map((piece) => piece.text).reverse();
}

function isProblem(code: RecoverProblem["code"]) {
  return (error: unknown) => error instanceof RecoverProblem && error.code === code;
}

Deno.test("P3, P6: phrase and one follower bring everything back, and followers re-point by themselves", async () => {
  const { hood, a, b, c, mirrors } = await openLost(300);
  using _hood = hood;
  const { db, mesh } = openNew(hood);
  const seen: string[] = [];
  const recovered = await recoverCapsule(mesh, {
    phrase: PHRASE,
    from: [b.address],
    address: NEW_ADDRESS,
    onProgress: ({ step, done, total }) => seen.push(`${step} ${done}/${total}`),
  });
  deepEqual(recovered, { id: a.id, entries: 301, contents: 301, blobs: 0, followers: 2 });
  equal(seen.includes("entries 301/301"), true);
  const own = findOwnCapsule(db);
  deepEqual([own?.id, own?.address, own?.name], [a.id, NEW_ADDRESS, "A"]);
  equal(texts(db, own?.log ?? 0).length, 50);
  const told = listDueDeliveries(db, mesh.now(), 10).filter(({ kind }) => kind === "identity");
  deepEqual(told.map(({ peer }) => peer).sort(), [b.id, c.id].sort());
  const again = hood.join(db, NEW_ADDRESS);
  publishPost(again, { text: "I am back" });
  const identity = await (await again.request(`/mesh/1/${a.id}/identity`)).json();
  for (const [i, one] of [b, c].entries()) {
    equal((await one.deliver({ capsule: 1, kind: "identity", identity })).status, 202);
    confirmPeer(one.db, { id: a.id, address: NEW_ADDRESS, nowMs: one.now() });
    await pullMirror(one.mesh, mirrors[i] as number);
    const found = findLogMirror(one.db, mirrors[i] as number);
    deepEqual(
      [found?.address, found?.size, found?.isConfirmed, found?.isComplete],
      [NEW_ADDRESS, 302, true, true],
    );
  }
});

Deno.test("a recovery that was stopped goes on where it was", async () => {
  const { hood, b, c } = await openLost(600);
  using _hood = hood;
  const { db, mesh } = openNew(hood);
  let runs = 0;
  const stopping: Mesh = {
    ...mesh,
    ask: (question) => {
      if (question.url.includes("/entries")) runs += 1;
      if (runs > 1) throw new Error("killed");
      return mesh.ask(question);
    },
  };
  const recovery = { phrase: PHRASE, from: [b.address, c.address], address: NEW_ADDRESS };
  await rejects(recoverCapsule(stopping, recovery), /killed/);
  equal(findOwnCapsule(db), undefined);
  const kept = db.prepare("select count(*) as n from entries").get() as { n: number };
  hood.asked.length = 0;
  const recovered = await recoverCapsule(mesh, recovery);
  equal(recovered.entries, 601);
  const asked = hood.asked.filter(({ url }) => url.includes("/entries")).length;
  equal(asked <= 3 - Math.floor(kept.n / 256), true, `${asked} runs asked, ${kept.n} were kept`);
  hood.join(db, NEW_ADDRESS);
});

Deno.test("P6: copies that contradict each other are shown, and the owner's cut decides", async () => {
  const { hood, a, b, c, mirrors } = await openLost(3);
  using _hood = hood;
  using folder = makeFolder();
  const other = copyDatabase(a.db, `${folder.path}/other.db`);
  allowSigning(other);
  comeBack(hood);
  a.post({ text: "mine" });
  await pullMirror(b.mesh, mirrors[0]);
  publishPost({ db: other, now: a.now }, { text: "not mine" });
  publishPost({ db: other, now: a.now }, { text: "not mine either" });
  hood.join(other, a.address);
  await pullMirror(c.mesh, mirrors[1]);
  hood.away.add(a.address);
  const { db, mesh } = openNew(hood);
  const recovery = { phrase: PHRASE, from: [b.address, c.address], address: NEW_ADDRESS };
  await rejects(recoverCapsule(mesh, recovery), (error) => {
    if (!(error instanceof RecoverProblem)) return false;
    deepEqual(
      error.branches.map(({ size, newest }) => [size, newest[0]?.words]),
      [[6, "not mine either"], [5, "mine"]],
    );
    return error.code === "contradiction";
  });
  const recovered = await recoverCapsule(mesh, { ...recovery, cut: 5 });
  equal(recovered.entries, 5);
  deepEqual(texts(db, findOwnCapsule(db)?.log ?? 0).at(-1), "mine");
  hood.join(db, NEW_ADDRESS);
});

Deno.test("P6: the newest record found is built upon, whoever has it", async () => {
  const { hood, a, b, c, mirrors } = await openLost(3);
  using _hood = hood;
  comeBack(hood);
  rotateKey(a, { phrase: PHRASE, cut: 3 });
  a.post({ text: "after" });
  await pullMirror(c.mesh, mirrors[1]);
  hood.away.add(a.address);
  const { db, mesh } = openNew(hood);
  const recovered = await recoverCapsule(mesh, {
    phrase: PHRASE,
    from: [b.address],
    address: NEW_ADDRESS,
  });
  equal(recovered.entries, 4);
  deepEqual(texts(db, findOwnCapsule(db)?.log ?? 0), ["post 0", "post 1", "after"]);
  hood.join(db, NEW_ADDRESS);
});

Deno.test("a recovery refuses a wrong phrase, somebody without a copy, a closed identity, a database with a capsule", async () => {
  const { hood, a, b, mirrors } = await openLost(2);
  using _hood = hood;
  const { db, mesh } = openNew(hood);
  const recovery = { phrase: PHRASE, from: [b.address], address: NEW_ADDRESS };
  const wrong = encodePhrase(new Uint8Array(16).fill(99));
  await rejects(recoverCapsule(mesh, { ...recovery, phrase: wrong }), isProblem("no_copy"));
  await rejects(recoverCapsule(mesh, { ...recovery, phrase: "no" }), { code: "phrase_malformed" });
  await rejects(recoverCapsule(mesh, { ...recovery, from: [a.address] }), isProblem("no_copy"));
  await rejects(recoverCapsule(mesh, { ...recovery, cut: 9 }), isProblem("cut_range"));
  await rejects(recoverCapsule(b.mesh, recovery), isProblem("already_created"));
  comeBack(hood);
  closeIdentity(a, { phrase: PHRASE });
  await pullMirror(b.mesh, mirrors[0]);
  await rejects(recoverCapsule(mesh, recovery), isProblem("closed"));
  equal(findOwnCapsule(db), undefined);
  db.close();
});

Deno.test("a text that nobody gave at the recovery comes from the follower who turns up later", async () => {
  const { hood, a, b, c, mirrors } = await openLost(5);
  using _hood = hood;
  const words = { reason: "law", note: "" } as const;
  equal(takeDownEntry(b.db, { log: mirrors[0], index: 2 }, words, b.now()), "taken_down");
  hood.away.add(c.address);
  const { db, mesh } = openNew(hood);
  const recovered = await recoverCapsule(mesh, {
    phrase: PHRASE,
    from: [b.address],
    address: NEW_ADDRESS,
  });
  deepEqual([recovered.entries, recovered.contents], [6, 5]);
  const log = findOwnCapsule(db)?.log ?? 0;
  equal(countLacking(db, log), 1);
  equal(findPiece(db, log, 2), undefined);
  hood.join(db, NEW_ADDRESS);
  const { signal } = new AbortController();
  await runOwnGaps(mesh, signal);
  equal(countLacking(db, log), 1);
  hood.away.delete(c.address);
  // C says again that it follows, and answers at its address: that is reason enough to ask.
  saveHolder(db, log, c.id, mesh.now());
  confirmPeer(db, { id: c.id, address: c.address, nowMs: mesh.now() });
  await runOwnGaps(mesh, signal);
  equal(countLacking(db, log), 0);
  const piece = findPiece(db, log, 2);
  equal(typeof piece === "object" ? piece.text : piece, "post 1");
  equal(a.id, recovered.id);
});
