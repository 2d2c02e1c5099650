/** A disk that fills up while a copy is made: what is said, what stays, and that it goes on by itself. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { isDiskFull } from "../../mesh/pull_problem.ts";
import { makePulls } from "../../mesh/pulls.ts";
import type { Database } from "../../storage/database.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { describeMirror } from "../../views/mirror_states.ts";
import { followServed, serveAuthor } from "../support/author_server.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { openTestMesh } from "../support/mesh.ts";
import { openTestAuthor } from "../support/mirror.ts";

/** Lets the database grow by so many pages of its own; without a number, as it likes. */
function leaveRoom(db: Database, pages?: number): void {
  const { page_count: now } = db.prepare("pragma page_count").get() as { page_count: number };
  db.exec(`pragma max_page_count = ${pages === undefined ? 1_000_000 : now + pages}`);
}

Deno.test("a disk that is full while a copy is made is told in one sentence, nothing is lost, and it goes on by itself", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishManyPosts(author, { count: 9_000, fromMs: START_MS, stepMs: 60_000 });
  await using server = serveAuthor(author);
  using me = openTestCapsule();
  const { db } = me;
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  leaveRoom(db, 700);
  const pulls = makePulls();
  const { signal } = new AbortController();
  const turn = async () => {
    await pulls.round(mesh, signal);
    await pulls.settle?.();
  };
  await turn();
  const held = findLogMirror(db, log);
  ok(held !== undefined && held.entries > 0 && held.entries < 9_001, `${held?.entries} entries`);
  equal(held.problem, "disk_full");
  deepEqual([describeMirror(held).label, describeMirror(held).trouble], ["No room", 2]);
  const warnings = () =>
    mesh.logged.filter(({ message }) => message.startsWith("The disk is full: copying waits"));
  equal(warnings().length, 1);
  const asked = server.requests.length;
  me.wait(30_000);
  await turn();
  equal(server.requests.length, asked, "nobody is asked while nothing can be stored");
  me.wait(31_000);
  await turn();
  equal(warnings().length, 1, "told once");
  leaveRoom(db);
  me.wait(61_000);
  await turn();
  const mirror = findLogMirror(db, log);
  deepEqual([mirror?.state, mirror?.isComplete, mirror?.entries], ["current", true, 9_001]);
  equal(mirror?.problem, undefined);
  ok(mesh.logged.some(({ message }) => message.startsWith("There is room again")));
});

Deno.test("a pull by hand on a full disk keeps what came, and says why it ended", async () => {
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  publishManyPosts(author, { count: 9_000, fromMs: START_MS, stepMs: 60_000 });
  await using server = serveAuthor(author);
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const log = followServed(me, author, server.origin);
  leaveRoom(me.db, 700);
  const error = await pullMirror(mesh, log).catch((problem) => problem);
  ok(isDiskFull(error), String(error));
  equal(findLogMirror(me.db, log)?.problem, "disk_full");
  leaveRoom(me.db);
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.isComplete, mirror?.problem], [true, undefined]);
});
