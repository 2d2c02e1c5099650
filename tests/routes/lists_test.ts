import assert from "node:assert/strict";
import { checkReadersPage } from "../support/html.ts";
import { openTestSite } from "../support/site.ts";

const YEAR_2019 = Date.UTC(2019, 4, 5, 12);

Deno.test("tags stand in the order of the alphabet with their counts, and lead to their pieces", async () => {
  using site = openTestSite();
  site.post({ text: "First #Zebra", tags: ["Zebra"] });
  site.post({ text: "Second", tags: ["zebra", "apple"] });
  const page = await site.text("/tags");
  await checkReadersPage(page);
  assert.ok(page.indexOf("apple") < page.indexOf("zebra"));
  assert.match(page, /zebra<\/span> <span class="count">2</);
  const tag = await site.text("/tags/zebra");
  await checkReadersPage(tag);
  assert.match(tag, /First/);
  assert.match(tag, /Second/);
  assert.match(tag, /href="\/tags\/zebra\/feed\.json"/);
  const other = await site.get("/tags/Zebra");
  assert.equal(other.status, 308);
  assert.equal(other.headers.get("Location"), "/tags/zebra");
  assert.equal((await site.get("/tags/nobody")).status, 404);
});

Deno.test("the archive counts years, and a year lists its months", async () => {
  using site = openTestSite();
  site.post({ text: "Long ago", publishedAtMs: YEAR_2019 });
  site.article({ title: "Long ago, too", publishedAtMs: YEAR_2019 + 40 * 86_400_000 });
  site.post({ text: "Now" });
  const page = await site.text("/archive");
  await checkReadersPage(page);
  assert.match(page, /href="\/archive\/2019"[^]*2 pieces/);
  assert.match(page, /href="\/archive\/2026"[^]*1 piece</);
  const year = await site.text("/archive/2019");
  await checkReadersPage(year);
  assert.match(year, /June 2019[^]*Long ago, too[^]*May 2019[^]*Long ago/);
  assert.doesNotMatch(year, />Now</);
  for (const path of ["/archive/2018", "/archive/0000", "/archive/20190", "/archive/x"]) {
    assert.equal((await site.get(path)).status, 404, path);
  }
});

Deno.test("search marks what it found, whatever the accents, and says when it finds nothing", async () => {
  using site = openTestSite();
  site.post({ text: "The café by the river" });
  site.article({ title: "River songs", markdown: "Words about **rivers** and more." });
  const empty = await site.text("/search");
  await checkReadersPage(empty);
  assert.match(empty, /type="search"/);
  const found = await site.text("/search?q=cafe");
  await checkReadersPage(found);
  assert.match(found, /<mark>café<\/mark>/);
  const river = await site.text("/search?q=river");
  assert.match(river, /<mark>River<\/mark> songs/);
  const nothing = await site.text("/search?q=%3Cb%3Eunheard");
  await checkReadersPage(nothing);
  assert.match(nothing, /Nothing has the words “&lt;b>unheard”/);
});

Deno.test("what the owner looks for is stored nowhere", async () => {
  using site = openTestSite();
  site.post({ text: "Engine" });
  const own = await site.get("/search?q=engine", site.signIn());
  assert.equal(own.headers.get("Cache-Control"), "no-store");
  const visitor = await site.get("/search?q=engine");
  assert.equal(visitor.headers.get("Cache-Control"), "private, no-cache");
});

Deno.test("search pages through what it found", async () => {
  using site = openTestSite();
  for (let number = 1; number <= 25; number++) site.post({ text: `A river, number ${number}.` });
  const first = await site.text("/search?q=river");
  const older = /rel="next" href="([^"]+)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const second = await site.text(older);
  await checkReadersPage(second);
  assert.equal(second.match(/class="result post"/g)?.length, 5);
});

Deno.test("whatever is typed into search is answered", async () => {
  using site = openTestSite();
  site.post({});
  const typed = ['"', "-", "tag:", "a OR (b", "\u0000", "*", "\ud800", "x".repeat(3_000), "%"];
  for (const query of typed) {
    const answer = await site.get(`/search?q=${encodeURIComponent(query.toWellFormed())}`);
    assert.equal(answer.status, 200, query);
    await checkReadersPage(await answer.text());
  }
});

Deno.test("about says who writes, in their own words", async () => {
  using site = openTestSite();
  const page = await site.text("/about");
  await checkReadersPage(page);
  assert.match(page, /Writes about engines/);
  assert.ok(page.includes(site.id));
});

Deno.test("about lists the own pages when the navigation has no room for all", async () => {
  using site = openTestSite();
  for (let number = 1; number <= 6; number++) {
    site.article({ title: `Page ${number}`, isPage: true });
  }
  const few = await site.text("/about");
  assert.doesNotMatch(few.slice(few.indexOf("<main")), />Page 1</);
  site.article({ title: "Page 7", isPage: true });
  const page = await site.text("/about");
  await checkReadersPage(page);
  const main = page.slice(page.indexOf("<main"));
  for (let number = 1; number <= 7; number++) assert.ok(main.includes(`>Page ${number}<`));
});
