import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { publishPost } from "../../mesh/publish.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { chooseEncoding } from "../../routes/cached_page.ts";
import { openDatabase } from "../../storage/database.ts";
import { openTestSite } from "../support/site.ts";

Deno.test("a new post shows at once, also one from another connection", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  await Deno.remove(path);
  {
    using site = openTestSite({ path });
    site.post({ text: "The first" });
    assert.match(await (await site.ask("/")).text(), /The first/);
    site.post({ text: "The second" });
    assert.match(await (await site.ask("/")).text(), /The second/);
    using other = openDatabase(path);
    allowSigning(other);
    publishPost({ db: other, now: site.now }, { text: "The third" });
    assert.match(await (await site.ask("/")).text(), /The third/);
  }
  for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
});

Deno.test("the cached answer has the same bytes and headers as the application's", async () => {
  using site = openTestSite();
  site.post({ text: "Words" });
  const plain = await (await site.get("/")).text();
  for (let round = 0; round < 2; round++) {
    const answer = await site.ask("/");
    assert.equal(await answer.text(), plain);
    assert.match(answer.headers.get("Content-Type") ?? "", /^text\/html/);
    assert.equal(
      answer.headers.get("Cache-Control"),
      "public, max-age=0, s-maxage=5, stale-if-error=86400",
    );
    assert.equal(answer.headers.get("Vary"), "Accept-Encoding");
    assert.ok(answer.headers.has("Content-Security-Policy"));
  }
});

Deno.test("pages are compressed as the browser asks", async () => {
  using site = openTestSite();
  for (let number = 0; number < 9; number++) site.post({ text: `Words ${number}` });
  const plain = await (await site.ask("/")).text();
  const gzip = await site.ask("/", { headers: { "Accept-Encoding": "gzip, deflate" } });
  assert.equal(gzip.headers.get("Content-Encoding"), "gzip");
  assert.equal(String(gunzipSync(new Uint8Array(await gzip.arrayBuffer()))), plain);
  const brotli = await site.ask("/", { headers: { "Accept-Encoding": "gzip, br" } });
  assert.equal(brotli.headers.get("Content-Encoding"), "br");
  assert.equal(String(brotliDecompressSync(new Uint8Array(await brotli.arrayBuffer()))), plain);
});

Deno.test("a cache between us never gives a compressed stylesheet to who cannot read it", async () => {
  using site = openTestSite();
  const path = /href="(\/assets\/style-[^"]+)"/.exec(await site.text("/"))?.[1] ?? "";
  for (const coding of ["br", "gzip", "identity"]) {
    const answer = await site.ask(path, { headers: { "Accept-Encoding": coding } });
    await answer.body?.cancel();
    assert.equal(answer.headers.get("Vary"), "Accept-Encoding");
    assert.equal(answer.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  }
});

Deno.test("an encoding that is refused is not used", () => {
  assert.equal(chooseEncoding(null), "identity");
  assert.equal(chooseEncoding("identity"), "identity");
  assert.equal(chooseEncoding("br;q=0, gzip;q=0.5"), "gzip");
  assert.equal(chooseEncoding("gzip;q=0"), "identity");
  assert.equal(chooseEncoding("gzip;q=1.0, br;q=0.9"), "br");
});

Deno.test("what becomes of one visitor's answer does not change the next one's", async () => {
  using site = openTestSite();
  site.post({ text: "Words" });
  const plain = await (await site.ask("/")).text();
  const changed = await site.ask("/");
  changed.headers.set("Cache-Control", "no-store");
  changed.headers.delete("ETag");
  assert.equal(await new Response(changed.body).text(), plain);
  await (await site.ask("/")).body?.cancel();
  const next = await site.ask("/");
  assert.equal(await next.text(), plain);
  assert.match(next.headers.get("Cache-Control") ?? "", /^public/);
  assert.ok(next.headers.has("ETag"));
});

Deno.test("who has the page already is told so, until it changes", async () => {
  using site = openTestSite();
  site.post({ text: "Words" });
  const tag = (await site.ask("/")).headers.get("ETag") ?? "";
  const headers = { "If-None-Match": tag };
  const same = await site.ask("/", { headers });
  assert.equal(same.status, 304);
  assert.equal(same.headers.get("ETag"), tag);
  site.post({ text: "More" });
  assert.equal((await site.ask("/", { headers })).status, 200);
});

Deno.test("the owner's page is never kept, and visitors never see it", async () => {
  using site = openTestSite();
  const { index } = site.post({ text: "Words" });
  const path = `/p/${index}`;
  const cookie = site.signIn();
  assert.match(await (await site.ask(path, { headers: cookie })).text(), /\/studio\/revise/);
  assert.doesNotMatch(await (await site.ask(path)).text(), /\/studio\/revise/);
  const again = await site.ask(path, { headers: cookie });
  assert.equal(again.headers.get("Cache-Control"), "no-store");
  assert.match(await again.text(), /\/studio\/revise/);
});

Deno.test("parameters that no page knows change nothing", async () => {
  using site = openTestSite();
  site.post({ text: "Words" });
  const plain = await (await site.ask("/")).text();
  for (const query of ["?utm_source=x", "?a=1&before=", "?q=5"]) {
    const answer = await site.ask(`/${query}`);
    if (answer.status === 200) assert.equal(await answer.text(), plain, query);
  }
});

Deno.test("HEAD gives the headers of the page and no body, before and after it is kept", async () => {
  using site = openTestSite();
  site.post({ text: "Words" });
  const before = await site.ask("/", { method: "HEAD" });
  assert.equal(before.status, 200);
  assert.equal(await before.text(), "");
  const page = await site.ask("/");
  assert.match(await page.text(), /Words/);
  const after = await site.ask("/", { method: "HEAD" });
  assert.equal(after.headers.get("ETag"), page.headers.get("ETag"));
  assert.equal(await after.text(), "");
});

Deno.test("pages nobody asks for leave the cache, and everything is still answered", async () => {
  using site = openTestSite();
  const markdown = "Words that fill a page. ".repeat(18_000);
  const slugs = Array.from({ length: 45 }, (_, number) => `long-${number}`);
  for (const slug of slugs) site.article({ title: slug, slug, markdown });
  for (const slug of [...slugs, ...slugs]) {
    const answer = await site.ask(`/a/${slug}`);
    assert.equal(answer.status, 200);
    assert.ok((await answer.text()).includes(`<h1 class="p-name" dir="auto">${slug}</h1>`));
  }
});
