import { deepEqual, equal } from "node:assert/strict";
import { AGAIN_MS, makeRest, REST_MS } from "../../host/rest.ts";

Deno.test("memory is given back once when nobody has come for a while, and not while they come", () => {
  let nowMs = 1_000_000;
  let cameMs = nowMs;
  const collected: unknown[] = [];
  const look = makeRest({
    tick: () => nowMs,
    quietMs: () => nowMs - cameMs,
    collect: (options) => void collected.push(options),
  });
  for (let n = 0; n < 100; n++) {
    nowMs += 4_000;
    cameMs = nowMs;
    look();
  }
  equal(collected.length, 0, "somebody comes all the time");
  nowMs += REST_MS - 1;
  look();
  equal(collected.length, 0);
  nowMs += 1;
  look();
  look();
  deepEqual(collected, [{ type: "major", flavor: "last-resort" }]);
  nowMs += AGAIN_MS * 2;
  look();
  equal(collected.length, 1, "there is nothing new to give back");
  cameMs = nowMs;
  nowMs += REST_MS;
  look();
  equal(collected.length, 2);
  cameMs = nowMs;
  nowMs += REST_MS;
  look();
  equal(collected.length, 2, "one visitor now and then is not paid for with a pause each");
  nowMs += AGAIN_MS;
  look();
  equal(collected.length, 3);
});

Deno.test("the program runs with what gives memory back, as tasks and tests do", async () => {
  const { PROGRAM_FLAGS } = await import("../../.ci/program.ts");
  const flag = PROGRAM_FLAGS.find((text) => text.startsWith("--v8-flags=")) ?? "";
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  for (const name of ["start", "dev", "capsule"]) {
    equal(/--v8-flags=\S+/.exec(tasks[name].command)?.[0], flag, name);
  }
  const { SOURCE } = await import("../support/process.ts");
  equal(SOURCE.includes(flag), true);
  equal(flag.includes("--expose-gc"), true);
});
