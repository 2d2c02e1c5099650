import { equal, match, ok } from "node:assert/strict";
import { PRODUCTION_DIRECTORY } from "../../host/acme/directory.ts";
import { makeDesk, type Standing } from "../../host/https/desk.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { saveCertificateTry } from "../../storage/certificate_tries.ts";
import { saveCertificate } from "../../storage/certificates.ts";
import { openClient, openStudio, PASSWORD } from "../support/studio_client.ts";

const NAME = "ada.example";
const NAME_FORM = 'form[action="/studio/settings/certificate/name"]';
const PAGE = "/studio/settings/certificate";

async function open() {
  const studio = await openStudio();
  const { db, now } = studio;
  const https = {
    ...{ name: NAME, isPublicName: true, host: "::", httpPort: 80, httpsPort: 443 },
    ...{ files: undefined, directory: PRODUCTION_DIRECTORY, isUsualAuthority: true },
    ...{ isTest: false, staging: undefined, external: undefined, caCerts: undefined },
  };
  const standing: { now: Standing } = { now: { https, problem: "", isGiven: false } };
  const certificate = makeDesk(() => standing.now, { db, now });
  const client = openClient(db, now, { certificate });
  await client.post("/sign-in", { password: PASSWORD });
  return { ...studio, standing, client, plain: studio.client, [Symbol.dispose]: () => db.close() };
}

Deno.test("settings say why there is no certificate, and the owner may have it tried now", async () => {
  using studio = await open();
  const { db, now, client } = studio;
  saveCertificateTry(db, NAME, PRODUCTION_DIRECTORY, {
    ...{ failures: 2, code: "connection", detail: "Timeout <during> connect" },
    sentence: "Open port 80 in the firewall.",
    ...{ failedAtMs: now(), nextAtMs: now() + 600_000, askedAtMs: undefined },
  });
  match((await client.get("/studio/settings")).words, /HTTPS and certificate/);
  const page = await client.get(PAGE);
  match(page.words, /No certificate yet.*Open port 80.*Timeout <during> connect.*Next try/);
  const asked = await client.send(page, {}, `form[action="${PAGE}"]`);
  match(asked.words, /tried within a few seconds/);
  const again = await client.post(PAGE, {});
  equal(again.status, 429);
  match(again.words, /asked for again in 12 minutes/);
});

Deno.test("settings say until when a certificate is valid, and offer nothing else", async () => {
  using studio = await open();
  const { db, now, client } = studio;
  match((await client.get(PAGE)).words, /being fetched/);
  saveCertificate(db, {
    ...{ name: NAME, directory: PRODUCTION_DIRECTORY, chain: "chain", key: "secret-key" },
    ...{ notBeforeMs: now(), notAfterMs: Date.UTC(2099, 1, 3), renewAtMs: Date.UTC(2098, 11, 9) },
    ...{ askAtMs: now(), renewalId: undefined, window: undefined },
  });
  const page = await client.get(PAGE);
  match(page.words, /There is a certificate.*Valid until.*2099.*Next renewal.*2098/);
  ok(!page.words.includes("Try now") && !page.html.includes("secret-key"));
});

Deno.test("without a name one can be typed, and what is no name comes back with a sentence", async () => {
  using studio = await open();
  const { client, standing, db } = studio;
  standing.now = { https: undefined, problem: "", isGiven: false };
  const page = await client.get(PAGE);
  match(page.words, /Only this machine can open/);
  const wrong = await client.send(page, { address: "Ada's place" }, NAME_FORM);
  equal(wrong.status, 422);
  match(wrong.words, /looks like capsule\.example\.org/);
  match(wrong.html, /value="Ada.{1,5}s place"/);
  equal((await client.send(page, { address: "http://new.example" }, NAME_FORM)).status, 422);
  for (const address of ["203.0.113.9", "https://[2001:db8::1]"]) {
    const number = await client.send(page, { address }, NAME_FORM);
    equal(number.status, 422);
    match(number.words, /an IP address\. Browsers trust names only/);
  }
  const taken = await client.send(page, { address: "New.Example" }, NAME_FORM);
  match(taken.words, /The name is kept/);
  ok(!/Only this machine can open/.test(taken.words), "not both at once");
  equal(findOwnCapsule(db)?.address, "https://new.example");
  standing.now = { https: undefined, problem: "", isGiven: true };
  equal((await client.post(`${PAGE}/name`, { address: "x.example" })).status, 404);
  equal(findOwnCapsule(db)?.address, "https://new.example");
});

Deno.test("ports that cannot be opened are told in settings", async () => {
  using studio = await open();
  const { client, standing } = studio;
  standing.now = { ...standing.now, problem: "Cannot listen on [::]:80: it is taken." };
  const page = await client.get(PAGE);
  match(page.words, /cannot be opened.*every ten seconds.*Cannot listen on \[::\]:80/);
  ok(!page.words.includes("Try now"));
});

Deno.test("without HTTPS by this program there is no such page", async () => {
  using studio = await open();
  equal((await studio.plain.get(PAGE)).status, 404);
  ok(!(await studio.plain.get("/studio/settings")).words.includes("certificate"));
  const stranger = openClient(studio.db, studio.now);
  ok((await stranger.get(PAGE)).status !== 200);
});
