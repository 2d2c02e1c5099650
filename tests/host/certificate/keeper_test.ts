import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readPair } from "../../../host/acme/chain.ts";
import { readPlainClock } from "../../../host/certificate/clock.ts";
import { keepCertificate } from "../../../host/certificate/keeper.ts";
import {
  saveCertificateTry,
  TRY_PAUSE_MS,
  updateTryWish,
} from "../../../storage/certificate_tries.ts";
import { findAccountKey } from "../../../storage/certificates.ts";
import type { AskTrusted } from "../../../mesh/fetch.ts";
import { openKeeper } from "../../support/keeper.ts";
import { startSmallAuthority } from "../../support/small_authority.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

Deno.test("a certificate is got once, and renewed when a third of its life is left", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  await keeper.turn();
  const first = keeper.certificate();
  ok(first !== undefined);
  equal(typeof readPair(first.chain, first.key), "object");
  equal(keeper.state().failures, 0);
  const key = findAccountKey(keeper.db, small.directory);
  ok(key !== undefined && !first.key.includes(key.toBase64().slice(0, 60)), "keys of their own");
  await keeper.turn(59 * DAY_MS);
  equal(small.orders.length, 1);
  await keeper.turn(2 * DAY_MS);
  equal(small.orders.length, 2);
  equal(small.orders[1]?.replaces, first.renewalId);
  equal(keeper.log.filter(({ level }) => level !== "info").length, 0);
});

Deno.test("a short certificate is renewed at half of its life", async () => {
  await using small = await startSmallAuthority();
  small.ways.days = 6;
  using keeper = openKeeper(small, {}, [small]);
  await keeper.turn();
  await keeper.turn(2.9 * DAY_MS);
  equal(small.orders.length, 1);
  await keeper.turn(0.2 * DAY_MS);
  equal(small.orders.length, 2);
});

Deno.test("the authority's window decides: one moment in it, kept while the window holds it", async () => {
  await using small = await startSmallAuthority();
  const at = (ms: number) => new Date(ms).toISOString();
  using keeper = openKeeper(small, {}, [small]);
  const startMs = Date.now() + 50 * DAY_MS;
  small.ways.renewal = { start: at(startMs), end: at(startMs + 2 * DAY_MS) };
  await keeper.turn();
  equal(keeper.certificate()?.renewAtMs, startMs + DAY_MS);
  equal(small.renewalsAsked.length, 1);
  await keeper.turn(HOUR_MS);
  equal(small.renewalsAsked.length, 1, "not asked again for six hours");
  small.ways.renewal = { start: at(startMs - DAY_MS), end: at(startMs + 3 * DAY_MS) };
  await keeper.turn(6 * HOUR_MS);
  equal(small.renewalsAsked.length, 2);
  equal(keeper.certificate()?.renewAtMs, startMs + DAY_MS);
  // The authority takes certificates back: the window lies in the past.
  small.ways.renewal = { start: at(Date.now() - 2 * DAY_MS), end: at(Date.now() - DAY_MS) };
  const before = keeper.certificate();
  await keeper.turn(7 * HOUR_MS);
  equal(small.orders.length, 2);
  equal(small.orders[1]?.replaces, before?.renewalId);
});

Deno.test("a profile for servers is asked for where it is offered", async () => {
  await using small = await startSmallAuthority();
  small.ways.profiles = { classic: "as ever", tlsserver: "for servers" };
  using keeper = openKeeper(small, {}, [small]);
  await keeper.turn();
  equal(small.orders[0]?.profile, "tlsserver");
});

Deno.test("failures wait 1, 10 and 100 minutes, then a day; staging is asked first", async () => {
  await using small = await startSmallAuthority();
  await using staging = await startSmallAuthority();
  const { directory, caCerts, ways } = small;
  const authority = { directory, caCerts: [...caCerts, ...staging.caCerts] };
  using keeper = openKeeper(authority, { staging: staging.directory }, [small, staging]);
  ways.refusal = { code: "connection" };
  staging.ways.refusal = { code: "connection" };
  await keeper.turn();
  equal(staging.orders.length, 0, "the first try goes to the real one");
  const pauses = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS, DAY_MS, DAY_MS];
  for (const [i, pauseMs] of pauses.entries()) {
    const { failures, nextAtMs = 0, sentence, code, detail } = keeper.state();
    equal(failures, i + 1);
    equal(code, "connection");
    match(sentence, /port 80/);
    equal(detail, "The word is connection.");
    ok(Math.abs(nextAtMs - keeper.now() - pauseMs) < 5_000);
    await keeper.turn(pauseMs - 10_000);
    equal(keeper.state().failures, i + 1, "not before its time");
    await keeper.turn(15_000);
  }
  // The real one would give one now, but staging does not pass: it is not asked.
  ways.refusal = undefined;
  await keeper.turn(DAY_MS);
  equal(small.orders.length, 0);
  staging.ways.refusal = undefined;
  await keeper.turn(DAY_MS);
  deepEqual([staging.orders.length, small.orders.length], [1, 1]);
  ok(keeper.certificate() !== undefined);
  equal(keeper.state().failures, 0);
});

Deno.test("a limit of the authority is waited for, however long", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  small.ways.refusal = { code: "rateLimited", retryAfter: String(2 * 86_400) };
  await keeper.turn();
  const { nextAtMs = 0, sentence } = keeper.state();
  ok(Math.abs(nextAtMs - keeper.now() - 2 * DAY_MS) < 10_000);
  match(sentence, /Nothing is to be done/);
});

Deno.test("what only a setting mends is not tried again, but when the owner asks", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  const { db, parts: { name, directory } } = keeper;
  for (const code of ["caa", "rejectedIdentifier", "malformed"]) {
    small.ways.refusal = { code };
    equal(updateTryWish(db, name, directory, keeper.now()), 0);
    await keeper.turn();
    equal(keeper.state().code, code);
    equal(keeper.state().nextAtMs, undefined);
    await keeper.turn(30 * DAY_MS);
    equal(keeper.state().nextAtMs, undefined);
  }
  const atMs = keeper.now();
  equal(updateTryWish(db, name, directory, atMs), 0);
  equal(updateTryWish(db, name, directory, atMs + MINUTE_MS), TRY_PAUSE_MS - MINUTE_MS);
  small.ways.refusal = undefined;
  await keeper.turn();
  ok(keeper.certificate() !== undefined);
});

Deno.test("a renewal that only a setting mends is tried daily: there is a certificate to lose", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  await keeper.turn();
  small.ways.refusal = { code: "caa" };
  await keeper.turn(61 * DAY_MS);
  const { nextAtMs = 0 } = keeper.state();
  ok(Math.abs(nextAtMs - keeper.now() - DAY_MS) < 5_000);
  ok(keeper.certificate() !== undefined, "the one there is stays");
});

Deno.test("a name without an address troubles no authority and is looked at every minute", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  keeper.look.check = { kind: "bad", code: "name_unknown", sentence: "No address." };
  await keeper.turn();
  equal(keeper.state().sentence, "No address.");
  await keeper.turn(MINUTE_MS + 1_000);
  equal(keeper.state().failures, 2);
  keeper.look.check = { kind: "good" };
  await keeper.turn(MINUTE_MS + 1_000);
  ok(keeper.certificate() !== undefined);
});

Deno.test("a doubtful look sends the first try to staging, and is told along when it fails", async () => {
  await using small = await startSmallAuthority();
  await using staging = await startSmallAuthority();
  const authority = {
    directory: small.directory,
    caCerts: [...small.caCerts, ...staging.caCerts],
  };
  using keeper = openKeeper(authority, { staging: staging.directory }, [small, staging]);
  const sentence = "capsule.example leads to 203.0.113.9, where something else answers.";
  keeper.look.check = { kind: "doubtful", code: "elsewhere", sentence };
  staging.ways.refusal = { code: "unauthorized" };
  await keeper.turn();
  equal(small.orders.length, 0);
  equal(keeper.state().sentence, sentence);
  staging.ways.refusal = undefined;
  await keeper.turn(2 * MINUTE_MS);
  ok(keeper.certificate() !== undefined);
});

Deno.test("a wrong clock is told before anything is ordered", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small);
  await keeper.turn(-3 * HOUR_MS);
  equal(keeper.state().code, "clock_wrong");
  match(keeper.state().sentence, /clock of this machine is wrong/);
  match(keeper.state().detail, /3 hours slow/);
  equal(small.orders.length, 0);
});

Deno.test("a clock that is years off is told although the authority's certificate looks invalid then", async () => {
  const serverMs = Date.now();
  const shown: [number, RegExp][] = [
    [-6 * 365 * DAY_MS, /6 years slow/],
    [400 * DAY_MS, /400 days fast/],
    [90 * MINUTE_MS, /2 hours fast/],
  ];
  for (const [offMs, words] of shown) {
    using keeper = openKeeper({ directory: "https://localhost:1/dir", caCerts: [] }, {
      readClock: () => Promise.resolve(serverMs),
    });
    await keeper.turn(offMs);
    equal(keeper.state().code, "clock_wrong");
    match(keeper.state().detail, words);
  }
  using right = openKeeper({ directory: "https://localhost:1/dir", caCerts: [] }, {
    readClock: () => Promise.resolve(Date.now()),
  });
  await right.turn();
  equal(right.state().code, "unreachable");
});

Deno.test("what failed while the clock was ahead is tried again once it is right", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  small.ways.refusal = { code: "connection" };
  await keeper.turn(4 * 365 * DAY_MS);
  equal(keeper.state().failures, 1);
  small.ways.refusal = undefined;
  await keeper.turn(-4 * 365 * DAY_MS);
  ok(keeper.certificate() !== undefined);
});

Deno.test("the clock is read over plain HTTP from the authority's own host", async () => {
  const asked: string[] = [];
  const ask: AskTrusted = ({ url }) => {
    asked.push(url);
    const headers = new Headers({ date: "Sun, 22 Nov 2026 12:00:00 GMT" });
    return Promise.resolve({ status: 301, headers, bytes: new Uint8Array(), url });
  };
  equal(await readPlainClock(ask, "https://acme.example:14000/dir"), Date.UTC(2026, 10, 22, 12));
  deepEqual(asked, ["http://acme.example/"]);
  equal(
    await readPlainClock(() => Promise.reject(new Error("no")), "https://acme.example/"),
    undefined,
  );
});

Deno.test("an authority that is not there is told, and what is stored changes no page's mark", async () => {
  using keeper = openKeeper({ directory: "https://localhost:1/dir", caCerts: [] });
  const mark = keeper.db.changeMark();
  await keeper.turn();
  equal(keeper.state().code, "unreachable");
  match(keeper.state().sentence, /reach the internet/);
  equal(keeper.db.changeMark(), mark);
  equal(keeper.log[0]?.level, "warning");
});

Deno.test("what waits for a setting is tried once when the program starts again, not at every crash", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small);
  const { db, parts } = keeper;
  const { name, directory } = parts;
  small.ways.refusal = { code: "caa" };
  await keeper.turn();
  const ended = new AbortController();
  const start = async () => {
    const kept = keepCertificate(parts, ended.signal);
    await kept.stop();
  };
  await start();
  equal(keeper.state().failures, 2);
  for (let crash = 0; crash < 3; crash++) await start();
  equal(keeper.state().failures, 2);
  saveCertificateTry(db, name, directory, { ...keeper.state(), askedAtMs: undefined });
  small.ways.refusal = undefined;
  await start();
  ok(keeper.certificate() !== undefined);
});

Deno.test("whoever starts the program again while it waits is told again why", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small);
  small.ways.refusal = { code: "connection" };
  await keeper.turn();
  const [told] = keeper.log;
  match(told?.message ?? "", /^No certificate yet: .*Open port 80/);
  const kept = keepCertificate(keeper.parts, AbortSignal.abort());
  await kept.stop();
  deepEqual(keeper.log[1], told, "the same words, and the same moment of the next try");
  equal(keeper.state().failures, 1);
});

Deno.test("a program that is told to stop does not wait for a silent authority, nor count a failure", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ended = new AbortController();
  const { signal } = ended;
  const directory = `https://localhost:${silent.addr.port}/dir`;
  using keeper = openKeeper({ directory, caCerts: [] }, { signal });
  const kept = keepCertificate(keeper.parts, signal);
  using _asked = await silent.accept();
  ok(kept.isBusy());
  ended.abort();
  // The authority never answers: only the end can end it.
  await kept.stop();
  equal(keeper.state().failures, 0);
});
