/** What doctor asks of this machine and of others: ports, and the time. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { judgeClock, lookAtClock } from "../../host/doctor/clock.ts";
import { judgePorts, tryPorts } from "../../host/doctor/ports.ts";
import { AskProblem, type AskTrusted, makeAsk, makeTrustedAsk } from "../../mesh/fetch.ts";
import { saveCertificateTry } from "../../storage/certificate_tries.ts";
import { saveAccountKey } from "../../storage/certificates.ts";
import { updateCapsuleAddress } from "../../storage/capsules.ts";
import { followAuthor, openTestAuthor } from "../support/mirror.ts";
import { openTestCapsule } from "../support/capsule.ts";

const HOUR_MS = 3_600_000;

/** A server whose clock is so far ahead. */
function serveTime(aheadMs: number, more: Record<string, string> = {}) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const date = new Date(Date.now() + aheadMs).toUTCString();
    return new Response("{}", { headers: { date, ...more } });
  });
  return { origin: `http://127.0.0.1:${server.addr.port}`, stop: () => server.shutdown() };
}

Deno.test("a port that another program has is told with what it calls itself, a free one as free", async () => {
  const server = Deno.serve(
    { hostname: "0.0.0.0", port: 0, onListen() {} },
    () => new Response("hello", { headers: { server: "nginx/1.22 (evil\tname)" } }),
  );
  const taken = server.addr.port;
  const silent = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  try {
    const found = await tryPorts([taken, silent.addr.port]);
    deepEqual(found.map(({ state, holder }) => [state, holder]), [
      ["taken", "nginx"],
      ["taken", undefined],
    ]);
    const told = judgePorts({
      isPublic: true,
      reach: undefined,
      tries: found,
      isBehindProxy: false,
    });
    match(told.text, /^nginx, another program, has ports \d+ and \d+\.$/);
  } finally {
    silent.close();
    await server.shutdown();
  }
  const [free] = await tryPorts([taken]);
  equal(free?.state, "free");
});

Deno.test("the clock is compared with the authority's and with those of capsules that are followed, and with nobody else's", async () => {
  using capsule = openTestCapsule({ startMs: Date.now() });
  const { db } = capsule;
  await using asker = await makeAsk({ isDev: true });
  using trusted = makeTrustedAsk();
  const look = () => lookAtClock({ db, now: Date.now, ask: asker.ask, askTrusted: trusted.ask });
  const alone = await look();
  deepEqual(alone.offsets, []);
  ok((alone.newestMs ?? 0) > 0);
  const authority = serveTime(3 * HOUR_MS);
  const peer = serveTime(3 * HOUR_MS - 60_000, { age: "60" });
  try {
    saveAccountKey(db, `${authority.origin}/directory`, new Uint8Array(8));
    using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
    updateCapsuleAddress(db, followAuthor(db, author, { nowMs: Date.now() }), peer.origin);
    const found = await look();
    equal(found.offsets.length, 2);
    for (const { offMs } of found.offsets) ok(Math.abs(offMs + 3 * HOUR_MS) < 10_000, `${offMs}`);
    match(judgeClock(found).text, /about 3 hours slow/);
  } finally {
    await Promise.all([authority.stop(), peer.stop()]);
  }
  // Nobody there any more: that says nothing of the clock.
  equal(judgeClock(await look()).state, "ok");
});

Deno.test("a clock by which no certificate is valid is told all the same, also before there is an account", async () => {
  using capsule = openTestCapsule({ startMs: Date.now() });
  const { db } = capsule;
  const directory = "https://authority.example/directory";
  saveCertificateTry(db, "ada.example", directory, {
    ...{ failures: 1, code: "unreachable", sentence: "It cannot be asked.", detail: "" },
    ...{ failedAtMs: 1, nextAtMs: undefined, askedAtMs: undefined },
  });
  const trueMs = Date.now() + 40 * 24 * HOUR_MS;
  const urls: string[] = [];
  const askTrusted: AskTrusted = ({ url }) => {
    urls.push(url);
    if (url.startsWith("https:")) return Promise.reject(new AskProblem("tls_failed", "expired"));
    const headers = new Headers({ date: new Date(trueMs).toUTCString() });
    return Promise.resolve({ status: 301, headers, bytes: new Uint8Array(), url });
  };
  const nobody = () => Promise.reject(new AskProblem("not_reached", "nobody"));
  const found = await lookAtClock({ db, now: Date.now, ask: nobody, askTrusted });
  const told = judgeClock(found);
  equal(told.state, "problem");
  match(told.text, /about 40 days slow, compared with that of authority\.example/);
  deepEqual(urls, [directory, "http://authority.example/"]);
});
