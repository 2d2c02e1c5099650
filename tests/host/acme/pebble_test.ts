import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { isFor, readPair } from "../../../host/acme/chain.ts";
import { makeKey } from "../../../host/acme/keys.ts";
import { orderCertificate } from "../../../host/acme/order.ts";
import { encodePem } from "../../../host/acme/pem.ts";
import { AcmeProblem } from "../../../host/acme/problem.ts";
import { openAuthority, serveChallenges } from "../../support/acme.ts";
import { need } from "../../support/optional.ts";
import { findPebble, freePorts, startPebble } from "../../support/pebble.ts";

const hasPebble = () => need("pebble", findPebble());

/** Fails with an AcmeProblem of this code. */
async function refuses(work: Promise<unknown>, code: string): Promise<AcmeProblem> {
  const found = await work.then(() => undefined, (error) => error);
  ok(found instanceof AcmeProblem, `expected ${code}, found ${found}`);
  equal(found.code, code, found.message);
  return found;
}

Deno.test("a certificate comes from Pebble although it refuses two nonces of three", async () => {
  if (!hasPebble()) return;
  await using pebble = await startPebble({ nonceRejects: 66 });
  await using site = serveChallenges(pebble.httpPort);
  using authority = await openAuthority(pebble);
  const { connection, account } = authority;
  const key = await makeKey();
  const names = ["capsule.example"];
  const { challenges } = site;
  const chain = await orderCertificate(connection, account, { names, key, challenges });
  const leaf = readPair(chain, encodePem("PRIVATE KEY", key.pkcs8));
  if (typeof leaf === "string") throw new Error(leaf);
  deepEqual(leaf.names, names);
  ok(isFor(leaf, "capsule.example") && !isFor(leaf, "other.example"));
  ok(leaf.notAfterMs > Date.now() && leaf.notBeforeMs <= Date.now());
  match(leaf.renewalId ?? "", /^[\w-]+\.[\w-]+$/);
  const [first = "", second = ""] = chain.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
  ok(new X509Certificate(first).checkIssued(new X509Certificate(second)));
  const account2 = encodePem("PRIVATE KEY", account.key.pkcs8);
  match(String(readPair(chain, account2)), /does not belong/);
});

Deno.test("where nobody answers challenges Pebble's reason is told", async () => {
  if (!hasPebble()) return;
  await using pebble = await startPebble();
  using authority = await openAuthority(pebble);
  const { connection, account } = authority;
  const shown = new Map<string, string>();
  const challenges = {
    show: (token: string, answer: string) => void shown.set(token, answer),
    hide: (token: string) => void shown.delete(token),
  };
  const order = async (name: string) =>
    await orderCertificate(connection, account, {
      names: [name],
      key: await makeKey(),
      challenges,
    });
  await refuses(order("capsule.example"), "connection");
  equal(shown.size, 0, "answers that nobody waits for are not shown on");
  await using _site = serveChallenges(pebble.httpPort);
  await refuses(order("capsule.example"), "unauthorized");
  await refuses(order("blocked.example"), "rejectedIdentifier");
  await pebble.setAddresses("nowhere.example", []);
  match((await refuses(order("nowhere.example"), "connection")).message, /could not resolve/);
});

Deno.test("Pebble with accounts of its own takes a bound account only", async () => {
  if (!hasPebble()) return;
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url" });
  await using pebble = await startPebble({ externalKeys: { ida: key.replace(/=+$/, "") } });
  await refuses(openAuthority(pebble), "externalAccountRequired");
  await refuses(openAuthority(pebble, { id: "eve", key }), "unauthorized");
  using authority = await openAuthority(pebble, { id: "ida", key });
  match(authority.account.url, /^https:/);
});

Deno.test("an authority that nobody trusts, or that is not there, is unreachable at once", async () => {
  const [port] = freePorts(1);
  const directory = `https://localhost:${port}/dir`;
  const startedAt = performance.now();
  const nobody = await refuses(openAuthority({ directory, caCerts: [] }), "unreachable");
  match(nobody.message, /nobody takes connections/);
  ok(performance.now() - startedAt < 5_000);
  await rejects(openAuthority({ directory: "https://no-such-name.invalid/dir", caCerts: [] }), {
    code: "unreachable",
  });
  if (!hasPebble()) return;
  await using pebble = await startPebble();
  const stranger = await refuses(openAuthority({ ...pebble, caCerts: [] }), "unreachable");
  match(stranger.message, /no valid certificate/);
});
