/** A new post on the pages of twenty followers: twenty-one real capsules on loopback. @module */
import { publishPost } from "../../mesh/publish.ts";
import { openDatabase } from "../../storage/database.ts";
import { makeNeighbour, type Neighbour, waitForMirror, waitUntil } from "../support/mesh_rig.ts";
import { median, type Row } from "./row.ts";

const FOLLOWERS = 20;
const POSTS = 5;
const LOOK_MS = 50;
const PAUSE_MS = 3_000;

/** Sets up and starts capsules, a few at once. */
async function startAll(neighbours: readonly Neighbour[]): Promise<void> {
  for (let n = 0; n < neighbours.length; n += 4) {
    const some = neighbours.slice(n, n + 4);
    await Promise.all(some.map((one) => one.init()));
    await Promise.all(some.map((one) => one.start()));
  }
}

async function untilShown(follower: Neighbour, path: string, words: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${follower.address}${path}`);
    if ((await response.text()).includes(words)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The row. */
export const spread: Row = {
  name: "spread",
  async run() {
    await using stack = new AsyncDisposableStack();
    const all = Array.from(
      { length: FOLLOWERS + 1 },
      (_, n) => stack.use(makeNeighbour(`capsule ${n}`)),
    );
    const [author, ...followers] = all as [Neighbour, ...Neighbour[]];
    await startAll(all);
    for (const follower of followers) {
      await follower.run(["follow", author.address, "--json"]);
      await waitForMirror(follower, author);
    }
    await waitUntil(
      "all are known as followers",
      () =>
        author.read((db) => {
          const row = db.prepare(
            `select count(*) as count from followers f join peers p on p.id = f.id
             where p.confirmed_at_ms is not null`,
          ).get() as { count: number };
          return row.count === FOLLOWERS;
        }),
    );
    const slowest: number[] = [];
    for (let n = 0; n < POSTS; n++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const words = `news number ${n}`;
      using db = openDatabase(`${author.folder}/capsule.db`, { mustExist: true });
      publishPost({ db, now: Date.now }, { text: words });
      const postedAtMs = performance.now();
      const path = `/~${author.id()}/`;
      await Promise.all(followers.map((follower) => untilShown(follower, path, words)));
      slowest.push(performance.now() - postedAtMs);
    }
    return [
      {
        what: `post on ${FOLLOWERS} followers’ pages, the last one`,
        value: median(slowest),
        unit: "ms",
        target: { below: 2_000 },
      },
      {
        what: "the same, the slowest of five posts",
        value: Math.max(...slowest),
        unit: "ms",
        target: { none: true },
      },
    ];
  },
};
