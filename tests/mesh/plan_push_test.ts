/** Planning pushes: whom a new checkpoint is told (docs/protocol.md §13). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Candidate, planPush, PUSHES_MAX, TELL_MAX } from "../../mesh/plan_push.ts";

/** Numbers that look like chance and are the same in every run. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function makeFollowers(count: number, networkOf: (n: number) => string = () => ""): Candidate[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `cap${n}`,
    sinceMs: n,
    network: networkOf(n),
  }));
}

Deno.test("P11: at most 16 are told, whatever the number of followers", () => {
  for (const count of [0, 1, 15, 16, 17, 128, 10_000]) {
    const pushes = planPush(makeFollowers(count), makeRandom(count + 1));
    equal(pushes.length, Math.min(count, PUSHES_MAX));
    equal(new Set(pushes.map(({ id }) => id)).size, pushes.length);
  }
});

Deno.test("half of those who are told are the ones known longest, the others change", () => {
  const followers = makeFollowers(200);
  const seen = new Set<string>();
  for (let seed = 1; seed <= 50; seed++) {
    const told = new Set(planPush(followers, makeRandom(seed)).map(({ id }) => id));
    for (let n = 0; n < PUSHES_MAX / 2; n++) ok(told.has(`cap${n}`));
    for (const id of told) seen.add(id);
  }
  ok(seen.size > 100, `${seen.size} of 200 were told in 50 rounds`);
});

Deno.test("of one network one follower is told, so that many names at one place take no more than one", () => {
  const followers = makeFollowers(100, (n) => n < 60 ? "203.0.113.0/24" : "");
  const told = planPush(followers, makeRandom(3)).map(({ id }) => Number(id.slice(3)));
  equal(told.filter((n) => n < 60).length, 1);
  equal(told.length, PUSHES_MAX);
});

Deno.test("whoever is not told is passed on to by two others, as far as four for each go", () => {
  for (const count of [17, 20, 48, 128]) {
    const pushes = planPush(makeFollowers(count), makeRandom(count));
    const told = new Set(pushes.map(({ id }) => id));
    const passes = new Map<string, Set<string>>();
    for (const { id, tell } of pushes) {
      ok(tell.length <= TELL_MAX);
      equal(new Set(tell).size, tell.length);
      for (const other of tell) {
        ok(!told.has(other));
        passes.set(other, (passes.get(other) ?? new Set()).add(id));
      }
    }
    equal(passes.size, Math.min(count - PUSHES_MAX, PUSHES_MAX * TELL_MAX / 2));
    deepEqual([...passes.values()].every((tellers) => tellers.size === 2), true);
  }
});
