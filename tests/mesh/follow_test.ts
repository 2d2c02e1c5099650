import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { followCapsule, FollowProblem, unfollowCapsule } from "../../mesh/follow.ts";
import { readTarget } from "../../mesh/follow_target.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { saveBlock } from "../../storage/blocks.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findContent } from "../../storage/contents.ts";
import { listDueDeliveries } from "../../storage/deliveries.ts";
import { findEntry } from "../../storage/entries.ts";
import { listHolders } from "../../storage/holders.ts";
import { countMirrors, deleteMirrorPart, findMirror } from "../../storage/mirrors.ts";
import { findPeers } from "../../storage/peers.ts";
import { type AuthorServer, serveAuthor } from "../support/author_server.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
import { openTestMesh, type TestMesh } from "../support/mesh.ts";
import { openTestAuthor, type TestAuthor } from "../support/mirror.ts";

type Rig = Readonly<
  { author: TestAuthor; server: AuthorServer; me: TestCapsule; mesh: TestMesh }
>;

async function withRig(work: (rig: Rig) => Promise<void>): Promise<void> {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  await using server = serveAuthor(author);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  await work({ author, server, me, mesh });
}

/** Kind and content of the newest own entry. */
function newestEntry({ db, log }: TestCapsule): { kind: string | undefined; content: unknown } {
  const index = (findCheckpoint(db, log)?.size ?? 0) - 1;
  const found = findContent(db, log, index);
  const text = found.state === "held" ? new TextDecoder().decode(found.bytes) : "null";
  return { kind: findEntry(db, log, index)?.kind, content: JSON.parse(text) };
}

Deno.test("a follow is a row, a signed entry and a delivery at once", () =>
  withRig(async ({ author, server, me, mesh }) => {
    const followed = await followCapsule(mesh, { target: server.origin, isQuiet: false });
    const { log, ...told } = followed;
    deepEqual(told, {
      id: author.id,
      address: server.origin,
      name: "Ben",
      size: 1,
      state: "new",
      isNew: true,
    });
    ok(log !== me.log);
    const { kind, content } = newestEntry(me);
    equal(kind, "follow");
    const { follows, address } = content as { follows: string; address: string };
    deepEqual([follows, address], [author.id, server.origin]);
    const deliveries = listDueDeliveries(me.db, me.now(), 10)
      .map(({ kind, peer, n }) => ({ kind, peer, n }));
    ok(deliveries.some(({ kind, peer, n }) => kind === "follow" && peer === author.id && n === 1));
    const again = await followCapsule(mesh, { target: server.origin, isQuiet: false });
    deepEqual([again.isNew, again.log], [false, log]);
    equal(countMirrors(me.db), 1);
  }));

Deno.test("a quiet follow is in no log and in no delivery, until it is made an open one", () =>
  withRig(async ({ author, server, me, mesh }) => {
    const before = findCheckpoint(me.db, me.log)?.size;
    await followCapsule(mesh, { target: server.origin, isQuiet: true });
    equal(findCheckpoint(me.db, me.log)?.size, before);
    deepEqual(listDueDeliveries(me.db, me.now(), 10), []);
    ok(findMirror(me.db, author.id)?.isQuiet);
    await followCapsule(mesh, { target: server.origin, isQuiet: false });
    equal(findMirror(me.db, author.id)?.isQuiet, false);
    equal(newestEntry(me).kind, "follow");
  }));

Deno.test("P14: followed from a mirror, the author's address is a claim until it answers", () =>
  withRig(async ({ author, server, me, mesh }) => {
    await pullMirror(
      mesh,
      (await followCapsule(mesh, { target: server.origin, isQuiet: false })).log,
    );
    await using mirror = serveAuthor(me);
    // Every test capsule has one id: the reader is somebody else.
    using reader = openTestAuthor({ name: "Cleo", address: "https://cleo.example", seed: 9 });
    await using theirs = await openTestMesh(reader);
    const followed = await followCapsule(theirs, {
      target: `${mirror.origin}/~${author.id}/p/1`,
      isQuiet: false,
    });
    equal(followed.id, author.id);
    equal(followed.size, 1);
    const [claim] = findPeers(reader.db, author.id);
    deepEqual([claim?.address, claim?.confirmedAtMs], ["https://ben.example", undefined]);
    deepEqual(listHolders(reader.db, followed.log, 10).map(({ id }) => id), [me.id]);
    const { mirror: pulled } = await pullMirror(theirs, followed.log);
    equal(pulled?.state, "current");
    const asked = server.requests.length;
    ok(asked > 0 && pulled?.originSeenAtMs === undefined);
  }));

Deno.test("nobody follows themselves, whom they blocked, or an id without an address", () =>
  withRig(async ({ author, server, me, mesh }) => {
    await using own = serveAuthor(me);
    const expect = async (target: string, code: string) => {
      await rejects(
        followCapsule(mesh, { target, isQuiet: false }),
        (error) => error instanceof FollowProblem && error.code === code,
        target,
      );
    };
    await expect(own.origin, "own_capsule");
    await expect(me.id, "own_capsule");
    await expect(author.id, "from_needed");
    await expect("mailto:ben@example.org", "target_form");
    saveBlock(me.db, author.id, me.now());
    await expect(server.origin, "blocked");
    equal(countMirrors(me.db), 0);
  }));

Deno.test("an unfollow hides at once, says so in the log, and is erased in parts", () =>
  withRig(async ({ author, server, me, mesh }) => {
    const { log } = await followCapsule(mesh, { target: server.origin, isQuiet: false });
    await pullMirror(mesh, log);
    equal(unfollowCapsule(mesh, server.origin).state, "leaving");
    equal(newestEntry(me).kind, "unfollow");
    throws(() => unfollowCapsule(mesh, author.id), { code: "not_followed" });
    await rejects(followCapsule(mesh, { target: server.origin, isQuiet: false }), {
      code: "leaving",
    });
    while (!deleteMirrorPart(me.db, log, 5));
    equal(findMirror(me.db, author.id), undefined);
    const again = await followCapsule(mesh, { target: server.origin, isQuiet: false });
    equal(again.isNew, true);
  }));

Deno.test("what a person types is read as they mean it", () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  const { id } = author;
  const read = (target: string, from?: string) => readTarget({ target, from });
  deepEqual(read(" Ada.Example/ "), { address: "https://ada.example" });
  deepEqual(read("http://ada.example:8000/p/7?x#y"), { address: "http://ada.example:8000" });
  deepEqual(read(id), { id, from: undefined });
  deepEqual(read(id, "b.example"), { id, from: "https://b.example" });
  deepEqual(read(`https://b.example/~${id}/p/3`), { id, from: "https://b.example" });
  // Not an id: then who lives there is meant.
  deepEqual(read("https://b.example/~cap1nonsense"), { address: "https://b.example" });
  for (const wrong of ["", "https://u:p@a.example", "ftp://a.example", "https://a_b.example"]) {
    throws(() => read(wrong), { code: "target_form" }, wrong);
  }
});
