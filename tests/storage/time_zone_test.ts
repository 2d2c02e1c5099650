import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import {
  findMonth,
  findMonthStartMs,
  isTimeZone,
  makeMonthFinder,
} from "../../storage/time_zone.ts";
import { countWords } from "../../storage/words.ts";

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Pacific/Apia",
  "Asia/Gaza",
];

Deno.test("isTimeZone knows IANA names and nothing else", () => {
  for (const zone of ZONES) equal(isTimeZone(zone), true, zone);
  for (const zone of ["", "Mars/Base", "x".repeat(500)]) equal(isTimeZone(zone), false, zone);
});

Deno.test("months begin at local midnight, also before and after a change of clocks", () => {
  equal(findMonthStartMs("UTC", { year: 2024, month: 3 }), Date.UTC(2024, 2, 1));
  equal(findMonthStartMs("Europe/Berlin", { year: 2024, month: 4 }), Date.UTC(2024, 2, 31, 22));
  equal(findMonthStartMs("Europe/Berlin", { year: 2024, month: 11 }), Date.UTC(2024, 9, 31, 23));
  equal(
    findMonthStartMs("Asia/Kolkata", { year: 2024, month: 13 }),
    Date.UTC(2024, 11, 31, 18, 30),
  );
  equal(findMonthStartMs("America/New_York", { year: 1999, month: 1 }), Date.UTC(1999, 0, 1, 5));
});

Deno.test("every instant lies in the month that begins before it and ends after it", () => {
  const zone = fc.constantFrom(...ZONES);
  const ms = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2200, 0, 1) });
  fc.assert(fc.property(zone, ms, (zone, ms) => {
    const { year, month } = findMonth(zone, ms);
    const start = findMonthStartMs(zone, { year, month });
    const end = findMonthStartMs(zone, { year, month: month + 1 });
    equal(start <= ms && ms < end, true, `${zone} ${ms}`);
    deepEqual(makeMonthFinder(zone)(ms), { year, month });
  }));
});

Deno.test("months of every zone follow one another without gap, also where clocks change at their first midnight", () => {
  // Every year takes a third of a minute: `deno task soak`.
  const step = Deno.env.get("CAPSULE_TEST_SOAK") === "1" ? 1 : 6;
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    for (let year = 1970; year < 2040; year += step) {
      for (const month of [1, 4, 6, 10, 11, 12]) {
        const start = findMonthStartMs(zone, { year, month });
        const before = { year: month === 1 ? year - 1 : year, month: month === 1 ? 12 : month - 1 };
        deepEqual(findMonth(zone, start), { year, month }, `${zone} ${year}-${month}`);
        deepEqual(findMonth(zone, start - 1), before, `${zone} before ${year}-${month}`);
        // The hour after a midnight to which clocks go back.
        deepEqual(findMonth(zone, start + 1_800_000), { year, month }, `${zone} ${year}-${month}`);
      }
    }
  }
});

Deno.test("countWords counts words of scripts with and without spaces", () => {
  equal(countWords(""), 0);
  equal(countWords("Don’t stop — it's 3 o'clock!"), 5);
  equal(countWords("日本語で"), 4);
  equal(countWords("Ünïcode e\u0301te\u0301"), 2);
});
