import { deepEqual, equal, ok } from "node:assert/strict";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { countFollowers } from "../../storage/followers.ts";
import { listPieces, type Piece } from "../../storage/pieces.ts";
import { pieceUrl } from "../../views/urls.ts";
import { SAMPLE } from "../support/import.ts";
import {
  makeNeighbour,
  type Neighbour,
  verifyAll,
  waitForBlobs,
  waitForCopy,
  waitForMirror,
  waitUntil,
} from "../support/mesh_rig.ts";

const corpus = Deno.env.get("CAPSULE_CORPUS");
const archive = corpus === undefined ? SAMPLE : `${corpus}/rust-blog`;
/** Pages compared byte for byte: the whole sample, a part of a large archive. */
const PAGES_MAX = 60;
const FEEDS = ["/feed.json", "/feed.atom", "/feed.rss", "/articles/feed.json"];

/** What readers saw of a capsule, with its address written as ADDRESS. */
type Seen = Readonly<{ pages: Map<string, string>; pictures: Map<string, string> }>;

function listOwn({ read }: Neighbour): Piece[] {
  return read((db) => {
    const log = findOwnCapsule(db)?.log ?? 0;
    return listPieces(db, { log, limit: 1_000 });
  });
}

async function look(author: Neighbour, pieces: readonly Piece[]): Promise<Seen> {
  const step = Math.max(1, Math.ceil(pieces.length / PAGES_MAX));
  const paths = pieces.filter((_, i) => i % step === 0).map((piece) => pieceUrl(piece));
  const pages = new Map<string, string>();
  for (const path of ["/", "/archive", "/tags", ...paths, ...FEEDS]) {
    pages.set(path, (await author.get(path)).replaceAll(author.address, "ADDRESS"));
  }
  const pictures = new Map<string, string>();
  const hashes = pieces.flatMap(({ pictures, cover }) => [...pictures, ...(cover ? [cover] : [])])
    .map(({ hash }) => hash);
  for (const hash of new Set(hashes)) {
    const response = await fetch(`${author.address}/mesh/1/blob/${hash}`);
    equal(response.status, 200, `picture ${hash}`);
    const bytes = await response.arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    equal(digest, hash);
    pictures.set(hash, digest);
  }
  return { pages, pictures };
}

function compare(before: Seen, after: Seen): void {
  deepEqual([...after.pictures.keys()].sort(), [...before.pictures.keys()].sort());
  for (const [path, text] of before.pages) equal(after.pages.get(path), text, path);
}

/** An archive is imported and served, and everybody follows; answers what readers saw of it. */
async function importAndFollow(author: Neighbour, followers: readonly Neighbour[]): Promise<Seen> {
  await Promise.all([author, ...followers].map((neighbour) => neighbour.init()));
  await author.run(["import", archive, "--json"]);
  await author.run(["post", "The last words before the fire."]);
  await author.start();
  for (const follower of followers) {
    await follower.start();
    const followed = await follower.run(["follow", author.address, "--json"]);
    equal(followed.json().id, author.id());
  }
  for (const follower of followers) await waitForMirror(follower, author);
  const seen = await look(author, listOwn(author));
  for (const follower of followers) await waitForBlobs(follower, author.id(), seen.pictures.size);
  await waitUntil(
    "the author knows every follower",
    () => author.read(countFollowers) === followers.length,
  );
  return seen;
}

type Recovered = Readonly<
  { id: string; entries: number; contents: number; blobs: number; followers: number }
>;

Deno.test("P3, P6: an author whose folder and port are gone comes back from a phrase and one follower", async (test) => {
  await using a = makeNeighbour("Ada");
  await using b = makeNeighbour("Ben");
  await using c = makeNeighbour("Cleo");
  await using d = makeNeighbour("Dan");
  await using e = makeNeighbour("Eve");
  await using f = makeNeighbour("Fay");
  await using again = makeNeighbour("Ada again");
  const before = await importAndFollow(a, [b, c, d, e]);
  const size = a.size();

  await test.step("its folder is deleted and its port closed: readers still read it on a mirror", async () => {
    await a.kill();
    await Deno.remove(`${a.folder}/capsule.db`);
    for (const path of before.pages.keys()) await b.get(`/~${a.id()}${path}`);
  });

  await test.step("a new follower gets everything from a mirror", async () => {
    await f.init();
    await f.start();
    await f.run(["follow", `${b.address}/~${a.id()}/`, "--json"]);
    await waitForCopy(f, a.id(), size);
    await waitForBlobs(f, a.id(), before.pictures.size);
  });

  await test.step("the phrase and one follower bring everything back, elsewhere", async () => {
    const words = ["recover", "--from", c.address, "--address", again.address, "--dev", "--json"];
    const recovered = (await again.run(words, `${a.phrase()}\n`)).json<Recovered>();
    equal(recovered.id, a.id());
    equal(recovered.entries, size);
    equal(recovered.contents, size);
    equal(recovered.blobs, before.pictures.size);
    ok(recovered.followers >= 1, JSON.stringify(recovered));
    await again.start();
    compare(before, await look(again, listOwn(again)));
  });

  await test.step("all followers re-point by themselves, and a new post arrives everywhere", async () => {
    const everybody = [b, c, d, e, f];
    await waitUntil(
      "every follower knows the new address",
      () => everybody.every((one) => one.mirror(a.id())?.address === again.address),
    );
    await again.run(["post", "I am back."]);
    for (const one of everybody) {
      await waitForCopy(one, a.id(), again.size());
      ok((await one.get(`/~${a.id()}/`)).includes("I am back."), one.name);
    }
    await verifyAll([again, ...everybody]);
  });
});
