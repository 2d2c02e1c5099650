import { deepEqual, equal } from "node:assert/strict";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { listContents } from "../../storage/contents.ts";
import type { Database } from "../../storage/database.ts";
import { listEntries } from "../../storage/entries.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findMirror } from "../../storage/mirrors.ts";
import { listPieces } from "../../storage/pieces.ts";
import {
  makeNeighbour,
  type Neighbour,
  verifyAll,
  waitForMirror,
  waitUntil,
} from "../support/mesh_rig.ts";

const isSoak = Deno.env.get("CAPSULE_TEST_SOAK") === "1";
const STEPS = isSoak ? 400 : 24;
/** Steps between two times at which everybody is up and everything is compared. */
const STEPS_TO_HEAL = 12;
const NAMES = ["Ada", "Ben", "Cleo", "Dan", "Eve"];

/** Numbers that a seed repeats (mulberry32). */
function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A log as it must be the same at its author's and on every copy. */
function digest(db: Database, log: number): object {
  const size = findCheckpoint(db, log)?.size ?? 0;
  const entries = listEntries(db, log, 0, 1_000).map((entry) => entry.hash.toHex());
  // Whether a revision went with its piece nobody can see without its bytes: a late copy calls it absent.
  const contents = listContents(db, log, 0, size).map((content) => content.state === "held");
  const pieces = listPieces(db, { log, limit: 1_000 }).map((piece) => [piece.hash, piece.text]);
  return { size, entries, contents, pieces };
}

function ownDigest(author: Neighbour): object {
  return author.read((db) => digest(db, findOwnCapsule(db)?.log ?? 0));
}

function copyDigest(mirror: Neighbour, author: Neighbour): object {
  return mirror.read((db) => digest(db, findMirror(db, author.id())?.log ?? 0));
}

/** Publishes; where every follower is dead the owner, who knows that this database is the newest, decides to go on. */
async function publish(author: Neighbour, words: readonly string[]): Promise<void> {
  try {
    await author.run(words);
  } catch (error) {
    if (!String(error).includes("none of your followers answered")) throw error;
    await author.run([...words, "--sign-anyway"]);
  }
}

async function write(author: Neighbour, random: () => number, step: number): Promise<void> {
  const pieces = author.read((db) =>
    listPieces(db, { log: findOwnCapsule(db)?.log ?? 0, limit: 50 })
  );
  const piece = pieces[Math.floor(random() * pieces.length)];
  const choice = random();
  if (piece === undefined || choice < 0.6) {
    await publish(author, ["post", `Step ${step} by ${author.name}`]);
  } else if (choice < 0.85) {
    await publish(author, ["revise", String(piece.index), `Step ${step}, said better`]);
  } else await publish(author, ["withdraw", String(piece.index), "--yes"]);
}

async function heal(
  neighbours: readonly Neighbour[],
  follows: ReadonlyMap<Neighbour, ReadonlySet<Neighbour>>,
): Promise<void> {
  for (const neighbour of neighbours) if (!neighbour.isRunning()) await neighbour.start();
  for (const [mirror, authors] of follows) {
    // Who was silent for long is asked again later and later: not what is tried here.
    for (const author of authors) mirror.askNow(author.id());
    for (const author of authors) await waitForMirror(mirror, author);
    for (const author of authors) {
      const copy = { of: author.name, at: mirror.name, ...copyDigest(mirror, author) };
      deepEqual(copy, { of: author.name, at: mirror.name, ...ownDigest(author) });
    }
  }
}

Deno.test("P2: a walk of posts, edits, withdrawals, follows, kills and restarts leaves every copy right", async () => {
  const seed = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`CAPSULE_TEST_SEED=${seed}`);
  const random = makeRandom(seed);
  await using neighbours = disposeTogether(NAMES.map((name) => makeNeighbour(name)));
  const { list } = neighbours;
  const follows = new Map(list.map((one) => [one, new Set<Neighbour>()]));
  const pick = (from: readonly Neighbour[]) => from[Math.floor(random() * from.length)];
  await Promise.all(list.map((neighbour) => neighbour.init()));
  for (const neighbour of list) await neighbour.start();
  const [ada, ben] = list as [Neighbour, Neighbour];
  await publish(ben, ["follow", ada.address, "--json"]);
  follows.get(ben)?.add(ada);
  for (let step = 0; step < STEPS; step += 1) {
    const running = list.filter((one) => one.isRunning());
    const one = pick(list) as Neighbour;
    const choice = random();
    if (choice < 0.2) await one.kill();
    else if (choice < 0.35) {
      if (!one.isRunning()) await one.start();
    } else if (choice < 0.6) {
      const other = pick(running.filter((author) => author !== one));
      if (other !== undefined && one.isRunning() && !follows.get(one)?.has(other)) {
        await publish(one, ["follow", other.address, "--json"]);
        follows.get(one)?.add(other);
      }
    } else if (one.isRunning()) await write(one, random, step);
    if (step % STEPS_TO_HEAL === STEPS_TO_HEAL - 1) await heal(list, follows);
  }
  await heal(list, follows);
  await waitUntil(
    "nobody is blamed",
    () =>
      list.every((one) =>
        [...(follows.get(one) ?? [])].every((author) =>
          one.mirror(author.id())?.state === "current"
        )
      ),
  );
  for (const one of list) equal(one.isRunning(), true);
  await verifyAll(list);
});

function disposeTogether(
  list: readonly Neighbour[],
): Readonly<{ list: readonly Neighbour[] } & AsyncDisposable> {
  return {
    list,
    [Symbol.asyncDispose]: async () => {
      for (const neighbour of list) await neighbour[Symbol.asyncDispose]();
    },
  };
}
