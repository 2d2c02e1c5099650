/** Real capsules on loopback: a new post is on its followers' pages at once, and the author knows who keeps it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { countFollowers } from "../../storage/followers.ts";
import { summarizeHoldings } from "../../storage/holdings.ts";
import {
  makeNeighbour,
  type Neighbour,
  verifyAll,
  waitForMirror,
  waitUntil,
} from "../support/mesh_rig.ts";

async function status(neighbour: Neighbour): Promise<
  { followers: number; holdings: { all: number; some: number; none: number; unknown: number } }
> {
  return (await neighbour.run(["status", "--json"])).json();
}

Deno.test("a new post reaches followers within two seconds, and the author knows who holds all of it", async () => {
  await using ada = makeNeighbour("ada");
  await using bob = makeNeighbour("bob");
  await using cyd = makeNeighbour("cyd");
  const all = [ada, bob, cyd];
  await Promise.all(all.map((one) => one.init()));
  await Promise.all(all.map((one) => one.start()));
  await ada.run(["post", "first words"]);
  for (const follower of [bob, cyd]) await follower.run(["follow", ada.address, "--json"]);
  for (const follower of [bob, cyd]) await waitForMirror(follower, ada);
  await waitUntil("both are known as followers", () => ada.read(countFollowers) === 2);
  await waitUntil("both are known to hold all", () => ada.read(summarizeHoldings).all === 2);

  await ada.run(["post", "news that travels"]);
  const postedAtMs = performance.now();
  await waitUntil("the post is on both pages", async () => {
    const pages = await Promise.all([bob, cyd].map((one) => one.get(`/~${ada.id()}/`)));
    return pages.every((page) => page.includes("news that travels"));
  });
  const ms = performance.now() - postedAtMs;
  ok(ms < 5_000, `it took ${Math.round(ms)} ms`);

  await bob.run(["unfollow", ada.address]);
  await waitUntil("one follower is left", () => ada.read(countFollowers) === 1);
  await cyd.stop();
  await ada.run(["post", "while one was away"]);
  await cyd.start();
  await waitForMirror(cyd, ada);
  await waitUntil("it holds all again", () => ada.read(summarizeHoldings).all === 1);
  deepEqual(await status(ada).then(({ followers }) => followers), 1);
  await Promise.all(all.map((one) => one.stop()));
  await verifyAll(all);
  equal(cyd.mirror(ada.id())?.isComplete, true);
});
