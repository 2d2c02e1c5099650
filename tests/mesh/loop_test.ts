import { deepEqual, equal, ok } from "node:assert/strict";
import { runLoop } from "../../mesh/loop.ts";
import type { Part } from "../../mesh/mesh.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openTestMesh } from "../support/mesh.ts";

const LATER_MS = 3_600_000;

async function until(isDone: () => boolean): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!isDone()) {
    ok(Date.now() < endMs, "not in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("a commit gives every part a turn soon; nothing else does before it is due", async () => {
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const stop = new AbortController();
  let turns = 0;
  const part: Part = {
    name: "count",
    round: () => {
      turns += 1;
      return Promise.resolve(LATER_MS);
    },
  };
  const running = runLoop(mesh, [part], stop.signal);
  await until(() => turns === 1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  equal(turns, 1);
  const committedAtMs = Date.now();
  me.post({ text: "Something happened" });
  await until(() => turns === 2);
  // Half a second where nothing else runs.
  ok(Date.now() - committedAtMs < 5_000);
  me.wait(LATER_MS + 1);
  await until(() => turns === 3);
  stop.abort();
  await running;
});

Deno.test("a part that fails is told once and tried later; the others go on", async () => {
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const stop = new AbortController();
  let good = 0;
  let bad = 0;
  const running = runLoop(mesh, [
    {
      name: "bad",
      round: () => {
        bad += 1;
        return Promise.reject(new Error("No luck"));
      },
    },
    { name: "good", round: () => Promise.resolve((good += 1, LATER_MS)) },
  ], stop.signal);
  await until(() => good === 1 && bad === 1);
  me.wait(60_001);
  await until(() => bad === 2);
  equal(good, 1);
  stop.abort();
  await running;
  deepEqual(mesh.logged.map(({ fields }) => fields), [{ part: "bad" }, { part: "bad" }]);
});

Deno.test("the loop ends when told to, after what its parts have begun", async () => {
  using me = openTestCapsule();
  await using mesh = await openTestMesh(me);
  const stop = new AbortController();
  const ended: string[] = [];
  const work = Promise.withResolvers<void>();
  const running = runLoop(mesh, [{
    name: "long",
    round: (_mesh, signal) => {
      signal.addEventListener("abort", () => setTimeout(work.resolve, 50));
      return Promise.resolve(LATER_MS);
    },
    settle: async () => {
      await work.promise;
      ended.push("work");
    },
  }], stop.signal);
  setTimeout(() => stop.abort(), 100);
  await running;
  deepEqual(ended, ["work"]);
});
