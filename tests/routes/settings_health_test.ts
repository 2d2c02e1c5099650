import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { makeHealthDesk } from "../../host/health_desk.ts";
import type { HealthDesk } from "../../routes/app.ts";
import { readDayRequests } from "../../routes/health_figures.ts";
import { findMetricsTokenMs, isMetricsToken } from "../../storage/metrics_tokens.ts";
import { addSample, hourOf } from "../../storage/samples.ts";
import { findSettings, saveSettings } from "../../storage/settings.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { checkMarkup } from "../browser/page_checks.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openClient, openStudio, ORIGIN, PASSWORD } from "../support/studio_client.ts";

const PAGE = "/studio/settings/health";

/** A desk whose looks are counted: what is behind the real one has tests of its own. */
function makeDesk(here: readonly Finding[], outside: readonly Finding[], now: () => number) {
  const looks = { here: 0, outside: 0 };
  let seen: ReturnType<HealthDesk["outside"]>;
  const desk: HealthDesk = {
    lookHere: () => {
      looks.here += 1;
      return Promise.resolve(here);
    },
    lookOutside: () => {
      looks.outside += 1;
      seen = { findings: outside, atMs: now() };
      return Promise.resolve();
    },
    outside: () => seen,
  };
  return { desk, looks };
}

async function open(here: readonly Finding[], outside: readonly Finding[] = []) {
  const studio = await openStudio();
  const { desk, looks } = makeDesk(here, outside, studio.now);
  const client = openClient(studio.db, studio.now, { health: desk });
  await client.post("/sign-in", { password: PASSWORD });
  return { ...studio, client, looks, [Symbol.dispose]: () => studio.db.close() };
}

const DISK = problem("Disk", "Only 12 MB are free.", "Make room on the disk.");
const FILES = warning("Files", "Others may read <it>.", "chmod 600 capsule.db");

Deno.test("what does not work stands first, with what to do, and is said in a sentence above", async () => {
  using site = await open([fine("Memory", "The server uses 90 MB."), FILES, DISK]);
  match((await site.client.get("/studio/settings")).words, /Health/);
  const page = await site.client.get(PAGE);
  equal(page.status, 200);
  match(page.words, /One thing does not work: disk\. One thing is worth a look: files\./);
  match(
    page.words,
    /Disk: Does not work\. ?Only 12 MB are free\. ?Make room.*Files: Worth a look\. ?Others may read <it>.*Memory: Well\./,
  );
  deepEqual(await checkMarkup(page.html, PAGE), []);
  doesNotMatch(page.html, /style=/);
});

Deno.test("opening the page asks nobody; the button does, and the page says when", async () => {
  using site = await open([], [fine("Clock", "It agrees with that of ben.example.")]);
  const page = await site.client.get(PAGE);
  match(page.words, /All is well\./);
  equal(site.looks.outside, 0);
  const looked = await site.client.send(page, {}, `#outside form`);
  equal(site.looks.outside, 1);
  match(looked.words, /Clock.*It agrees with that of ben\.example\..*Looked just now/);
  deepEqual(await checkMarkup(looked.html, PAGE), []);
});

Deno.test("charts have their numbers as tables, in days of the owner's time zone", async () => {
  using site = await open([]);
  const { db, now } = site;
  match(
    (await site.client.get(PAGE)).words,
    /Nothing was counted yet.*drawn here from tomorrow on/,
  );
  const rest = { failures: 0, residentBytes: 1 };
  const hour = hourOf(now());
  addSample(db, { ...rest, hour: hour - 24, requests: 1_200, databaseBytes: 2_000_000 });
  addSample(db, { ...rest, hour, requests: 34, failures: 1, databaseBytes: 5_000_000 });
  const page = await site.client.get(PAGE);
  match(page.words, /1,234 requests, 1 failed; at most 1,200 requests in an hour/);
  match(page.words, /5 MB, 3 MB more than 1 day before/);
  equal(page.document.querySelectorAll("svg.chart-bars rect").length, 2);
  const rows = [...page.document.querySelectorAll("figure table tr")]
    .map((row) => row.textContent?.replaceAll(/\s+/gu, " ").trim());
  ok(rows.some((row) => /^Fri 2 Jan ?34 ?1 ?03:00$/.test(row ?? "")), rows.join("|"));
  deepEqual(await checkMarkup(page.html, PAGE), []);
});

Deno.test("an hour belongs to the day that the owner's clock shows, also when clocks change", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  saveSettings(db, { ...findSettings(db), timeZone: "Europe/Berlin" });
  const nowMs = Date.UTC(2026, 9, 26, 12);
  const rest = { failures: 0, residentBytes: 1, databaseBytes: 1 };
  const at = (ms: number, requests: number) =>
    addSample(db, { ...rest, hour: hourOf(ms), requests });
  at(Date.UTC(2026, 9, 23, 22), 5); // midnight of the 24th in Berlin
  at(Date.UTC(2026, 9, 25, 0), 7); // two o'clock before clocks go back
  at(Date.UTC(2026, 9, 25, 1), 11); // two o'clock after
  at(Date.UTC(2026, 9, 10), 100); // too old
  const days = readDayRequests(db, "Europe/Berlin", nowMs);
  equal(days.length, 7);
  equal(days.at(-1)?.dayMs, Date.UTC(2026, 9, 26));
  deepEqual(days.map(({ hours }) => hours.reduce((sum, count) => sum + count, 0)), [
    ...[0, 0, 0, 0, 5, 18, 0],
  ]);
  equal(days[4]?.hours[0], 5);
  equal(days[5]?.hours[2], 18);
});

Deno.test("a token is shown once, kept as a hash, replaced and removed", async () => {
  using site = await open([]);
  const { db, client } = site;
  const made = await client.post(`${PAGE}/token`, { do: "make" });
  const token = made.document.querySelector("#figures .id")?.textContent ?? "";
  match(token, /^[\w-]{32}$/);
  match(made.words, /shown only now/);
  equal(made.headers.get("Cache-Control"), "no-store");
  ok(isMetricsToken(db, token));
  deepEqual(await checkMarkup(made.html, PAGE), []);
  const later = await client.get(PAGE);
  ok(!later.html.includes(token));
  match(later.words, /There is a token, made on/);
  const again = await client.post(`${PAGE}/token`, { do: "make" });
  const second = again.document.querySelector("#figures .id")?.textContent ?? "";
  ok(second !== token && isMetricsToken(db, second) && !isMetricsToken(db, token));
  const removed = await client.post(`${PAGE}/token`, { do: "remove" });
  equal(removed.location, `${PAGE}#figures`);
  equal(findMetricsTokenMs(db), undefined);
});

Deno.test("where nobody looks there is no such page, and strangers are sent to sign in", async () => {
  using studio = await openStudio();
  equal((await studio.client.get(PAGE)).status, 404);
  equal((await studio.client.post(`${PAGE}/token`, {})).status, 404);
  ok(!(await studio.client.get("/studio/settings")).words.includes("Health"));
  const { desk, looks } = makeDesk([DISK], [], studio.now);
  const stranger = openClient(studio.db, studio.now, { health: desk });
  equal((await stranger.get(PAGE)).status, 303);
  equal((await stranger.post(PAGE, {})).status, 403);
  equal((await stranger.post(`${PAGE}/token`, { do: "make" })).status, 403);
  deepEqual(looks, { here: 0, outside: 0 });
  equal(findMetricsTokenMs(studio.db), undefined);
});

Deno.test("the serving program's desk looks at its own capsule, and once for all who ask", async () => {
  const folder = await Deno.makeTempDir();
  {
    using capsule = openTestCapsule({ path: `${folder}/capsule.db`, address: null });
    const { db, now } = capsule;
    const desk = makeHealthDesk({
      ...{ db, now, dataPath: `${folder}/capsule.db`, servedStart: "start", isDev: true },
      isBehindProxy: false,
      origin: () => ORIGIN.replace("https://ada.example", "http://localhost:8000"),
    });
    const here = await desk.lookHere();
    deepEqual(here.filter(({ state }) => state === "problem"), []);
    ok(here.some(({ name, text }) => name === "Database" && /entries are whole/.test(text)));
    equal(desk.outside(), undefined);
    await Promise.all([desk.lookOutside(), desk.lookOutside()]);
    const names = desk.outside()?.findings.map(({ name }) => name);
    deepEqual(names, ["Address", "Ports", "Clock", "Guard"]);
    equal(desk.outside()?.atMs, now());
  }
  await Deno.remove(folder, { recursive: true });
});
