/** Authorities that are broken or mean harm: each ends in a sentence and a pause, and costs no certificate that there is. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { makeKey } from "../../../host/acme/keys.ts";
import { orderCertificate } from "../../../host/acme/order.ts";
import { AcmeProblem, readProblem } from "../../../host/acme/problem.ts";
import { connect } from "../../../host/acme/connection.ts";
import { openAccount } from "../../../host/acme/account.ts";
import { makeTrustedAsk } from "../../../mesh/fetch.ts";
import { openKeeper } from "../../support/keeper.ts";
import { startSmallAuthority } from "../../support/small_authority.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (ms: number) => new Date(ms).toISOString();

Deno.test("a certificate for another name, for another key, or that is not valid now, is not kept", async () => {
  await using small = await startSmallAuthority();
  const { ways } = small;
  const usual = { ...ways };
  const bad: readonly (readonly [Partial<typeof ways>, RegExp])[] = [
    [{ otherName: "evil.example" }, /for another name/],
    [{ otherName: "*.capsule.example" }, /for another name/],
    [{ otherKey: (await makeKey()).spki }, /does not belong/],
    [{ days: -30 }, /not valid now/],
    [{ days: 0 }, /not valid now/],
  ];
  for (const [way, says] of bad) {
    using keeper = openKeeper(small, {}, [small]);
    Object.assign(ways, usual, { now: ways.now }, way);
    await keeper.turn();
    equal(keeper.certificate(), undefined);
    equal(keeper.state().code, "broken");
    match(keeper.state().detail, says);
    // One try, then the usual pause.
    await keeper.turn(30 * SECOND_MS);
    equal(keeper.state().failures, 1);
  }
});

Deno.test("a window for renewal in the past orders no certificate every few seconds", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  small.ways.renewal = { start: at(0), end: at(1) };
  for (let n = 0; n < 20; n++) await keeper.turn(5 * SECOND_MS);
  equal(small.orders.length, 1);
  await keeper.turn(6 * HOUR_MS);
  equal(small.orders.length, 2, "it may mean it: a certificate that is taken back");
});

Deno.test("a window for renewal after the end of the certificate does not let it end", async () => {
  await using small = await startSmallAuthority();
  using keeper = openKeeper(small, {}, [small]);
  const startMs = keeper.now();
  small.ways.renewal = { start: at(startMs + 5_000 * DAY_MS), end: at(startMs + 9_000 * DAY_MS) };
  await keeper.turn();
  const { renewAtMs = 0, notAfterMs = 0 } = keeper.certificate() ?? {};
  ok(renewAtMs < notAfterMs - 10 * DAY_MS, at(renewAtMs));
  await keeper.turn(85 * DAY_MS);
  equal(small.orders.length, 2);
});

Deno.test("an order that is processed for ever ends in two minutes, also where the clock is set back", async () => {
  await using small = await startSmallAuthority();
  using trusted = makeTrustedAsk({ caCerts: small.caCerts });
  for (const backMs of [0, 3_600_000]) {
    small.ways.stuckAt = undefined;
    let nowMs = Date.now();
    let waitedMs = 0;
    const wait = (ms: number) => {
      waitedMs += ms;
      nowMs += ms - backMs;
      return Promise.resolve();
    };
    const connection = await connect({ ask: trusted.ask, now: () => nowMs, wait }, small.directory);
    const account = await openAccount(connection, await makeKey());
    small.ways.stuckAt = "processing";
    const challenges = { show: () => {}, hide: () => {} };
    const wish = { names: ["capsule.example"], key: await makeKey(), challenges };
    const error = await orderCertificate(connection, account, wish).catch((error) => error);
    equal(error.code, "slow");
    ok(waitedMs <= 120_000, `${waitedMs}`);
  }
});

Deno.test("an authority's answer leads nowhere inwards", async () => {
  await using small = await startSmallAuthority();
  await using inside = await startSmallAuthority();
  const { port } = new URL(inside.directory);
  for (const host of ["127.0.0.1", "[::1]", "10.0.0.1", "localhost", "router", "nas.local"]) {
    const elsewhere = `https://${host}:${port}`;
    const caCerts = [...small.caCerts, ...inside.caCerts];
    using keeper = openKeeper({ ...small, caCerts }, {}, [small]);
    small.ways.elsewhere = elsewhere;
    await keeper.turn();
    equal(keeper.state().code, "broken");
    match(keeper.state().detail, /inwards/);
    deepEqual(inside.orders, []);
  }
});

Deno.test("an authority's words write no lines and no colours into a log or a terminal", () => {
  const odd = "\x1b[2J\x1b]0;x\x07\r\n\u202e\u009b31m\0";
  const prefix = "urn:ietf:params:acme:error:";
  for (const type of [`${prefix}${odd}`, `${prefix}a${odd}`, `${prefix}${"a".repeat(9_999)}`]) {
    const found = readProblem({ type, detail: `before${odd}after` });
    equal(found.code, "broken");
    equal(found.message.replaceAll(/[ -~]/g, ""), "");
  }
  const address = `https://authority.example/${"x".repeat(100_000)}\x1b[2J`;
  const told = new AcmeProblem("unreachable", `Cannot ask ${address}`).message;
  ok(told.length <= 500 && !told.includes("\x1b"));
});
