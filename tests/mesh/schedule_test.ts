import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  backOff,
  chooseDue,
  chooseInterval,
  INTERVAL_MAX_MS,
  INTERVAL_MIN_MS,
  jitter,
  orderSources,
  readRetryAfter,
  type Source,
} from "../../mesh/schedule.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 5, 1);

Deno.test("a log is asked more often the more its author writes, between a minute and six hours", () => {
  const everyMinute = [0, 1, 2, 3].map((n) => NOW_MS - 180_000 + n * 60_000);
  equal(chooseInterval(everyMinute, NOW_MS), INTERVAL_MIN_MS);
  const daily = [3, 2, 1, 0].map((n) => NOW_MS - n * 24 * HOUR_MS);
  equal(chooseInterval(daily, NOW_MS), 3 * HOUR_MS);
  const longAgo = daily.map((ms) => ms - 1_000 * HOUR_MS);
  equal(chooseInterval(longAgo, NOW_MS), INTERVAL_MAX_MS);
  equal(chooseInterval([], NOW_MS), INTERVAL_MAX_MS);
});

Deno.test("whatever times an author claims, the interval stays within its bounds", () => {
  const times = fc.array(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), { maxLength: 8 });
  fc.assert(fc.property(times, (claimed) => {
    const ms = chooseInterval(claimed, NOW_MS);
    ok(ms >= INTERVAL_MIN_MS && ms <= INTERVAL_MAX_MS && Number.isInteger(ms), `${ms}`);
  }));
});

Deno.test("jitter moves a time by a fifth at most, back-off doubles up to six hours", () => {
  deepEqual([0, 0.5, 1].map((random) => jitter(1_000, random)), [800, 1_000, 1_200]);
  deepEqual([0, 1, 2, 30].map(backOff), [15_000, 30_000, 60_000, INTERVAL_MAX_MS]);
});

Deno.test("Retry-After is read as seconds or as a date, and believed for a day at most", () => {
  equal(readRetryAfter("120", NOW_MS), 120_000);
  equal(readRetryAfter(new Date(NOW_MS + 5_000).toUTCString(), NOW_MS), 5_000);
  equal(readRetryAfter("99999999", NOW_MS), 24 * HOUR_MS);
  equal(readRetryAfter("0", NOW_MS), 1_000);
  for (const header of [null, "soon", "-5", "1e3x"]) {
    equal(readRetryAfter(header, NOW_MS), undefined);
  }
});

const ORIGIN: Source = { address: "https://a.example", id: "a", isOrigin: true };
const HOLDERS: readonly Source[] = ["b", "c", "d"].map((id) => ({
  address: `https://${id}.example`,
  id,
  isOrigin: false,
}));

/** Who is asked first, over many draws. */
function firstAsked(sources: readonly Source[], originSeenAtMs: number | undefined): Set<string> {
  let state = 1;
  const random = () => {
    state = Math.imul(state, 48_271) % 2_147_483_647;
    return Math.abs(state) / 2_147_483_647;
  };
  const options = { originSeenAtMs, nowMs: NOW_MS, random };
  const firsts = Array.from({ length: 200 }, () => {
    const ordered = orderSources(sources, options);
    equal(ordered.length, sources.length);
    return ordered[0]?.id ?? "";
  });
  return new Set(firsts);
}

Deno.test("the origin is asked at least daily, and left alone for an hour where others hold the log", () => {
  const all = [ORIGIN, ...HOLDERS];
  deepEqual(firstAsked(all, undefined), new Set(["a"]));
  deepEqual(firstAsked(all, NOW_MS - 25 * HOUR_MS), new Set(["a"]));
  deepEqual(firstAsked(all, NOW_MS - 10 * 60_000), new Set(["b", "c", "d"]));
  deepEqual(firstAsked(all, NOW_MS - 5 * HOUR_MS), new Set(["a", "b", "c", "d"]));
  // A clock that went back does not keep the origin unasked.
  deepEqual(firstAsked(all, NOW_MS + 48 * HOUR_MS), new Set(["a"]));
  deepEqual(firstAsked([ORIGIN], NOW_MS - 60_000), new Set(["a"]));
});

Deno.test("eight are pulled at once, one from a host", () => {
  const due = Array.from({ length: 30 }, (_, n) => ({ host: `h${n % 12}`, n }));
  const chosen = chooseDue(due, ["h0", "h1"], 8);
  deepEqual(chosen.map(({ n }) => n), [2, 3, 4, 5, 6, 7]);
  deepEqual(chooseDue(due, Array(8).fill("x"), 8), []);
});
