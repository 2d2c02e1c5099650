import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { readPair } from "../../../host/acme/chain.ts";
import { makeKey } from "../../../host/acme/keys.ts";
import { orderCertificate, type Wish } from "../../../host/acme/order.ts";
import { encodePem } from "../../../host/acme/pem.ts";
import { AcmeProblem, readProblem } from "../../../host/acme/problem.ts";
import { chooseMoment, findRenewalWindow, shareMoment } from "../../../host/acme/renewal.ts";
import { readRetryAfter } from "../../../host/acme/retry_after.ts";
import { makeSelfSigned } from "../../../host/acme/self_signed.ts";
import { openAuthority } from "../../support/acme.ts";
import { startSmallAuthority } from "../../support/small_authority.ts";

const DAY_MS = 86_400_000;

async function makeWish(more: Partial<Wish> = {}): Promise<Wish> {
  const challenges = { show: () => {}, hide: () => {} };
  return { names: ["capsule.example"], key: await makeKey(), challenges, ...more };
}

Deno.test("an order names its profile and what it replaces; the chain has an id for renewal", async () => {
  await using small = await startSmallAuthority();
  small.ways.profiles = { tlsserver: "for servers", classic: "as ever" };
  using authority = await openAuthority(small);
  const { connection, account } = authority;
  deepEqual(connection.directory.profiles, ["tlsserver", "classic"]);
  const wish = await makeWish({ replaces: "AQIDBA.AQ", profile: "tlsserver" });
  const chain = await orderCertificate(connection, account, wish);
  equal(small.orders[0]?.profile, "tlsserver");
  equal(small.orders[0]?.replaces, "AQIDBA.AQ");
  const leaf = readPair(chain, encodePem("PRIVATE KEY", wish.key.pkcs8));
  if (typeof leaf === "string") throw new Error(leaf);
  match(leaf.renewalId ?? "", /^AQIDBA\.[\w-]+$/);
});

Deno.test("a limit is told with the moment until which it holds", async () => {
  await using small = await startSmallAuthority();
  using authority = await openAuthority(small);
  small.ways.refusal = { code: "rateLimited", retryAfter: "3600" };
  const wish = await makeWish();
  const error = await orderCertificate(authority.connection, authority.account, wish)
    .then(() => undefined, (error) => error);
  ok(error instanceof AcmeProblem);
  equal(error.code, "rateLimited");
  ok(Math.abs((error.retryAtMs ?? 0) - Date.now() - 3_600_000) < 10_000);
});

Deno.test("renewal information is a window, and when to ask again", async () => {
  await using small = await startSmallAuthority();
  using authority = await openAuthority(small);
  const { connection } = authority;
  const [start, end] = ["2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z"];
  small.ways.renewal = { start, end, retryAfter: "21600" };
  const found = await findRenewalWindow(connection, "AQIDBA.AQ");
  equal(found?.startMs, Date.parse(start));
  equal(found?.endMs, Date.parse(end));
  ok(Math.abs((found?.askAtMs ?? 0) - Date.now() - 21_600_000) < 10_000);
  deepEqual(small.renewalsAsked, ["AQIDBA.AQ"]);
  small.ways.renewal = { start: end, end: start };
  equal(
    await findRenewalWindow(connection, "AQIDBA.AQ"),
    undefined,
    "no window ends before it starts",
  );
  small.ways.renewal = undefined;
  await rejects(findRenewalWindow(connection, "AQIDBA.AQ"), { code: "malformed" });
});

Deno.test("answers that are none are told as broken", async () => {
  await using small = await startSmallAuthority();
  for (const nonsense of ["", "<html>", "[]", "{}", '{"newNonce":"http://x/"}', "null"]) {
    small.ways.nonsense = nonsense;
    await rejects(openAuthority(small), { code: "broken" }, nonsense);
  }
  small.ways.nonsense = "x".repeat(300 * 1024);
  await rejects(openAuthority(small), { code: "unreachable" });
});

Deno.test("a stranger's reason is one line, of the first problem below it", () => {
  const found = readProblem({
    type: "urn:ietf:params:acme:error:compound",
    detail: "several",
    subproblems: [{ type: "urn:ietf:params:acme:error:caa", detail: "no\r\n\u202ewords" }],
  });
  equal(found.code, "caa");
  equal(found.message, "no words");
  equal(readProblem("?").code, "broken");
  equal(readProblem({ detail: "y".repeat(9_999) }).message.length, 500);
});

Deno.test("Retry-After is a number or a date, at most eight days ahead", () => {
  const nowMs = Date.parse("2027-01-01T00:00:00Z");
  equal(readRetryAfter("120", nowMs), nowMs + 120_000);
  equal(readRetryAfter("Fri, 01 Jan 2027 01:00:00 GMT", nowMs), nowMs + 3_600_000);
  equal(readRetryAfter("Fri, 01 Jan 2021 01:00:00 GMT", nowMs), nowMs);
  equal(readRetryAfter("999999999", nowMs), nowMs + 8 * DAY_MS);
  equal(readRetryAfter("soon", nowMs), undefined);
  equal(readRetryAfter(null, nowMs), undefined);
});

Deno.test("without the authority's word a third of the lifetime is left, half of a short one", () => {
  equal(shareMoment({ notBeforeMs: 0, notAfterMs: 90 * DAY_MS }), 60 * DAY_MS);
  equal(shareMoment({ notBeforeMs: 0, notAfterMs: 6 * DAY_MS }), 3 * DAY_MS);
  const window = { startMs: 1_000, endMs: 2_000 };
  equal(chooseMoment(window, () => 0), 1_000);
  equal(chooseMoment(window, () => 0.5), 1_500);
});

Deno.test("a certificate of our own serves, and says who it is", async () => {
  const { chain, key } = await makeSelfSigned(["capsule.example", "localhost"], Date.now());
  const leaf = readPair(chain, key);
  if (typeof leaf === "string") throw new Error(leaf);
  deepEqual(leaf.names, ["capsule.example", "localhost"]);
  match(leaf.fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  equal(leaf.renewalId, undefined);
  using server = Deno.listenTls({ port: 0, hostname: "127.0.0.1", cert: chain, key });
  const accepted = server.accept().then((connection) =>
    connection.handshake().then(() => connection)
  );
  const { port } = server.addr as Deno.NetAddr;
  const asking = await Deno.connectTls({ hostname: "localhost", port, caCerts: [chain] });
  await asking.handshake();
  asking.close();
  (await accepted).close();
});

Deno.test("a pair that would break every connection is refused in a sentence", async () => {
  const nowMs = Date.now();
  const [one, other] = await Promise.all([
    makeSelfSigned(["a.example"], nowMs),
    makeSelfSigned(["a.example"], nowMs),
  ]);
  match(String(readPair(one.chain, other.key)), /does not belong/);
  match(String(readPair("", one.key)), /expected 1 to 10 in PEM, found 0/);
  match(String(readPair(one.chain, "?")), /private key cannot be read/);
  match(String(readPair(encodePem("CERTIFICATE", new Uint8Array(40)), one.key)), /cannot be read/);
});
