/** Set-up: one link, one capsule, a phrase that survives every slip and is stored nowhere. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { makeDesk } from "../../host/https/desk.ts";
import { decodePhrase } from "../../mesh/protocol/phrase.ts";
import { checkRecoveryPhrase } from "../../mesh/recovery_phrase.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { findProfile } from "../../storage/profiles.ts";
import { listSessions } from "../../storage/sessions.ts";
import { findSettings } from "../../storage/settings.ts";
import { saveSetupCode } from "../../storage/setup.ts";
import { checkStore } from "../support/check_store.ts";
import { START_MS } from "../support/capsule.ts";
import {
  type Client,
  makePicture,
  openClient,
  ORIGIN,
  type Page,
} from "../support/studio_client.ts";

const CODE = "a-one-time-code";
const ABOUT = { go: "next", name: "Maren Greenwald", line: "Reports on rivers." };
const SECRET = { go: "next", password: "four words in mind", again: "four words in mind" };

function openFresh(): Database {
  const db = openDatabase(":memory:");
  saveSetupCode(db, CODE, START_MS + 3_600_000);
  return db;
}

async function walkToPhrase(client: Client): Promise<Page> {
  const link = await client.get(`/setup?code=${CODE}`);
  equal(link.location, "/setup");
  const password = await client.send(await client.get("/setup"), ABOUT);
  return await client.send(password, { ...SECRET, timeZone: "Europe/Berlin", language: "de" });
}

function readWords(page: Page): string[] {
  return [...page.document.querySelectorAll(".phrase-words li")].map((word) =>
    (word.textContent ?? "").trim()
  );
}

function answerWords(page: Page, words: string[]): Record<string, string> {
  const asked = (name: string) => {
    const label = page.document.querySelector(`label[for=field-${name}]`)?.textContent ?? "";
    return words[Number(label.match(/\d+/)?.[0]) - 1] ?? "";
  };
  return { go: "next", first: asked("first"), second: asked("second") };
}

async function finish(client: Client): Promise<Page> {
  const phrase = await walkToPhrase(client);
  const words = readWords(phrase);
  const asked = await client.send(phrase, { go: "next" });
  return await client.send(asked, answerWords(asked, words));
}

Deno.test("the wizard makes a capsule and leaves its owner signed in at the composer", async () => {
  using db = openFresh();
  const client = openClient(db, () => START_MS);
  const phrase = await walkToPhrase(client);
  match(phrase.words, /Write these twelve words on paper/);
  const words = readWords(phrase);
  equal(decodePhrase(words.join(" ")).length, 16);
  const asked = await client.send(phrase, { go: "next" });
  const studio = await client.send(asked, answerWords(asked, words));
  equal(studio.status, 200);
  match(studio.words, /Your capsule is ready, Maren Greenwald/);
  const own = findOwnCapsule(db);
  ok(own);
  equal(own.address, ORIGIN);
  equal(checkRecoveryPhrase(words.join(" "), own.id), "right");
  const { name, line, language } = findProfile(db, own.log);
  deepEqual({ name, line, language }, {
    name: "Maren Greenwald",
    line: "Reports on rivers.",
    language: "de",
  });
  equal(findSettings(db).timeZone, "Europe/Berlin");
  equal(listSessions(db, START_MS).length, 1);
  checkStore(db);
});

Deno.test("a picture chosen in the wizard is on the profile", async () => {
  using db = openFresh();
  const client = openClient(db, () => START_MS);
  await client.get(`/setup?code=${CODE}`);
  const page = await client.send(await client.get("/setup"), { ...ABOUT, picture: makePicture() });
  match(page.words, /How do you sign in/);
  const phrase = await client.send(page, SECRET);
  const asked = await client.send(phrase, { go: "next" });
  await client.send(asked, answerWords(asked, readWords(phrase)));
  const own = findOwnCapsule(db);
  equal(findProfile(db, own?.log ?? 0).picture?.width, 1);
});

Deno.test("the same words come back after a reload, a slip and a restart, and no table holds them", async () => {
  using db = openFresh();
  const client = openClient(db, () => START_MS);
  const phrase = await walkToPhrase(client);
  const words = readWords(phrase);
  const asked = await client.send(phrase, { go: "next" });
  const wrong = await client.send(asked, { go: "next", first: "zoo", second: "zoo" });
  equal(wrong.status, 422);
  match(wrong.words, /That is not word number/);
  deepEqual(readWords(await client.send(wrong, { go: "back" })), words);
  // Another process over the same database: only the browser's cookie is left.
  const restarted = openClient(db, () => START_MS);
  for (const [name, value] of client.cookies) restarted.cookies.set(name, value);
  deepEqual(readWords(await walkToPhrase(restarted)), words);
  equal(findOwnCapsule(db), undefined);
});

Deno.test("two browsers at once: one capsule, and the other is told", async () => {
  using db = openFresh();
  const [one, other] = [openClient(db, () => START_MS), openClient(db, () => START_MS)];
  const [first, second] = [await walkToPhrase(one), await walkToPhrase(other)];
  notEqual(readWords(first).join(" "), readWords(second).join(" "));
  const [askedOne, askedOther] = [
    await one.send(first, { go: "next" }),
    await other.send(second, { go: "next" }),
  ];
  const answers = await Promise.all([
    one.send(askedOne, answerWords(askedOne, readWords(first))),
    other.send(askedOther, answerWords(askedOther, readWords(second))),
  ]);
  deepEqual(answers.map((page) => page.status).sort(), [200, 410]);
  checkStore(db);
});

Deno.test("a wrong, an expired and a used link each get a sentence and no wizard", async () => {
  using db = openFresh();
  const wrong = await openClient(db, () => START_MS).get("/setup?code=nonsense");
  equal(wrong.status, 403);
  match(wrong.words, /Open the link that the program printed/);
  equal((await openClient(db, () => START_MS).get("/setup")).status, 403);
  const expired = await openClient(db, () => START_MS + 7_200_000).get(`/setup?code=${CODE}`);
  match(expired.words, /This link has expired/);
  await finish(openClient(db, () => START_MS));
  const used = await openClient(db, () => START_MS).get(`/setup?code=${CODE}`);
  equal(used.status, 410);
  match(used.words, /Already set up/);
});

Deno.test("codes cannot be guessed without end, by link or by cookie, and whoever has a random one is not kept out", async () => {
  const random = "0123456789abcdef0123456789abcdef";
  using db = openFresh();
  const stranger = openClient(db, () => START_MS);
  const cookie = `__Host-capsule-setup=`;
  for (let n = 0; n < 5; n++) {
    equal((await stranger.get(`/setup?code=guess${n}`)).status, 403);
    const guess = { headers: { Cookie: `${cookie}guess${n}.${"a".repeat(43)}` } };
    await (await stranger.request("/setup/recover", guess)).body?.cancel();
  }
  const held = await stranger.get(`/setup?code=${CODE}`);
  equal(held.status, 429);
  match(held.words, /too many tries.*wait 15 minutes/);
  equal(held.headers.get("Retry-After"), "900");
  equal((await openClient(db, () => START_MS + 900_000).get(`/setup?code=${CODE}`)).status, 303);
  saveSetupCode(db, random, START_MS + 3_600_000);
  for (let n = 0; n < 30; n++) {
    await stranger.get(`/setup?code=${n}`);
    equal((await stranger.get(`/setup?code=${random.replace(/^../, `${10 + n}`)}`)).status, 403);
  }
  const owner = openClient(db, () => START_MS);
  equal((await owner.get(`/setup?code=${random}`)).location, "/setup");
  equal((await owner.get("/setup")).status, 200);
});

Deno.test("what is not right is said beside its field, and what was typed is still there", async () => {
  using db = openFresh();
  const client = openClient(db, () => START_MS);
  await client.get(`/setup?code=${CODE}`);
  const start = await client.get("/setup");
  const nameless = await client.send(start, { ...ABOUT, name: " " });
  equal(nameless.status, 422);
  match(nameless.words, /Readers need a name/);
  match(nameless.html, /Reports on rivers\./);
  const password = await client.send(nameless, ABOUT);
  const short = await client.send(password, { ...SECRET, password: "short", again: "short" });
  match(short.words, /at least 10 characters, and this one has 5/);
  const unequal = await client.send(password, { ...SECRET, again: "something else" });
  match(unequal.words, /The two passwords are not the same/);
  const zone = await client.send(password, { ...SECRET, timeZone: "Mars/Olympus" });
  match(zone.words, /choose a time zone from the list/);
});

Deno.test("a sealed form of another browser opens nothing", async () => {
  using db = openFresh();
  const client = openClient(db, () => START_MS);
  const phrase = await walkToPhrase(client);
  const sealed = phrase.document.querySelector("input[name=sealed]")?.getAttribute("value") ?? "";
  const stranger = openClient(db, () => START_MS);
  await stranger.get(`/setup?code=${CODE}`);
  const answer = await stranger.post("/setup", { step: "phrase", go: "next", sealed });
  equal(answer.location, "/setup");
  equal(findOwnCapsule(db), undefined);
});

Deno.test("a name that is typed at set-up is the capsule's address, and leads to where HTTPS is shown", async () => {
  using db = openFresh();
  const origin = "http://localhost:8000";
  const certificate = makeDesk(
    () => ({ https: undefined, problem: "", isGiven: false }),
    { db, now: () => START_MS },
  );
  const client = openClient(db, () => START_MS, { origin, certificate });
  await client.get(`/setup?code=${CODE}`);
  const about = await client.get("/setup");
  const wrong = await client.send(about, { ...ABOUT, address: "https://a.example/b" });
  equal(wrong.status, 422);
  match(wrong.html, /value="https:\/\/a\.example\/b"/);
  const password = await client.send(wrong, { ...ABOUT, address: "Ida.Example" });
  const phrase = await client.send(password, { ...SECRET, timeZone: "UTC", language: "en" });
  const words = readWords(phrase);
  const asked = await client.send(phrase, { go: "next" });
  await client.send(asked, answerWords(asked, words));
  equal(findOwnCapsule(db)?.address, "https://ida.example");
  match(
    (await client.get("/studio/settings/certificate?asked=name")).words,
    /HTTPS is being opened/,
  );
});

Deno.test("where an address was given, or a proxy does HTTPS, set-up asks for no name", async () => {
  using db = openFresh();
  for (const origin of ["https://given.example", "http://localhost:8000"]) {
    const client = openClient(db, () => START_MS, { origin });
    await client.get(`/setup?code=${CODE}`);
    ok(!(await client.get("/setup")).words.includes("Name on the internet"));
  }
});
