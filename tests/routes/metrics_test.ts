import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createApp, type Deps, type LogLine } from "../../routes/app.ts";
import { writeMetrics } from "../../routes/metrics_text.ts";
import { Meter } from "../../routes/meter.ts";
import { createHandler } from "../../routes/page_cache.ts";
import { SLOW_MS, watchRequests } from "../../routes/watching.ts";
import { encodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { insertCommandBackup } from "../../storage/backups.ts";
import { derivePublicKey } from "../../storage/keys.ts";
import { deleteMetricsToken, saveMetricsToken } from "../../storage/metrics_tokens.ts";
import { insertMirror, updateMirror } from "../../storage/mirrors.ts";
import { insertUpkeepRun } from "../../storage/upkeep_runs.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { lintMetrics, readMetricsText } from "../support/metrics_text.ts";

const ORIGIN = "https://ada.example";
const TOKEN = "s3cret-token-of-32-characters-000";

function open() {
  const capsule = openTestCapsule({ address: ORIGIN });
  const { db, now } = capsule;
  const meter = new Meter();
  const logged: LogLine[] = [];
  const log = (line: LogLine) => void logged.push(line);
  const deps: Deps = {
    ...{ db, now, log, meter, isDev: false, startId: "start", version: "9.9.9" },
    origin: () => ORIGIN,
    certificate: {
      facts: () => ({
        ...{ name: "ada.example", state: "there", sentence: "", detail: "" },
        ...{ nextAtMs: undefined, untilMs: now() + 86_400_000, renewAtMs: undefined },
      }),
      canName: () => false,
      tryNow: () => 0,
    },
  };
  const handler = watchRequests(createHandler(deps), { meter, log });
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    await handler(new Request(`${ORIGIN}${path}`, { headers }));
  const scrape = async () => {
    const answer = await ask("/metrics", { Authorization: `Bearer ${TOKEN}` });
    equal(answer.status, 200);
    return readMetricsText(await answer.text());
  };
  return { ...capsule, meter, logged, ask, scrape, deps };
}

Deno.test("without a token there is nothing at /metrics, as at any other path", async () => {
  using site = open();
  const words = async (path: string, token?: string) => {
    const answer = await site.ask(path, token === undefined ? {} : { Authorization: token });
    return `${answer.status} ${await answer.text()}`;
  };
  const nothing = await words("/nothing-here");
  match(nothing, /^404 /);
  equal(await words("/metrics"), nothing);
  equal(await words("/metrics", `Bearer ${TOKEN}`), nothing);
  saveMetricsToken(site.db, TOKEN, site.now());
  equal(await words("/metrics"), nothing);
  equal(await words("/metrics", TOKEN), nothing);
  equal(await words("/metrics", `Bearer ${TOKEN}x`), nothing);
  match(await words("/metrics", `Bearer ${TOKEN}`), /^200 /);
  deleteMetricsToken(site.db);
  equal(await words("/metrics", `Bearer ${TOKEN}`), nothing);
});

Deno.test("the figures are in the text format and count what was asked", async () => {
  using site = open();
  saveMetricsToken(site.db, TOKEN, site.now());
  await (await site.ask("/")).text();
  await (await site.ask("/")).text();
  await (await site.ask("/no-such-page")).text();
  const figures = await site.scrape();
  equal(figures.get('capsule_requests_total{status="2xx"}'), 2);
  equal(figures.get('capsule_requests_total{status="4xx"}'), 1);
  equal(figures.get("capsule_page_cache_hits_total"), 1);
  equal(figures.get("capsule_entries"), 1);
  equal(figures.get("capsule_certificate_left_seconds"), 86_400);
  equal(figures.get('capsule_info{version="9.9.9"}'), 1);
  equal(figures.get("capsule_backup_age_seconds"), undefined);
  const backup = { file: "a.db", begunAtMs: site.now(), nowMs: site.now() };
  const made = { bytes: 1, entries: 1, size: 1, root: "" };
  insertCommandBackup(site.db, { ...backup, ...made });
  site.wait(90_000);
  equal((await site.scrape()).get("capsule_backup_age_seconds"), 90);
  equal(figures.get("capsule_request_duration_seconds_count"), 3);
  ok((figures.get("capsule_database_bytes") ?? 0) > 50_000);
  ok((figures.get("process_resident_memory_bytes") ?? 0) > 1_000_000);
  const answer = await site.ask("/metrics", { Authorization: `Bearer ${TOKEN}` });
  equal(answer.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  equal(answer.headers.get("Cache-Control"), "no-store");
  await answer.body?.cancel();
});

/** Every figure has a value: one that has none is left out, and would not be looked at. */
function fillFigures({ db, now }: ReturnType<typeof open>): void {
  const times = { begunAtMs: now(), nowMs: now() };
  insertCommandBackup(db, { ...times, file: "a.db", bytes: 1, entries: 1, size: 1, root: "" });
  insertUpkeepRun(db, {
    ...{ begunAtMs: now(), tookMs: 1, outcome: "whole", expiredRows: 0, mergedSteps: 0 },
    ...{ freedPages: 0, bytesBefore: 1, bytesAfter: 1 },
  });
  const id = encodeCapsuleId(derivePublicKey(new Uint8Array(32).fill(7)));
  const records = [{ n: 0, hash: new Uint8Array(32), note: "" }];
  const log = insertMirror(db, { id, records, address: null, isQuiet: true, nowMs: now() });
  updateMirror(db, log, { state: "current", seenAtMs: now() });
}

Deno.test("Prometheus' own tool has nothing to say of the figures", async () => {
  using site = open();
  site.expectDamage();
  saveMetricsToken(site.db, TOKEN, site.now());
  fillFigures(site);
  await (await site.ask("/")).text();
  const answer = await site.ask("/metrics", { Authorization: `Bearer ${TOKEN}` });
  const text = await answer.text();
  match(text, /^capsule_upkeep_age_seconds 0$/m);
  match(text, /^capsule_pull_age_seconds 0$/m);
  const said = await lintMetrics(text);
  if (said === undefined) return;
  deepEqual(said, []);
  const [worse] = await lintMetrics(text.replaceAll("capsule_pulls_total", "capsule_pulls")) ?? [];
  match(worse ?? "", /^capsule_pulls counter metrics should have "_total" suffix/);
});

Deno.test("programs that ask how it is are counted, and are no visitors", async () => {
  const meter = new Meter();
  const handler = watchRequests(() => new Response(), { meter, log: () => {} });
  for (const path of ["/up", "/metrics", "/", "/p/1?up", "/a/upwards"]) {
    await handler(new Request(`https://capsule.example${path}`));
  }
  equal([meter.requests, meter.visits].join(), "5,3");
});

Deno.test("a histogram's classes add up and end with all of it", () => {
  const meter = new Meter();
  for (const ms of [0.4, 1, 1.1, 30, 20_000]) meter.count(200, ms);
  deepEqual([...meter.durations], [2, 1, 0, 1, 0, 0, 0, 1]);
  meter.count(799, 1);
  equal(meter.statuses[0], 1);
  equal(meter.requests, 6);
});

Deno.test("what a label says cannot end its line", () => {
  const text = writeMetrics([{
    ...{ name: "capsule_info", help: "one\nline \\ only", type: "gauge" },
    samples: [{ labels: { version: 'a"b\\c\nd' }, value: 1 }],
  }]);
  equal(readMetricsText(text).size, 1);
  equal(text.split("\n").length, 4);
});

Deno.test("an answer that took long is told with its request's id and without what was searched for", async () => {
  using site = open();
  const lines: LogLine[] = [];
  const app = createApp(site.deps);
  const clock = performance.now;
  let shiftMs = 0;
  performance.now = () => clock.call(performance) + shiftMs;
  try {
    const slow = watchRequests(async (request) => {
      const answer = await app.fetch(request);
      shiftMs += SLOW_MS + 1;
      return answer;
    }, { meter: site.meter, log: (line) => void lines.push(line) });
    const answer = await slow(new Request(`${ORIGIN}/no-such-page?q=secret`), {
      remoteAddr: { transport: "tcp", hostname: "203.0.113.9", port: 1 },
      completed: Promise.resolve(),
    });
    const [line] = lines;
    equal(line?.level, "warning");
    equal(line?.requestId, answer.headers.get("X-Request-Id"));
    match(line?.requestId ?? "", /^[0-9a-f]{8}$/);
    equal(line?.fields?.path, "/no-such-page");
    equal(line?.fields?.status, 404);
    await answer.body?.cancel();
  } finally {
    performance.now = clock;
  }
});

Deno.test("a page that caches may keep names nobody's request", async () => {
  using site = open();
  const home = await site.ask("/");
  equal(home.headers.get("X-Request-Id"), null);
  await home.body?.cancel();
  const up = await site.ask("/up");
  match(up.headers.get("X-Request-Id") ?? "", /^[0-9a-f]{8}$/);
  await up.body?.cancel();
});

Deno.test("/up says in one word why the database cannot be read, and no more", async () => {
  const site = open();
  const well = await site.ask("/up");
  deepEqual(await well.json(), { ok: true, version: "9.9.9", start: "start" });
  site.expectDamage();
  site.db.close();
  const app = createApp(site.deps);
  const ill = await app.request(`${ORIGIN}/up`);
  equal(ill.status, 503);
  deepEqual(await ill.json(), {
    ...{ ok: false, version: "9.9.9", start: "start", reason: "database_closed" },
  });
});
