import { deepEqual, equal } from "node:assert/strict";
import { Beat } from "../../host/beat.ts";

/** A beat whose clock goes on as it says it will wake, and a visit whenever one comes. */
function makeBeat() {
  let nowMs = 0;
  let visits = 0;
  const beat = new Beat({ countVisits: () => visits, tick: () => nowMs });
  const pauses: number[] = [];
  return {
    beat,
    pauses,
    come: () => void (visits += 1),
    wait(ms: number) {
      const endMs = nowMs + ms;
      for (let nextMs = 500; nowMs + nextMs <= endMs;) {
        nowMs += nextMs;
        nextMs = beat.wake();
        pauses.push(nextMs);
      }
      nowMs = endMs;
    },
    [Symbol.dispose]: () => beat.stop(),
  };
}

Deno.test("looks share one timer: twice a second while somebody comes, every two seconds when nobody does", () => {
  using made = makeBeat();
  made.wait(14_500);
  equal(Math.max(...made.pauses), 500, "the start counts as somebody");
  made.wait(60_000);
  equal(made.pauses.at(-1), 2_000);
  equal(made.beat.quietMs > 60_000, true);
  made.come();
  made.wait(2_000);
  equal(made.pauses.at(-1), 500);
  equal(made.beat.quietMs < 2_000, true);
});

Deno.test("each look comes about as often as it asks for, also when nobody comes, and not after it was ended", () => {
  using made = makeBeat();
  const counts = { often: 0, pulse: 0, seldom: 0 };
  made.beat.every(500, () => counts.often += 1);
  const forget = made.beat.every(4_000, () => counts.pulse += 1);
  made.beat.every(60_000, () => counts.seldom += 1);
  made.wait(10_000);
  deepEqual(counts, { often: 20, pulse: 2, seldom: 0 });
  made.wait(170_000);
  deepEqual([counts.pulse >= 43, counts.pulse <= 46], [true, true], `${counts.pulse} pulses`);
  deepEqual([counts.seldom >= 2, counts.seldom <= 3], [true, true], `${counts.seldom}`);
  equal(counts.often < 130, true, `${counts.often} looks`);
  forget();
  const { pulse } = counts;
  made.wait(20_000);
  equal(counts.pulse, pulse);
});

Deno.test("after its end a beat runs nothing more", () => {
  using made = makeBeat();
  let count = 0;
  made.beat.every(500, () => count += 1);
  made.beat.stop();
  made.wait(5_000);
  equal(count, 0);
});
