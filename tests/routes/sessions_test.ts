/** Signing in and out: limited, rotated, and nothing that was written is lost. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { createApp } from "../../routes/app.ts";
import { createHandler } from "../../routes/page_cache.ts";
import { listPieces } from "../../storage/pieces.ts";
import { listSessions, SESSION_MS } from "../../storage/sessions.ts";
import { makePicture, openClient, openStudio, ORIGIN, PASSWORD } from "../support/studio_client.ts";

const COOKIE = "__Host-capsule";
const OWNERS_PATHS = [
  "/studio",
  "/studio/articles/new",
  "/studio/drafts",
  "/studio/drafts/some-id",
  "/studio/revise/1",
  "/studio/withdraw/1",
  "/studio/settings",
  "/studio/settings/profile",
  "/studio/settings/appearance",
  "/studio/settings/security",
];

Deno.test("the session cookie is for this host alone, and for no script", async () => {
  using studio = await openStudio();
  const client = openClient(studio.db, studio.now);
  const answer = await client.request("/sign-in", {
    method: "POST",
    body: new URLSearchParams({ password: PASSWORD }),
  });
  const flags = "Max-Age=\\d+; Path=/; HttpOnly; Secure; SameSite=Lax$";
  const [session = "", known = "", ...others] = answer.headers.getSetCookie();
  match(session, new RegExp(`^__Host-capsule=[\\w-]{43}; ${flags}`));
  match(known, new RegExp(`^__Host-capsule-browser=[\\w-]{22}\\.[\\w-]{43}; ${flags}`));
  deepEqual(others, []);
  const plain = openClient(studio.db, studio.now, { origin: "http://localhost:8000" });
  await plain.post("/sign-in", { password: PASSWORD });
  deepEqual([...plain.cookies.keys()], ["capsule", "capsule-browser"]);
});

Deno.test("nobody but the owner reaches the studio", async () => {
  using studio = await openStudio();
  studio.post({ text: "Mine" });
  const stranger = openClient(studio.db, studio.now);
  for (const path of OWNERS_PATHS) {
    const page = await stranger.get(path);
    equal(page.status, 303, path);
    equal(page.location, `/sign-in?next=${encodeURIComponent(path)}`);
    const sent = await stranger.post(path, { do: "publish", text: "Not mine" });
    equal(sent.status, 403, path);
    match(sent.words, /Sign in/);
  }
  const upload = await stranger.post("/studio/uploads", { files: makePicture() }, {
    Accept: "application/json",
  });
  equal(upload.status, 403);
  equal(listPieces(studio.db, { log: studio.log, limit: 10 }).length, 1);
});

Deno.test("a wrong password gets one sentence, and the eleventh try waits", async () => {
  using studio = await openStudio();
  const client = openClient(studio.db, studio.now);
  for (let n = 0; n < 10; n += 1) {
    const page = await client.post("/sign-in", { password: "guess number one" });
    equal(page.status, 422);
    match(page.words, /This password is not right\./);
  }
  const waits = await client.post("/sign-in", { password: PASSWORD });
  equal(waits.status, 429);
  match(waits.words, /too many tries. Please wait 15 minutes/);
  match(waits.words, /With your recovery phrase you need not wait\./);
  equal(waits.headers.get("Retry-After"), "900");
  studio.wait(15 * 60_000 + 1);
  equal((await client.post("/sign-in", { password: PASSWORD })).location, "/studio");
});

Deno.test("a stranger who tries all day does not keep the owner's browser out", async () => {
  using studio = await openStudio();
  const { client: owner } = studio;
  const stranger = openClient(studio.db, studio.now);
  const guess = () => stranger.post("/sign-in", { password: "guess number one" });
  for (let n = 0; n < 10; n += 1) await guess();
  equal((await guess()).status, 429);
  const current = {
    current: PASSWORD,
    password: "another four words",
    again: "another four words",
  };
  equal((await owner.post("/studio/settings/security/password", current)).status, 303);
  await owner.post("/sign-out", {});
  equal((await owner.post("/sign-in", { password: "another four words" })).location, "/studio");
  equal((await guess()).status, 429);
  // A new browser of the owner's, in the stranger's network.
  const phrase = { phrase: studio.phrase, password: "four other words", again: "four other words" };
  const fresh = openClient(studio.db, studio.now);
  equal((await fresh.post("/forgotten", phrase)).location, "/studio");
});

Deno.test("a browser that is known has ten tries too, until a new password makes it a stranger", async () => {
  using studio = await openStudio();
  const { client } = studio;
  await client.post("/sign-out", {});
  for (let n = 0; n < 10; n += 1) {
    equal((await client.post("/sign-in", { password: "guess number one" })).status, 422);
  }
  equal((await client.post("/sign-in", { password: PASSWORD })).status, 429);
  const fresh = openClient(studio.db, studio.now);
  const phrase = { phrase: studio.phrase, password: "another four words" };
  equal((await fresh.post("/forgotten", { ...phrase, again: phrase.password })).status, 303);
  for (let n = 0; n < 10; n += 1) await client.post("/sign-in", { password: "guess number one" });
  const stranger = openClient(studio.db, studio.now);
  equal((await stranger.post("/sign-in", { password: PASSWORD })).status, 429);
});

Deno.test("a made-up cookie of a known browser gives nobody more tries", async () => {
  using studio = await openStudio();
  const stranger = openClient(studio.db, studio.now);
  for (let n = 0; n < 11; n += 1) {
    stranger.cookies.set("__Host-capsule-browser", `${"A".repeat(21)}${n % 10}.${"B".repeat(43)}`);
    const page = await stranger.post("/sign-in", { password: "guess number one" });
    equal(page.status, n < 10 ? 422 : 429);
  }
});

Deno.test("tries from one network do not make another wait, through the page cache too", async () => {
  using studio = await openStudio();
  const handler = createHandler({
    db: studio.db,
    now: studio.now,
    log: () => {},
    isDev: false,
    origin: () => ORIGIN,
    startId: "test",
  });
  const tryFrom = async (hostname: string, password: string) => {
    const init = { method: "POST", body: new URLSearchParams({ password }) };
    const remoteAddr = { transport: "tcp", hostname, port: 50_000 } as const;
    const info = { remoteAddr, completed: Promise.resolve() };
    return (await handler(new Request(`${ORIGIN}/sign-in`, init), info)).status;
  };
  for (let n = 0; n < 10; n += 1) equal(await tryFrom("192.0.2.7", "guess number one"), 422);
  equal(await tryFrom("192.0.2.8", PASSWORD), 429);
  equal(await tryFrom("198.51.100.7", PASSWORD), 303);
});

Deno.test("each sign-in has a new token, and the one before is worth nothing", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const before = client.cookies.get(COOKIE) ?? "";
  await client.post("/sign-in", { password: PASSWORD });
  notEqual(client.cookies.get(COOKIE), before);
  equal(listSessions(studio.db, studio.now()).length, 1);
  client.cookies.set(COOKIE, before);
  equal((await client.get("/studio")).status, 303);
});

Deno.test("signing in goes on to the studio's own pages only", async () => {
  using studio = await openStudio();
  const go = async (next: string) =>
    (await studio.client.post("/sign-in", { password: PASSWORD, next })).location;
  equal(await go("/studio/settings"), "/studio/settings");
  for (
    const next of ["https://evil.example/", "//evil.example", "/studio//evil", "/studio\\evil"]
  ) {
    equal(await go(next), "/studio", next);
  }
});

Deno.test("signing out ends the session here and in the database", async () => {
  using studio = await openStudio();
  equal((await studio.client.post("/sign-out", {})).location, "/");
  equal(studio.client.cookies.has(COOKIE), false);
  equal(listSessions(studio.db, studio.now()).length, 0);
});

Deno.test("words sent after the session ended come back after signing in", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const composer = await client.get("/studio");
  studio.wait(SESSION_MS + 1);
  const door = await client.send(composer, { text: "Not to be lost <b>", do: "publish" });
  equal(door.status, 403);
  match(door.words, /Sign in again and what you wrote comes back/);
  const wrong = await client.send(door, { password: "a wrong one here" });
  equal(wrong.status, 422);
  const back = await client.send(wrong, { password: PASSWORD });
  match(back.words, /Not to be lost <b>/);
  const post = await client.send(back, {});
  match(post.words, /Not to be lost <b>/);
  equal(listPieces(studio.db, { log: studio.log, limit: 10 }).length, 1);
});

Deno.test("with picture files the composer comes back before anything is published", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const composer = await client.get("/studio");
  studio.wait(SESSION_MS + 1);
  const fields = { text: "With a picture", do: "publish", files: makePicture() };
  const back = await client.send(await client.send(composer, fields), { password: PASSWORD });
  match(back.words, /Picture files cannot wait here/);
  const again = await client.send(back, {});
  match(again.html, /With a picture/);
  equal(listPieces(studio.db, { log: studio.log, limit: 10 }).length, 0);
});

Deno.test("a form of another site changes nothing, signed in or not", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const forged = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
  const paths = ["/studio", "/sign-in", "/sign-out", "/studio/settings/security/password"];
  for (const path of paths) {
    const page = await client.post(path, { do: "publish", text: "Forged" }, forged);
    equal(page.status, 403, path);
  }
  equal((await client.get("/studio")).status, 200);
  equal(listPieces(studio.db, { log: studio.log, limit: 10 }).length, 0);
});

Deno.test("a form from the same name without encryption changes nothing; one from this machine does", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const fields = { do: "publish", text: "Who wrote this?" };
  for (const origin of ["http://ada.example", "null", "", "https://ada.example.evil.example"]) {
    equal((await client.post("/studio", fields, { Origin: origin })).status, 403, origin);
  }
  equal(listPieces(studio.db, { log: studio.log, limit: 10 }).length, 0);
  const app = createApp({
    db: studio.db,
    now: studio.now,
    log: () => {},
    isDev: false,
    origin: () => ORIGIN,
    startId: "test",
  });
  const answer = await app.request("http://localhost:8000/sign-in", {
    method: "POST",
    headers: { Origin: "http://localhost:8000" },
    body: new URLSearchParams({ password: PASSWORD }),
  });
  equal(answer.status, 303);
});

Deno.test("the recovery phrase sets a new password and ends every other session", async () => {
  using studio = await openStudio();
  const fresh = { password: "another four words", again: "another four words" };
  const other = openClient(studio.db, studio.now);
  const door = await other.get("/forgotten");
  const send = (fields: Record<string, string>) =>
    other.send(door, { ...fresh, ...fields }, "main form");
  match((await send({ phrase: "one two three" })).words, /this is not a recovery phrase/);
  const foreign = "legal winner thank year wave sausage worth useful legal winner thank yellow";
  match((await send({ phrase: foreign })).words, /belong to another capsule/);
  const done = await send({ phrase: `  ${studio.phrase.toUpperCase()} ` });
  equal(done.status, 200);
  ok(other.cookies.has(COOKIE));
  equal((await studio.client.get("/studio")).status, 303);
  equal((await studio.client.post("/sign-in", { password: PASSWORD })).status, 422);
  equal(listSessions(studio.db, studio.now()).length, 1);
});

Deno.test("phrases are tried as seldom as passwords", async () => {
  using studio = await openStudio();
  const client = openClient(studio.db, studio.now);
  const fields = { phrase: "a b c", password: "another four words", again: "another four words" };
  for (let n = 0; n < 10; n += 1) await client.post("/forgotten", fields);
  const page = await client.post("/forgotten", { ...fields, phrase: studio.phrase });
  equal(page.status, 429);
});

Deno.test("a stranger's pile of files at the door is not read", async () => {
  using studio = await openStudio();
  const stranger = openClient(studio.db, studio.now);
  const boundary = "a-boundary";
  const start = new TextEncoder().encode(
    `--${boundary}\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n`,
  );
  const chunk = new Uint8Array(256 * 1024);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(sent === 0 ? start : chunk);
      sent += chunk.length;
    },
  });
  const headers = { "Content-Type": `multipart/form-data; boundary=${boundary}` };
  const answer = await stranger.request("/sign-in", { method: "POST", body, headers });
  equal(answer.status, 422);
  ok(sent < 6 * 1024 * 1024, `${sent} bytes were read`);
});

Deno.test("the pages at the door have a strict policy and are not stored", async () => {
  using studio = await openStudio();
  const page = await studio.client.get("/studio");
  const policy = page.headers.get("Content-Security-Policy") ?? "";
  const nonce = policy.match(/script-src 'nonce-([^']+)'/)?.[1];
  ok(nonce);
  equal(page.headers.get("Cache-Control"), "no-store");
  const scripts = [...page.document.querySelectorAll("script")];
  ok(scripts.length > 0);
  for (const script of scripts) {
    equal(script.getAttribute("nonce"), nonce);
    equal(script.textContent, "");
    const source = await studio.client.request(script.getAttribute("src") ?? "");
    equal(source.status, 200);
  }
  equal(/ on\w+=|style=|javascript:/.test(page.html), false);
  equal(ORIGIN.startsWith("https:"), true);
});
