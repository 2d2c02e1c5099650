import assert from "node:assert/strict";
import { createApp, type LogLine } from "../../routes/app.ts";
import { saveDamage } from "../../storage/damage.ts";
import { openDatabase } from "../../storage/database.ts";
import { checkHtml, checkReadersPage } from "../support/html.ts";
import { openTestSite, ORIGIN } from "../support/site.ts";

Deno.test("a page that is not there looks like the site and offers search", async () => {
  using site = openTestSite();
  for (
    const path of ["/nothing", "/a/nothing", "/%E0%A4%A", "/a/%E0%A4%A", "/p/%", "/..%2f"]
  ) {
    const answer = await site.get(path);
    assert.equal(answer.status, 404, path);
    await checkReadersPage(await answer.text());
    assert.equal(answer.headers.get("Cache-Control"), "no-store");
  }
});

Deno.test("a slash too many is taken away, never to another host", async () => {
  using site = openTestSite();
  assert.equal((await site.get("/posts/")).headers.get("Location"), "/posts");
  assert.equal((await site.get("/posts/?before=5")).headers.get("Location"), "/posts?before=5");
  const answer = await site.get("//evil.example/");
  assert.equal(answer.headers.get("Location"), "/evil.example");
});

Deno.test("every answer has the security headers and allows no script", async () => {
  using site = openTestSite();
  for (const path of ["/", "/nothing", "/up", "/robots.txt", "/feed.json"]) {
    const { headers } = await site.get(path);
    const policy = headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /^default-src 'none'; style-src 'self'; img-src 'self';/, path);
    assert.doesNotMatch(policy, /script-src|unsafe/);
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
    assert.ok(headers.has("Referrer-Policy"));
    assert.ok(headers.has("Permissions-Policy"));
  }
});

Deno.test("a form from another site changes nothing and is told so", async () => {
  using site = openTestSite();
  const forged: Record<string, string>[] = [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "cross-site", Origin: ORIGIN },
    { "Sec-Fetch-Site": "same-site" },
    { Origin: "https://ada.example.evil.example" },
  ];
  for (const headers of forged) {
    const all = {
      ...headers,
      ...site.signIn(),
      "Content-Type": "application/x-www-form-urlencoded",
    };
    const answer = await site.request("/studio", { method: "POST", headers: all, body: "text=x" });
    assert.equal(answer.status, 403, JSON.stringify(headers));
    await checkHtml(await answer.clone().text());
    assert.match(await answer.text(), /came from another site/);
  }
});

Deno.test("an address too long, a body too long and a wrong method each get a page", async () => {
  using site = openTestSite();
  const long = await site.get(`/${"a".repeat(5_000)}`);
  assert.equal(long.status, 414);
  await checkReadersPage(await long.text());
  const headers = { "Content-Length": `${1024 * 1024 + 1}` };
  const much = await site.request("/posts", { method: "POST", headers, body: "x" });
  assert.equal(much.status, 413);
  await checkReadersPage(await much.text());
  for (const method of ["POST", "PUT", "DELETE"]) {
    const answer = await site.request("/posts", { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.get("Allow"), "HEAD, GET");
    await checkReadersPage(await answer.text());
  }
  assert.equal((await site.request("/nothing", { method: "POST" })).status, 404);
});

Deno.test("HEAD answers what GET answers, without the words", async () => {
  using site = openTestSite();
  const answer = await site.request("/", { method: "HEAD" });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), "");
});

Deno.test("before set-up every page says so, and programs get 503", async () => {
  using db = openDatabase(":memory:");
  const app = createApp({
    db,
    now: () => 0,
    log: () => {},
    isDev: false,
    origin: () => ORIGIN,
    startId: "start",
  });
  for (const path of ["/", "/posts", "/sitemap.xml", "/nothing"]) {
    const answer = await app.request(`${ORIGIN}${path}`);
    assert.equal(answer.status, 503, path);
    const page = await answer.text();
    await checkReadersPage(page);
    assert.match(page, /Not set up yet/);
  }
  assert.equal((await app.request(`${ORIGIN}/up`)).status, 200);
});

Deno.test("an error nobody expected is logged once and told without its message", async () => {
  using site = openTestSite();
  site.post({ text: "Fine" });
  const logged: LogLine[] = [];
  let isBroken = true;
  const app = createApp({
    db: site.db,
    now: site.now,
    log: (line) => logged.push(line),
    isDev: false,
    origin: () => {
      if (!isBroken) return ORIGIN;
      isBroken = false;
      throw new TypeError("profiles: SQL logic error");
    },
    startId: "start",
  });
  const answer = await app.request(`${ORIGIN}/`);
  assert.equal(answer.status, 500);
  const page = await answer.text();
  assert.doesNotMatch(page, /profiles|SQL/);
  assert.match(page, /not your fault/);
  assert.equal(logged.length, 1);
  const [line] = logged;
  assert.equal(line?.level, "error");
  assert.ok(line?.requestId && page.includes(line.requestId));
  assert.equal(answer.headers.get("X-Request-Id"), line?.requestId);
});

Deno.test("a table that is gone is damage: told as such, once in the log", async () => {
  using site = openTestSite();
  site.post({ text: "Fine" });
  site.expectDamage();
  site.db.exec("alter table profiles rename to lost");
  const answer = await site.get("/");
  assert.equal(answer.status, 503);
  assert.doesNotMatch(await answer.text(), /profiles|SQL/);
  assert.equal(site.logged.filter(({ level }) => level === "error").length, 1);
});

Deno.test("a damaged capsule says so on every page and goes on being read", async () => {
  using site = openTestSite();
  site.post({ text: "Still here" });
  site.expectDamage();
  const isUp = async () => await (await site.get("/up")).json();
  assert.equal((await isUp()).readOnly, undefined);
  saveDamage(site.db, "Page 7 cannot be read.", site.now());
  assert.deepEqual([(await isUp()).ok, (await isUp()).readOnly], [true, "damaged"]);
  for (const answer of [await site.get("/"), await site.ask("/")]) {
    const page = await answer.text();
    await checkReadersPage(page);
    assert.match(page, /class="banner damaged"/);
    assert.match(page, /Still here/);
    assert.doesNotMatch(page, /Page 7/);
  }
});
