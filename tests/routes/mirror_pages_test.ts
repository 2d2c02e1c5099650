import assert from "node:assert/strict";
import { publishArticle, publishPost, publishProfile } from "../../mesh/publish.ts";
import { makeBase } from "../../mesh/publish_fields.ts";
import { append, withCapsule } from "../../mesh/publisher.ts";
import { publishFollow, publishUnfollow } from "../../mesh/publish_follow.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { checkReadersPage } from "../support/html.ts";
import { checkXml } from "../support/xml.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { MIRROR_PATHS, openMirrorSite } from "../support/mirror_site.ts";
import { ORIGIN } from "../support/site.ts";

const PICTURE = {
  hash: "ab".repeat(32),
  type: "image/jpeg",
  bytes: 9_000,
  width: 1_200,
  height: 800,
  description: "A bridge in the fog",
} as const;

Deno.test("every page of a mirror is valid, says whose copy it is, and links only below its base", async () => {
  using rig = openMirrorSite();
  const { site, base } = rig;
  for (const path of MIRROR_PATHS) {
    const answer = await site.get(base + path);
    assert.equal(answer.status, 200, path);
    const page = await answer.text();
    await checkReadersPage(page);
    assert.match(page, /A copy of what <b dir="auto">Bob<\/b> published, kept by/, path);
    assert.match(page, /<meta name="robots" content="noindex">/, path);
    const body = page.slice(page.indexOf("<body"));
    for (const [, href = ""] of body.matchAll(/(?:href|action)="(\/[^"]*)"/g)) {
      const isBelow = href.startsWith(`${base}/`) || href.startsWith("/mesh/1/");
      // The one link to the keeper's own pages stands in the banner.
      assert.ok(isBelow || ["/", "/removed"].includes(href), `${path} links to ${href}`);
    }
    assert.equal(body.split('href="/"').length, 2, `${path}: one link to the keeper`);
    for (const [link] of body.matchAll(/<a[^>]* href="https?:[^>]*>/g)) {
      assert.match(link, /rel="nofollow (?:ugc )?noopener"/, link);
    }
    assert.doesNotMatch(page, /rel="manifest"|apple-touch-icon|\/studio|sign-in/);
  }
});

Deno.test("a mirror's page names the origin's page as canonical, and lists as parts keep their base", async () => {
  using rig = openMirrorSite();
  const { site, base, bob } = rig;
  const page = await site.text(`${base}/a/on-bridges`);
  assert.match(page, /<link rel="canonical" href="https:\/\/bob\.example\/a\/on-bridges">/);
  assert.match(page, /property="og:url" content="https:\/\/bob\.example\/a\/on-bridges"/);
  for (let n = 0; n < 25; n++) {
    bob.wait();
    publishPost(bob, { text: `Post ${n}` });
  }
  copyAuthor(site.db, bob, { log: rig.log, nowMs: site.now() });
  const list = await site.text(`${base}/posts`);
  const older = /rel="next" href="([^"]+)"/.exec(list)?.[1] ?? "";
  assert.ok(older.startsWith(`${base}/posts?before=`), older);
  const part = await site.text(older);
  assert.match(part, /rel="canonical" href="https:\/\/bob\.example\/posts\?before=/);
  assert.match(part, new RegExp(`rel="prev" href="${base}/posts"`));
});

Deno.test("links in foreign text lead where they lead at the origin", async () => {
  using rig = openMirrorSite();
  const { site, base } = rig;
  const page = await site.text(`${base}/a/on-bridges`);
  assert.ok(page.includes(`href="${base}/a/other">mine<`));
  assert.ok(page.includes(`href="${base}/a/other">near<`));
  assert.ok(page.includes(`href="${base}/p/1">up<`));
  assert.ok(page.includes('href="https://far.example/y" rel="nofollow ugc noopener">far<'));
});

Deno.test("search, tags and archive of a mirror find its pieces only", async () => {
  using rig = openMirrorSite();
  const { site, base } = rig;
  const found = await site.text(`${base}/search?q=words`);
  assert.match(found, /Nothing has the words/);
  assert.match(await site.text(`${base}/search?q=bridges`), /On <mark>bridges<\/mark>/);
  assert.match(await site.text(`${base}/tags/hello`), /2 pieces/);
});

Deno.test("the banner says how good the copy is", async () => {
  using rig = openMirrorSite();
  const { site, base, log, bob } = rig;
  const page = await site.text(`${base}/`);
  assert.match(page, /Verified, complete up to entry 9/);
  assert.match(page, /Last seen <time datetime="2026-01-02T03:04:06\.678Z">2 January 2026/);
  assert.match(
    page,
    /The original is at <a href="https:\/\/bob\.example\/?" rel="nofollow noopener">bob\.example/,
  );
  updateMirror(site.db, log, { state: "unreachable" });
  assert.match(await site.text(`${base}/`), /has not answered since <time/);
  updateMirror(site.db, log, { state: "forked" });
  assert.match(await site.text(`${base}/`), /contradict each other/);
  // States that no log here says.
  site.expectDamage();
  site.db.exec("update mirrors set is_confirmed = 0, state = 'closed'");
  const closed = await site.text(`${base}/`);
  assert.match(closed, /nobody has proved yet/);
  assert.match(closed, /closed this identity/);
  site.db.exec(`update capsules set address = null where id = '${bob.id}'`);
  const lost = await site.text(`${base}/`);
  assert.match(lost, /Where the original is, is not known here/);
  assert.doesNotMatch(lost, /rel="canonical"/);
  await checkReadersPage(lost);
});

Deno.test("a copy that is still being made says how far it is", async () => {
  using rig = openMirrorSite();
  const { site, base, log, bob } = rig;
  for (let n = 0; n < 8; n++) publishPost(bob, { text: `Post ${n}` });
  copyAuthor(site.db, bob, { log, nowMs: site.now(), newest: 3 });
  const page = await site.text(`${base}/`);
  assert.match(page, /still being copied: 12 of 17 entries/);
  assert.match(page, /Post 7/);
  await checkReadersPage(page);
});

Deno.test("feeds of a mirror are copies of the author's, with the origin as home and proofs from here", async () => {
  using rig = openMirrorSite();
  const { site, base, bob } = rig;
  for (const prefix of ["", "/posts", "/articles", "/tags/hello"]) {
    const answer = await site.get(`${base}${prefix}/feed.json`);
    assert.equal(answer.status, 200, prefix);
    const feed = await answer.json();
    assert.equal(feed.home_page_url, `https://bob.example${prefix || "/"}`);
    assert.equal(feed.feed_url, `${ORIGIN}${base}${prefix}/feed.json`);
    assert.match(feed.description, /copy of what Bob published, kept by Ada/);
    assert.equal(feed._capsule.id, bob.id);
    for (const item of feed.items) {
      assert.match(item.id, /^urn:sha256:[0-9a-f]{64}$/);
      assert.ok(item.url.startsWith(`${ORIGIN}${base}/`));
      assert.equal(item._capsule.proof, `${ORIGIN}/mesh/1/${bob.id}/proof/${item._capsule.index}`);
      assert.doesNotMatch(item.content_html, /href="https:\/\/ada\.example\/(?!~)/);
    }
    for (const form of ["atom", "rss"]) {
      const text = await site.text(`${base}${prefix}/feed.${form}`);
      assert.match(text, /copy of what Bob published, kept by Ada/);
      assert.match(text, /<link[^>]*>?https:\/\/bob\.example|href="https:\/\/bob\.example/);
      assert.ok(text.includes('rel="self"'));
      await checkXml(text);
    }
  }
});

Deno.test("foreign words that no form here lets through break no page and no feed", async () => {
  using rig = openMirrorSite();
  const { site, base, bob, log } = rig;
  const words = "</title>]]>&amp;<script>x</script> \u{fffe}\u{202e}\u200b";
  withCapsule(bob, (capsule) => {
    const own = makeBase(capsule.id);
    const article = {
      kind: "article" as const,
      ...own,
      publishedAt: "9999-12-31T23:59:59.999Z",
      language: "en-a",
      title: words.repeat(5),
      slug: "\"><script>'&",
      summary: words,
      tags: [words.slice(0, 20), ".."],
      markdown: `[x](//evil.example) [y](javascript:1) [z](/\\evil) <b>${words}</b>`,
      pictures: [],
      aliases: ['/"><script>'],
    };
    const profile = { name: words, line: words, about: words, language: "en-a", links: [] };
    append(bob, capsule, [article, { kind: "profile", ...makeBase(capsule.id), ...profile }]);
  });
  copyAuthor(site.db, bob, { log, nowMs: site.now() });
  for (
    const path of [...MIRROR_PATHS, "/archive/9999", `/a/${encodeURIComponent("\"><script>'&")}`]
  ) {
    const answer = await site.get(base + path);
    assert.ok(answer.status < 500, `${path}: ${answer.status}`);
    const page = await answer.text();
    assert.doesNotMatch(page, /<script|="javascript:|href="\/\/|href="\/\\/, path);
  }
  assert.match(await site.text(`${base}/`), /&lt;script/);
  for (const form of ["atom", "rss"]) await checkXml(await site.text(`${base}/feed.${form}`));
  JSON.parse(await site.text(`${base}/feed.json`));
});

Deno.test("a picture that is not here leaves its words in its place", async () => {
  using rig = openMirrorSite();
  const { site, base, bob, log } = rig;
  const hash = saveBlob(bob.db, new Uint8Array([1, 2, 3]), PICTURE, bob.now());
  const picture = { ...PICTURE, hash, bytes: 3 };
  const { index } = publishPost(bob, { text: "Look", pictures: [picture] });
  publishArticle(bob, {
    title: "Fog",
    slug: "fog",
    markdown: `Words.\n\n![A bridge](blob:${hash})\n\n[see](blob:${hash})`,
    pictures: [picture],
    cover: picture,
  });
  publishProfile(bob, { picture });
  copyAuthor(site.db, bob, { log, nowMs: site.now() });
  for (const path of ["/", `/p/${index}`, "/a/fog", "/about", "/feed.json"]) {
    const page = await site.text(base + path);
    assert.ok(!page.includes(`/mesh/1/blob/${hash}`), path);
    if (!path.endsWith("json")) await checkReadersPage(page);
  }
  assert.match(await site.text(`${base}/p/${index}`), /A bridge in the fog.*is not here\./);
  saveBlob(site.db, new Uint8Array([1, 2, 3]), PICTURE, site.now());
  const page = await site.text(`${base}/p/${index}`);
  assert.ok(page.includes(`<img class="u-photo" src="/mesh/1/blob/${hash}"`));
  assert.doesNotMatch(page, /is not here\./);
});

Deno.test("mirror pages are kept like own ones, and are new as soon as something came", async () => {
  using rig = openMirrorSite();
  const { site, base, bob, log } = rig;
  const first = await site.ask(`${base}/`);
  const tag = first.headers.get("ETag") ?? "";
  assert.notEqual(tag, "", "it is kept");
  assert.equal((await site.ask(`${base}/`, { headers: { "If-None-Match": tag } })).status, 304);
  publishPost(bob, { text: "Newer than the cache" });
  copyAuthor(site.db, bob, { log, nowMs: site.now() });
  const second = await site.ask(`${base}/`, { headers: { "If-None-Match": tag } });
  assert.equal(second.status, 200);
  assert.match(await second.text(), /Newer than the cache/);
});

Deno.test("the owner finds what to do with a copy, and nothing that edits it", async () => {
  using rig = openMirrorSite();
  const { site, base, bob } = rig;
  const page = await (await site.get(`${base}/p/1`, site.signIn())).text();
  await checkReadersPage(page);
  assert.match(page, new RegExp(`href="/studio/mesh/${bob.id}/unfollow"`));
  const target = encodeURIComponent(`${ORIGIN}${base}/p/1`);
  assert.ok(page.includes(`href="/studio/takedown?target=${target}"`));
  assert.doesNotMatch(page, /\/studio\/revise|\/studio\/withdraw/);
});

Deno.test("the page about an author says whom they openly follow", async () => {
  using rig = openMirrorSite();
  const { site, base, bob, log } = rig;
  using carl = openTestAuthor({ name: "Carl", address: "https://carl.example", seed: 9 });
  using dora = openTestAuthor({ name: "Dora", address: "https://dora.example", seed: 10 });
  followAuthor(site.db, carl, { nowMs: site.now(), isQuiet: true });
  publishFollow(site, bob);
  for (const { id, address } of [carl, { id: site.id, address: ORIGIN }, dora]) {
    publishFollow(bob, { id, address });
  }
  publishUnfollow(bob, dora.id);
  copyAuthor(site.db, bob, { log, nowMs: site.now() });
  const own = await site.text("/about");
  await checkReadersPage(own);
  assert.match(own, /Ada follows/);
  assert.match(own, new RegExp(`href="${base}/" dir="auto">Bob</a>`));
  const theirs = await site.text(`${base}/about`);
  await checkReadersPage(theirs);
  assert.match(theirs, /Bob follows/);
  assert.match(theirs, /href="https:\/\/carl\.example\/?"[^>]*>carl\.example/);
  assert.ok(!theirs.includes(`/~${carl.id}`), "who is followed quietly is not betrayed");
  assert.match(theirs, /href="\/" dir="auto">Ada/);
  assert.doesNotMatch(theirs, /dora\.example/);
});
