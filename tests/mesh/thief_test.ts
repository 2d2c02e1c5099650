import { equal, ok } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../storage/database.ts";
import { findLease, insertLease } from "../../storage/leases.ts";
import { listPieces } from "../../storage/pieces.ts";
import { findForkProof } from "../../storage/fork_proofs.ts";
import { countFollowers } from "../../storage/followers.ts";
import { findSigning, listAskedPeers } from "../../storage/signing.ts";
import {
  findFreePort,
  makeNeighbour,
  type Neighbour,
  verifyAll,
  waitForCopy,
  waitForMirror,
  waitUntil,
} from "../support/mesh_rig.ts";
import { runCapsule } from "../support/process.ts";

function texts(mirror: Neighbour, id: string): string[] {
  return mirror.read((db) => {
    const row = db.prepare("select log from capsules where id = ?").get(id) as { log: number };
    return listPieces(db, { log: row.log, limit: 50 }).map((piece) => piece.text).reverse();
  });
}

async function openFollowed(): Promise<[Neighbour, Neighbour]> {
  const a = makeNeighbour("Ada");
  const b = makeNeighbour("Ben");
  await Promise.all([a.init(), b.init()]);
  await a.run(["post", "one"]);
  await a.run(["post", "two"]);
  await a.start();
  await b.start();
  await b.run(["follow", a.address]);
  await waitForMirror(b, a);
  await waitUntil("A knows its follower", () => a.read(countFollowers) === 1);
  // One that never answered is nobody whom the start rules would miss.
  await waitUntil(
    "A has confirmed its follower's address",
    () => a.read((db) => listAskedPeers(db, 1).some(({ isConfirmed }) => isConfirmed)),
  );
  return [a, b];
}

async function fails(folder: string, args: readonly string[], code: string): Promise<void> {
  const answer = await runCapsule([...args, "--json"], { cwd: folder });
  equal(
    answer.json<{ error?: { code: string } }>().error?.code,
    code,
    answer.stdout + answer.stderr,
  );
}

Deno.test("P6: a thief with a copy of the database posts and withdraws; after the owner's rotation every mirror shows the owner's log", async () => {
  const [a, b] = await openFollowed();
  await using _a = a;
  await using _b = b;
  await a.stop();
  const thief = `${a.folder}/stolen`;
  await Deno.mkdir(thief);
  await Deno.copyFile(`${a.folder}/capsule.db`, `${thief}/capsule.db`);
  for (const args of [["post", "buy this"], ["withdraw", "1", "--yes"]]) {
    const done = await runCapsule([...args, "--dev"], { cwd: thief });
    equal(done.code, 0, done.stderr);
  }
  await using evil = makeNeighbour("Mallory", Number(new URL(a.address).port));
  await Deno.copyFile(`${thief}/capsule.db`, `${evil.folder}/capsule.db`);
  await evil.start();
  await waitForCopy(b, a.id(), evil.size());
  equal(texts(b, a.id()).join(), "two,buy this");
  await evil.stop();

  const rotated = await a.run(["rotate", "--json"], `${a.phrase()}\n`);
  equal(rotated.json().record, 1);
  await a.start();
  await waitUntil("B took the new record", () => b.mirror(a.id())?.recordN === 1);
  await waitForMirror(b, a);
  equal(texts(b, a.id()).join(), "one,two");
  await a.run(["post", "it is me"]);
  await waitForMirror(b, a);
  equal(texts(b, a.id()).join(), "one,two,it is me");
  await a.stop();
  await evil.start();
  await waitUntil(
    "the thief's copy is told, or asks",
    () => evil.read((db) => findSigning(db)?.outcome === "superseded"),
  );
  await fails(evil.folder, ["post", "again"], "held");
  await evil.stop();
  await verifyAll([a, b, evil]);
});

Deno.test("P7: yesterday's backup is started and posted from; the log does not fork", async () => {
  const [a, b] = await openFollowed();
  await using _a = a;
  await using _b = b;
  await a.run(["backup", "yesterday.db"]);
  await a.run(["post", "three"]);
  await a.run(["post", "four"]);
  await waitForMirror(b, a);
  const newest = a.size();
  await a.kill();
  await a.run(["restore", "yesterday.db", "--replace"]);
  ok(a.size() < newest);
  // Nobody serves it: the command asks by itself.
  await a.run(["post", "five", "--dev"]);
  equal(a.size(), newest + 1);
  await a.start();
  await a.run(["post", "six"]);
  await waitForMirror(b, a);
  equal(texts(b, a.id()).join(), "one,two,three,four,five,six");
  equal(b.read((db) => findForkProof(db, b.mirror(a.id())?.log ?? 0)), undefined);
  await verifyAll([a, b]);
});

Deno.test("P7: with every follower away a restored backup publishes nothing, until its owner says so", async () => {
  const [a, b] = await openFollowed();
  await using _a = a;
  await using _b = b;
  await a.run(["backup", "yesterday.db"]);
  await a.kill();
  await b.stop();
  await a.run(["restore", "yesterday.db", "--replace"]);
  await fails(a.folder, ["post", "five", "--dev"], "held");
  await a.run(["post", "five", "--dev", "--sign-anyway"]);
});

Deno.test("P7: a copy of a running server's files, taken elsewhere, asks before it signs, however fresh", async () => {
  await using a = makeNeighbour("Ada");
  await a.init();
  await a.start();
  await waitUntil("A may sign", () => a.read((db) => findSigning(db)?.outcome === "allowed"));
  const elsewhere = `${a.folder}/elsewhere`;
  await Deno.mkdir(elsewhere);
  using original = new DatabaseSync(`${a.folder}/capsule.db`);
  original.exec(`vacuum into '${elsewhere}/capsule.db'`);
  const copy = openDatabase(`${elsewhere}/capsule.db`);
  const lease = findLease(copy);
  ok(lease !== undefined && findSigning(copy)?.start === lease.start);
  // On another machine nobody listens where the server did.
  insertLease(copy, { ...lease, url: `http://127.0.0.1:${findFreePort()}` }, Infinity);
  copy.close();
  await fails(elsewhere, ["post", "from the copy", "--dev"], "held");
  await a.run(["post", "from the original"]);
});

Deno.test("P6: a closed identity publishes nothing any more, and its mirrors say so", async () => {
  const [a, b] = await openFollowed();
  await using _a = a;
  await using _b = b;
  await fails(a.folder, ["close"], "phrase_missing");
  await a.run(["close", "--json"], `${a.phrase()}\n`);
  await fails(a.folder, ["post", "three"], "held");
  await waitUntil("B's mirror is closed", () => b.mirror(a.id())?.state === "closed");
  equal(texts(b, a.id()).join(), "one,two");
  await verifyAll([a, b]);
});
