import assert from "node:assert/strict";
import {
  formatDate,
  formatDateTime,
  formatMonth,
  isoTime,
  isTimeZone,
  month,
  year,
} from "../../views/time.ts";

const newYear = Date.UTC(2026, 0, 1, 2, 30);
const london = { timeZone: "Europe/London", language: "en" };

Deno.test("a date is that of the zone, in the language asked for", () => {
  assert.equal(formatDate(newYear, london), "1 January 2026");
  assert.equal(
    formatDate(newYear, { ...london, timeZone: "America/New_York" }),
    "31 December 2025",
  );
  assert.equal(formatDate(newYear, { ...london, language: "de" }), "1. Januar 2026");
  assert.match(formatDateTime(newYear, london), /^1 January 2026 at 02:30/);
  assert.equal(formatMonth(newYear, london), "January 2026");
});

Deno.test("year and month are those of the zone", () => {
  assert.equal(year(newYear, "America/New_York"), 2025);
  assert.equal(month(newYear, "America/New_York"), 12);
  assert.equal(year(newYear, "UTC"), 2026);
});

Deno.test("an unknown zone counts as UTC and an unknown language as English", () => {
  assert.equal(formatDate(newYear, { timeZone: "Mars/Base", language: "en" }), "1 January 2026");
  assert.equal(formatDate(newYear, { timeZone: "UTC", language: "not a tag" }), "1 January 2026");
  assert.equal(formatDate(newYear, { timeZone: "", language: "" }), "1 January 2026");
  assert.equal(isTimeZone("Europe/Berlin"), true);
  assert.equal(isTimeZone("Mars/Base"), false);
  assert.equal(isTimeZone(""), false);
});

Deno.test("an instant that no calendar holds is shown as nothing", () => {
  for (const ms of [NaN, Infinity, 8.65e15]) {
    assert.equal(formatDate(ms, london), "");
    assert.equal(isoTime(ms), "");
    assert.equal(year(ms, "UTC"), 0);
  }
  assert.equal(isoTime(newYear), "2026-01-01T02:30:00.000Z");
});

Deno.test("many zones and languages do not make the cache grow without end", () => {
  for (let n = 0; n < 500; n++) {
    assert.notEqual(formatDate(newYear, { timeZone: `Nowhere/${n}`, language: "en" }), "");
  }
});
