import { equal, ok } from "node:assert/strict";
import { allowSigning } from "../../mesh/signing.ts";
import { openDatabase } from "../../storage/database.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { makeNeighbour, verifyAll, waitForMirror, waitUntil } from "../support/mesh_rig.ts";
import { SOURCE } from "../support/process.ts";

const POSTS = 12_000;

Deno.test("a recovery that is killed goes on when it is run again, and has no capsule before its end", async () => {
  await using a = makeNeighbour("Ada");
  await using b = makeNeighbour("Ben");
  await Promise.all([a.init(), b.init()]);
  using db = openDatabase(`${a.folder}/capsule.db`);
  allowSigning(db);
  publishManyPosts({ db, now: Date.now }, {
    count: POSTS,
    fromMs: 1_700_000_000_000,
    stepMs: 60_000,
  });
  db.close();
  await a.start();
  await b.start();
  await b.run(["follow", a.address]);
  await waitForMirror(b, a);
  await a.kill();
  await using again = makeNeighbour("Ada again");
  const words = ["recover", "--from", b.address, "--address", again.address, "--dev", "--json"];
  const [program = "", ...before] = SOURCE;
  const child = new Deno.Command(program, {
    args: [...before, ...words],
    cwd: again.folder,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${a.phrase()}\n`));
  await writer.close();
  const count = () =>
    again.read((copy) =>
      (copy.prepare("select count(*) as n from entries").get() as { n: number }).n
    );
  await waitUntil("a part of it came", () => {
    try {
      return count() > 2_000;
    } catch {
      // The file, or its tables, are not there yet.
      return false;
    }
  });
  child.kill("SIGKILL");
  await child.status;
  const kept = count();
  ok(kept > 2_000);
  const isWhole = again.read((copy) => findOwnCapsule(copy)) !== undefined;
  const recovered = await again.run(words, `${a.phrase()}\n`).catch((error) => {
    // It may have come to its end just before.
    if (isWhole) return undefined;
    throw error;
  });
  if (recovered !== undefined) equal(recovered.json().entries, POSTS + 1);
  equal(again.size(), POSTS + 1);
  await verifyAll([again]);
});
