import assert from "node:assert/strict";
import { saveSettings } from "../../storage/settings.ts";
import { openTestSite } from "../support/site.ts";

Deno.test("the sitemap names every piece and every page of its own", async () => {
  using site = openTestSite();
  const post = site.post({});
  const article = site.article({ title: "Über & unter", slug: "über-unter" });
  const page = site.article({ title: "Imprint", isPage: true });
  const index = await site.get("/sitemap.xml");
  assert.equal(index.headers.get("Content-Type"), "application/xml; charset=utf-8");
  const parts = [...(await index.text()).matchAll(/<loc>https:\/\/ada\.example([^<]+)</g)];
  const urls: string[] = [];
  for (const [, part = ""] of parts) {
    const answer = await site.get(part);
    assert.equal(answer.status, 200, part);
    urls.push(...[...(await answer.text()).matchAll(/<loc>([^<]+)</g)].map(([, url = ""]) => url));
  }
  for (const path of ["/", "/about", `/p/${post.index}`, `/a/${page.slug}`]) {
    assert.ok(urls.includes(`https://ada.example${path}`), path);
  }
  assert.ok(urls.includes(`https://ada.example/a/${encodeURIComponent(article.slug)}`));
  assert.equal((await site.get("/sitemap/2.xml")).status, 404);
  assert.equal((await site.get("/sitemap/0.xml")).status, 404);
});

Deno.test("robots.txt says what the owner chose about crawlers", async () => {
  using site = openTestSite();
  assert.match(await site.text("/robots.txt"), /^User-agent: \*\nDisallow: \/studio\n/);
  saveSettings(site.db, { crawlers: "no-ai" });
  const refused = await site.text("/robots.txt");
  assert.match(
    refused,
    /User-agent: GPTBot\n[^]*Disallow: \/\n\nUser-agent: \*\nDisallow: \/studio/,
  );
  saveSettings(site.db, { crawlers: "none" });
  assert.equal(await site.text("/robots.txt"), "User-agent: *\nDisallow: /\n");
});

Deno.test("the icon shows the first letter of the name on the owner's colour", async () => {
  using site = openTestSite({ name: "“ßé & Söhne”" });
  saveSettings(site.db, { accent: "#004488" });
  const icon = await site.get("/favicon.svg");
  assert.equal(icon.headers.get("Content-Type"), "image/svg+xml; charset=utf-8");
  const text = await icon.text();
  assert.match(text, />SS</);
  assert.match(text, /fill="#004488"/);
  assert.equal((await site.get("/icon")).headers.get("Location"), "/favicon.svg");
});

Deno.test("the manifest names the capsule", async () => {
  using site = openTestSite();
  const answer = await site.get("/manifest.webmanifest");
  assert.match(answer.headers.get("Content-Type") ?? "", /^application\/manifest\+json/);
  assert.equal((await answer.json()).name, "Ada");
});

Deno.test("the stylesheet has the owner's accent, for ever under its name", async () => {
  using site = openTestSite();
  saveSettings(site.db, { accent: "#004488" });
  const page = await site.text("/");
  const url = /rel="stylesheet" href="([^"]+)"/.exec(page)?.[1] ?? "";
  const style = await site.get(url);
  assert.equal(style.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  assert.match(await style.text(), /^:root\{--accent:#004488\}/);
  const old = await site.get("/assets/style-000000000000.css");
  assert.equal(old.status, 200);
  assert.equal(old.headers.get("Cache-Control"), "no-store");
  assert.equal((await site.get("/assets/other.css")).status, 404);
});

Deno.test("/up answers with the start's number and is not stored", async () => {
  using site = openTestSite();
  const answer = await site.get("/up");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  const body = await answer.json();
  assert.equal(body.ok, true);
  assert.equal(body.start, "start");
});
