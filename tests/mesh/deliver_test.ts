/** Deliveries: what waits arrives, survives, ends; and what the others make of it (docs/protocol.md §12.10). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { runDeliveries } from "../../mesh/deliver.ts";
import { planPush } from "../../mesh/plan_push.ts";
import { publishUnfollow } from "../../mesh/publish_follow.ts";
import { saveBlock } from "../../storage/blocks.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { addDeliveries, countDeliveries, listDueDeliveries } from "../../storage/deliveries.ts";
import { countFollowers, listFollowers, saveFollower } from "../../storage/followers.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { confirmPeer, findPeers } from "../../storage/peers.ts";
import { waitUntil } from "../support/mesh_rig.ts";
import { follow, type Member, openNeighbourhood } from "../support/neighbourhood.ts";

const never = new AbortController().signal;

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("expected one");
  return item;
}

function postsTo(asked: readonly { url: string }[], { address }: Member): number {
  return asked.filter(({ url }) => url === `${address}/mesh/1/inbox`).length;
}

Deno.test("a follow is delivered, and its follower counted with the address it claims", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  equal(countFollowers(ada.db), 1);
  const found = first(listFollowers(ada.db, { limit: 2 }));
  deepEqual([found.id, found.address], [bob.id, bob.address]);
  equal(countDeliveries(bob.db), 0);
});

Deno.test("an address that a follow claims is not confirmed by it", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  ada.db.prepare("delete from peers").run();
  await runDeliveries(bob.mesh, never);
  deepEqual(findPeers(ada.db, bob.id).map(({ confirmedAtMs }) => confirmedAtMs), [undefined]);
  equal(first(listFollowers(ada.db, { limit: 1 })).address, null);
});

Deno.test("a new post is on a follower's pages when its delivery is answered", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const log = follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  ada.post({ text: "First words" });
  await runDeliveries(ada.mesh, never);
  deepEqual(findCheckpoint(bob.db, log), findCheckpoint(ada.db, ada.log));
  const mirror = findLogMirror(bob.db, log);
  deepEqual([mirror?.state, mirror?.isComplete, mirror?.entries], ["current", true, 2]);
  const page = await (await bob.request(`/~${ada.id}/p/1`)).text();
  ok(page.includes("First words"));
});

Deno.test("an unfollow ends it, and an old follow does not bring it back", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  const again = first(town.asked).body ?? "";
  const { index } = publishUnfollow(bob, ada.id);
  addDeliveries(bob.db, "unfollow", bob.log, [ada.id], bob.now(), index);
  await runDeliveries(bob.mesh, never);
  equal(countFollowers(ada.db), 0);
  deepEqual((await ada.deliver(again)).body, { state: "known" });
  equal(countFollowers(ada.db), 0);
});

Deno.test("P11: twenty followers, at most 16 pushes of the origin, and everybody has the post", async () => {
  using town = openNeighbourhood(21);
  const [ada, ...others] = town.members as [Member, ...Member[]];
  const logs = others.map((other) => follow(other, ada));
  for (const other of others) {
    await runDeliveries(other.mesh, never);
    town.wait(61_000);
  }
  equal(countFollowers(ada.db), 20);
  // What is still on its way is none of the sixteen.
  await runDeliveries(ada.mesh, never);
  for (const one of others) {
    for (const two of others) {
      confirmPeer(one.db, { id: two.id, address: two.address, nowMs: one.now() });
    }
  }
  town.asked.length = 0;
  ada.post();
  await runDeliveries(ada.mesh, never);
  equal(town.asked.length, 16);
  for (const other of others) await runDeliveries(other.mesh, never);
  const size = findCheckpoint(ada.db, ada.log)?.size;
  for (const [i, other] of others.entries()) {
    equal(findCheckpoint(other.db, logs[i] ?? 0)?.size, size, `${i} has it`);
  }
  ok(town.asked.length <= 16 + 8, `${town.asked.length} questions in all`);
});

Deno.test("P11: posts one after another are one delivery for each follower", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const log = follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  for (let i = 0; i < 5; i++) ada.post();
  equal(countDeliveries(ada.db), 1);
  await runDeliveries(ada.mesh, never);
  equal(postsTo(town.asked, bob), 1);
  equal(findCheckpoint(bob.db, log)?.size, 6);
});

Deno.test("P14: nothing is delivered to an address that never answered with the id", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  ada.db.prepare("delete from peers").run();
  await runDeliveries(bob.mesh, never);
  town.asked.length = 0;
  ada.post();
  for (let i = 0; i < 20; i++) {
    await runDeliveries(ada.mesh, never);
    town.wait(60_000);
  }
  deepEqual(town.asked, []);
  equal(countDeliveries(ada.db), 1);
  confirmPeer(ada.db, { id: bob.id, address: bob.address, nowMs: ada.now() });
  town.wait(11 * 60_000);
  await runDeliveries(ada.mesh, never);
  equal(postsTo(town.asked, bob), 1);
});

Deno.test("a follower that is away is tried later and later, and not for ever", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  town.away.add(bob.address);
  town.asked.length = 0;
  ada.post();
  const times: number[] = [];
  for (let hours = 0; hours < 80; hours += 1 / 360) {
    const before = town.asked.length;
    await runDeliveries(ada.mesh, never);
    if (town.asked.length > before) times.push(ada.now());
    town.wait(10_000);
  }
  const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  ok(times.length > 10 && times.length < 30, `${times.length} tries`);
  ok((waits[0] ?? 0) >= 8_000 && (waits[0] ?? 0) <= 30_000);
  ok(waits.every((wait) => wait <= 6 * 3_600_000 * 1.3));
  ok((waits.at(-1) ?? 0) > 4 * 3_600_000);
  equal(countDeliveries(ada.db), 0);
});

Deno.test("a busy follower is left alone for as long as it says", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  for (let i = 0; i < 30; i++) await bob.deliver("nothing", "127.0.0.1");
  ada.post();
  town.asked.length = 0;
  await runDeliveries(ada.mesh, never);
  equal(town.asked.length, 1);
  const wait = first(listDueDeliveries(ada.db, Number.MAX_SAFE_INTEGER, 1)).nextAtMs - ada.now();
  ok(wait >= 40_000, `${wait} ms`);
});

Deno.test("whoever is blocked is neither told nor counted", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  ada.post();
  equal(countDeliveries(ada.db), 1);
  saveBlock(ada.db, bob.id, ada.now());
  town.asked.length = 0;
  await runDeliveries(ada.mesh, never);
  deepEqual([countDeliveries(ada.db), town.asked.length, countFollowers(ada.db)], [0, 0, 0]);
  ada.post();
  equal(countDeliveries(ada.db), 0);
});

Deno.test("what was queued before a kill is delivered after it, as read back", async () => {
  using town = openNeighbourhood(2);
  const [ada, bob] = town.members as [Member, Member];
  const log = follow(bob, ada);
  await runDeliveries(bob.mesh, never);
  ada.post({ text: "one" });
  const stop = new AbortController();
  stop.abort();
  await runDeliveries(ada.mesh, stop.signal);
  equal(countDeliveries(ada.db), 1);
  ada.post({ text: "two" });
  await runDeliveries(ada.mesh, never);
  equal(findCheckpoint(bob.db, log)?.size, 3);
});

Deno.test("a slow follower does not hold up the others", async () => {
  using town = openNeighbourhood(3);
  const [ada, bob, cyd] = town.members as [Member, Member, Member];
  follow(bob, ada);
  const log = follow(cyd, ada);
  await runDeliveries(bob.mesh, never);
  await runDeliveries(cyd.mesh, never);
  const slow = Promise.withResolvers<void>();
  const mesh = {
    ...ada.mesh,
    ask: async (question: Parameters<typeof ada.mesh.ask>[0]) => {
      if (question.url.startsWith(bob.address)) await slow.promise;
      return await ada.mesh.ask(question);
    },
  };
  ada.post();
  const round = runDeliveries(mesh, never);
  await waitUntil("the first post", () => findCheckpoint(cyd.db, log)?.size === 2);
  ada.post();
  await waitUntil("the second post", () => findCheckpoint(cyd.db, log)?.size === 3);
  slow.resolve();
  await round;
});

Deno.test("publishing costs no more with a thousand followers than 128 of them cost", () => {
  using town = openNeighbourhood(1);
  const [ada] = town.members as [Member];
  for (let n = 0; n < 1_000; n++) {
    const id = `cap1${n.toString(32).padStart(4, "q")}`;
    saveFollower(ada.db, { id, n: 0, isFollowing: true, proof: "", network: "", nowMs: n });
  }
  ada.post();
  equal(countDeliveries(ada.db), 16);
  equal(planPush([], () => 0).length, 0);
});
