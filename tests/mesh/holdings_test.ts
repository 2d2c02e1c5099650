/** What followers hold of our own work (docs/protocol.md §12.11). */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { runDeliveries } from "../../mesh/deliver.ts";
import { decodeHoldings, runHoldings } from "../../mesh/holdings.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { listPicturesNowhereElse, summarizeHoldings } from "../../storage/holdings.ts";
import { saveMirrorBlob } from "../../storage/mirror_blobs.ts";
import { listHolders } from "../../storage/holders.ts";
import { copyAuthor } from "../support/mirror.ts";
import {
  follow,
  type Member,
  type Neighbourhood,
  openNeighbourhood,
} from "../support/neighbourhood.ts";

const never = new AbortController().signal;

function copy(member: Member, author: Member, log: number, newest?: number): void {
  const asAuthor = { ...author, wait: () => {}, [Symbol.dispose]: () => {} };
  const how = { log, nowMs: member.now(), ...(newest === undefined ? {} : { newest }) };
  copyAuthor(member.db, asAuthor, how);
}

async function ask(town: Neighbourhood, { mesh }: Member, ms = 10_000): Promise<void> {
  town.wait(3_000);
  await runHoldings(mesh, never);
  town.wait(ms);
}

Deno.test("a new follower is asked soon, until it holds all, and daily from then on", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  ada.post();
  const log = follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  deepEqual(summarizeHoldings(ada.db), { all: 0, some: 0, none: 0, unknown: 1 });
  town.asked.length = 0;
  await ask(town, ada);
  deepEqual(summarizeHoldings(ada.db), { all: 0, some: 0, none: 1, unknown: 0 });
  copy(bob, ada, log, 1);
  await ask(town, ada);
  deepEqual(summarizeHoldings(ada.db), { all: 0, some: 1, none: 0, unknown: 0 });
  bob.db.prepare("delete from missing_entries").run();
  for (let n = 0; n < 5; n++) await ask(town, ada);
  deepEqual(summarizeHoldings(ada.db), { all: 1, some: 0, none: 0, unknown: 0 });
  const before = town.asked.length;
  for (let hour = 0; hour < 48; hour++) await ask(town, ada, 3_600_000);
  ok(town.asked.length - before <= 2, `${town.asked.length - before} questions in two days`);
  bob.db.prepare("insert into missing_entries (log, from_n, to_n) values (?, 0, 1)").run(log);
});

Deno.test("a follower that took the newest post holds all of it, without being asked", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const log = follow(bob, ada);
  copy(bob, ada, log);
  await runDeliveries(bob.mesh, never);
  await ask(town, ada);
  equal(summarizeHoldings(ada.db).all, 1);
  ada.post();
  equal(summarizeHoldings(ada.db).all, 0);
  await runDeliveries(ada.mesh, never);
  equal(summarizeHoldings(ada.db).all, 1);
});

Deno.test("one that keeps nothing of ours says so, one that is away says nothing", async () => {
  using town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  follow(bob, ada);
  follow(cyd, ada);
  for (const member of [bob, cyd]) await runDeliveries(member.mesh, never);
  bob.db.prepare("update mirrors set state = 'leaving'").run();
  town.away.add(cyd.address);
  await ask(town, ada);
  deepEqual(summarizeHoldings(ada.db), { all: 0, some: 0, none: 1, unknown: 1 });
  ok(!listHolders(ada.db, ada.log, 9).some(({ id }) => id === bob.id));
  town.asked.length = 0;
  for (let n = 0; n < 60; n++) await ask(town, ada, 60_000);
  const cyds = town.asked.filter(({ url }) => url.startsWith(cyd.address));
  ok(cyds.length <= 2, `${cyds.length} questions in an hour`);
});

Deno.test("a picture that no follower has is listed, until one has it", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const bytes = Uint8Array.fromBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  );
  const hash = saveBlob(ada.db, bytes, { type: "image/png", width: 1, height: 1 }, ada.now());
  const index = ada.post({ pictures: [{ hash, description: "" }] });
  const log = follow(bob, ada);
  copy(bob, ada, log);
  await runDeliveries(bob.mesh, never);
  deepEqual(listPicturesNowhereElse(ada.db, 9), [{ hash, index }]);
  await ask(town, ada);
  deepEqual(listPicturesNowhereElse(ada.db, 9), [{ hash, index }]);
  equal(summarizeHoldings(ada.db).some, 1);
  saveMirrorBlob(bob.db, log, bytes, { type: "image/png", width: 1, height: 1 }, bob.now());
  for (let n = 0; n < 5; n++) await ask(town, ada);
  deepEqual(listPicturesNowhereElse(ada.db, 9), []);
  equal(summarizeHoldings(ada.db).all, 1);
});

Deno.test("P9: what is no answer about holdings is not taken", () => {
  const whole = {
    id: "cap1x",
    size: 3,
    complete: 3,
    entries: 3,
    contents: 3,
    blobs: 0,
    blobBytes: 0,
    budget: 1,
    missingBlobs: ["0".repeat(64)],
    isListWhole: true,
    mirrors: [],
  };
  equal(decodeHoldings(JSON.stringify(whole), "cap1x").holdings.size, 3);
  for (
    const wrong of [
      { id: "cap1y" },
      { size: -1 },
      { size: "3" },
      { complete: null },
      { blobBytes: 1e16 },
      { missingBlobs: ["x"] },
      { missingBlobs: Array.from({ length: 501 }, () => "0".repeat(64)) },
    ]
  ) throws(() => decodeHoldings(JSON.stringify({ ...whole, ...wrong }), "cap1x"));
  throws(() => decodeHoldings("[]", "cap1x"));
  const claim = { ...whole, complete: 9 };
  equal(decodeHoldings(JSON.stringify(claim), "cap1x").holdings.complete, 3);
});
