import assert from "node:assert/strict";
import { toHex } from "../../mesh/protocol/hex.ts";
import { saveBlock } from "../../storage/blocks.ts";
import { findEntry } from "../../storage/entries.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { Projection } from "../../storage/projection.ts";
import { storeTakenDown } from "../../storage/stored_contents.ts";
import { checkReadersPage } from "../support/html.ts";
import { MIRROR_PATHS, openMirrorSite } from "../support/mirror_site.ts";

const DAY_MS = 86_400_000;

Deno.test("own pages do not change by what is mirrored, and own lists, search and sitemap leave it out", async () => {
  using rig = openMirrorSite();
  const { site, bob } = rig;
  for (
    const path of ["/", "/posts", "/search?q=bob", "/sitemap.xml", "/sitemap/1.xml", "/robots.txt"]
  ) {
    const page = await site.text(path);
    assert.ok(!page.includes(bob.id) && !page.includes("Bob"), path);
  }
});

Deno.test("an id without a slash, and an old path, lead on below the base", async () => {
  using rig = openMirrorSite();
  const { site, base } = rig;
  const bare = await site.get(`${base}?before=5`);
  assert.equal(bare.status, 302);
  assert.equal(bare.headers.get("Location"), `${base}/?before=5`);
  const old = await site.get(`${base}/2015/05/bridges.html`);
  assert.equal(old.status, 308);
  assert.equal(old.headers.get("Location"), `${base}/a/on-bridges`);
  const slashes = await site.get(`${base}/posts/`);
  assert.equal(slashes.headers.get("Location"), `${base}/posts`);
  assert.equal(
    (await site.get(`${base}/a/On-Bridges`)).headers.get("Location"),
    `${base}/a/on-bridges`,
  );
  const missing = await site.get(`${base}/nothing`);
  assert.equal(missing.status, 404);
  assert.match(await missing.text(), new RegExp(`href="${base}/">To the newest posts`));
  assert.equal((await site.request(`${base}/posts`, { method: "POST" })).status, 405);
});

Deno.test("P14: an address leads to the mirror while it is confirmed, and not by what a log claims of itself", async () => {
  using rig = openMirrorSite();
  const { site, base, bob } = rig;
  const there = await site.get("/~bob.example/p/1?x=1");
  assert.equal(there.status, 302);
  assert.equal(there.headers.get("Location"), `${base}/p/1?x=1`);
  assert.equal((await site.get("/~BOB.example")).headers.get("Location"), `${base}/`);
  assert.equal((await site.get("/~ada.example/about")).headers.get("Location"), "/about");
  assert.equal((await site.get(`/~${site.id}/about`)).headers.get("Location"), "/about");
  assert.equal(
    (await site.get("/~ada.example//evil.example")).headers.get("Location"),
    "/evil.example",
  );
  assert.equal((await site.get("/~Bob.Example:443/p/1")).headers.get("Location"), `${base}/p/1`);
  for (
    const path of ["/~other.example/", "/~x@bob.example/", "/~bob.example%2Fp/", "/~/", "/~%00/"]
  ) {
    assert.equal((await site.get(path)).status, 404, path);
  }
  site.db.exec(`update peers set shown_id = 'cap1other' where id = '${bob.id}'`);
  assert.equal((await site.get("/~bob.example/")).status, 404);
  site.db.exec("update peers set shown_id = null, confirmed_at_ms = null");
  assert.equal((await site.get("/~bob.example/")).status, 404);
});

Deno.test("a quiet follow is unknown to everybody but the owner, whose page is kept by nobody", async () => {
  using rig = openMirrorSite({ isQuiet: true });
  const { site, base, bob } = rig;
  const unknown = await site.text(`/~cap1${"q".repeat(58)}/`);
  for (const path of [...MIRROR_PATHS, "/feed.json", "/p/6"]) {
    const answer = await site.ask(base + path);
    assert.equal(answer.status, 404, path);
    assert.equal(await answer.text(), unknown, path);
  }
  assert.equal((await site.get("/~bob.example/")).status, 404);
  const own = await site.get(`${base}/`, site.signIn());
  assert.equal(own.status, 200);
  assert.equal(own.headers.get("Cache-Control"), "no-store");
  assert.match(await own.text(), /only you see this page/);
  assert.ok(!(await site.text("/about")).includes(bob.id));
});

Deno.test("what leaves, and what is blocked, is unknown", async () => {
  using rig = openMirrorSite();
  const { site, base, log, bob } = rig;
  assert.equal((await site.get(`${base}/`)).status, 200);
  saveBlock(site.db, bob.id, site.now());
  assert.equal((await site.get(`${base}/`)).status, 404);
  site.db.exec("delete from blocks");
  updateMirror(site.db, log, { state: "leaving" });
  assert.equal((await site.get(`${base}/`)).status, 404);
  assert.equal((await site.get(`${base}/`, site.signIn())).status, 404);
});

Deno.test("what its author withdrew is gone, by 410", async () => {
  using rig = openMirrorSite();
  const { site, base } = rig;
  const answer = await site.get(`${base}/p/6`);
  const page = await answer.text();
  assert.equal(answer.status, 410);
  assert.match(page, /Bob withdrew this post/);
  assert.doesNotMatch(page, /regrets/);
  await checkReadersPage(page);
});

Deno.test("P12: a capsule that was taken down is answered 451 with date and kind of reason", async () => {
  using rig = openMirrorSite();
  const { site, base, bob } = rig;
  site.db.prepare(
    "insert into takedowns (kind, target, reason, note, at_ms) values ('capsule', ?, 'law', 'secret', ?)",
  ).run(bob.id, site.now());
  for (const path of ["/", "/p/1", "/feed.json"]) {
    const answer = await site.ask(base + path);
    const page = await answer.text();
    assert.equal(answer.status, 451);
    assert.equal(answer.headers.get("Cache-Control"), "no-store");
    assert.match(page, /2 January 2026/);
    assert.match(page, /Kind of reason: Law/);
    assert.match(page, /href="\/removed"/);
    assert.ok(!page.includes("secret") && !page.includes(bob.id));
    await checkReadersPage(page);
  }
});

Deno.test("P12: a post or article that was taken down is answered 451 at its page, and is nowhere else", async () => {
  using rig = openMirrorSite();
  const { site, base, log } = rig;
  for (const index of [2, 3]) {
    const hash = toHex(findEntry(site.db, log, index)?.hash ?? new Uint8Array());
    site.db.prepare(
      "insert into takedowns (kind, target, reason, note, at_ms) values ('entry', ?, 'privacy', '', ?)",
    ).run(hash, site.now());
    site.db.transaction(() => {
      const projection = new Projection(site.db, log);
      storeTakenDown(projection, index);
      projection.finish();
    });
  }
  for (const path of ["/p/2", "/p/2/history", "/a/on-bridges", "/a/on-bridges/history"]) {
    const answer = await site.ask(base + path);
    const page = await answer.text();
    assert.equal(answer.status, 451, path);
    assert.match(page, /Kind of reason: Privacy/);
    assert.doesNotMatch(page, /With a picture|On bridges/);
    await checkReadersPage(page);
  }
  for (const path of ["/", "/posts", "/articles", "/archive/2026", "/tags/hello", "/feed.json"]) {
    assert.doesNotMatch(await site.text(base + path), /With a picture|On bridges/, path);
  }
  assert.equal((await site.get(`${base}/p/1`)).status, 200);
});

Deno.test("search engines may have a copy whose origin nobody saw for seven days", async () => {
  using rig = openMirrorSite();
  const { site, base, log } = rig;
  site.wait(7 * DAY_MS);
  assert.match(await site.text(`${base}/`), /content="noindex"/);
  site.wait(1);
  assert.doesNotMatch(await site.text(`${base}/`), /noindex/);
  updateMirror(site.db, log, { originSeenAtMs: site.now() });
  assert.match(await site.text(`${base}/`), /content="noindex"/);
});
