import { equal, match, notEqual, ok } from "node:assert/strict";
import { publishWithdrawal } from "../../mesh/publish.ts";
import { rotateKey } from "../../mesh/rotate.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { takeDownEntry } from "../../storage/takedowns.ts";
import { publishManyPosts } from "../support/many_posts.ts";
import { MIRROR_PATHS, type MirrorSite, openMirrorSite } from "../support/mirror_site.ts";

/** What caches are told of one kind of answer. */
type Rule = Readonly<{
  status: number;
  cache: string;
  /** `Vary`; null for none. */
  vary: string | null;
  /** `ETag`; undefined for none. */
  tag: RegExp | undefined;
}>;

const WEAK = /^W\/"[\w-]{16,}"$/;
const CODED = "Accept-Encoding";
const PAGE: Rule = {
  status: 200,
  cache: "public, max-age=0, s-maxage=5, stale-if-error=86400",
  vary: CODED,
  tag: WEAK,
};
const FIXED: Rule = { ...PAGE, cache: "public, max-age=31536000, immutable" };
const PICTURE: Rule = {
  status: 200,
  cache: "public, max-age=31536000, s-maxage=3600, immutable, stale-if-error=86400",
  vary: null,
  tag: /^"[0-9a-f]{64}"$/,
};
const HEAD: Rule = { ...PAGE, cache: "no-cache" };
const TILE: Rule = { ...PAGE, cache: "public, max-age=60" };
const FOUND: Rule = { status: 200, cache: "private, no-cache", vary: null, tag: undefined };

function never(status: number): Rule {
  return { status, cache: "no-store", vary: null, tag: undefined };
}

/** Everything that a stranger can ask for, and what becomes of it in a cache. */
function listRules(rig: MirrorSite, picture: string, styleUrl: string): [string, Rule][] {
  const { base, site } = rig;
  const own = `/mesh/1/${site.id}`;
  const mirrored = `/mesh/1/${rig.bob.id}`;
  const isSearch = (path: string) => path.startsWith("/search");
  return [
    ...["/", "/posts", "/articles", "/p/1", "/p/1/history", "/tags", "/archive", "/about", "/feeds"]
      .map((path): [string, Rule] => [path, PAGE]),
    ["/?utm_source=x", PAGE],
    ["/archive/2026", PAGE],
    ["/search", FOUND],
    ["/search?q=words", FOUND],
    ["/removed", PAGE],
    ...["/feed.json", "/feed.atom", "/feed.rss", "/posts/feed.atom", "/articles/feed.json"]
      .map((path): [string, Rule] => [path, PAGE]),
    ...["/robots.txt", "/sitemap.xml", "/sitemap/pages.xml", "/sitemap/1.xml"]
      .map((path): [string, Rule] => [path, PAGE]),
    ["/favicon.svg", PAGE],
    ["/manifest.webmanifest", PAGE],
    [styleUrl, FIXED],
    ["/assets/style-000000000000.css", never(200)],
    ["/assets/nothing.css", never(404)],
    // Mirrors: as own pages.
    ...MIRROR_PATHS.map((path): [string, Rule] => [base + path, isSearch(path) ? FOUND : PAGE]),
    [`${base}/feed.json`, PAGE],
    // Calls.
    ["/.well-known/capsule", HEAD],
    [`${own}/checkpoint`, HEAD],
    [`${own}/identity`, HEAD],
    [`${own}/entries?from=0&count=3`, HEAD],
    [`${own}/proof/1`, HEAD],
    [`${own}/holdings`, HEAD],
    [`${own}/tile/0/000`, FIXED],
    [`${own}/tile/entries/000`, FIXED],
    [`${own}/tile/0/000.p/7`, TILE],
    [`${own}/tile/entries/001.p/2`, TILE],
    [`${mirrored}/checkpoint`, HEAD],
    [`${mirrored}/tile/0/000.p/3`, TILE],
    [`/mesh/1/blob/${picture}`, PICTURE],
    // Redirects.
    ["/posts/", never(308)],
    ["/favicon.ico", never(308)],
    ["/icon", never(302)],
    [base, never(302)],
    ["/~bob.example/p/1", never(302)],
    [`${base}/2015/05/bridges.html`, never(308)],
    // What is not there, not there any more, or wrong.
    ["/p/999999", never(404)],
    ["/nothing", never(404)],
    ["/p/3", never(410)],
    [`${base}/p/6`, never(410)],
    [`${base}/p/2`, never(451)],
    [`${own}/proof/3`, never(410)],
    [`${mirrored}/proof/2`, never(451)],
    [`/mesh/1/blob/${"0".repeat(64)}`, never(404)],
    ["/mesh/1/blob/x", never(400)],
    [`${own}/tile/0/999`, never(404)],
    [`${own}/fork`, never(404)],
    [`${own}/nothing`, never(404)],
    [`/p/${"1".repeat(5_000)}`, never(414)],
    // The owner's side, for whoever asks, and what is about this moment.
    ["/sign-in", never(200)],
    ["/forgotten", never(200)],
    ["/studio", never(303)],
    ["/setup", never(410)],
    ["/up", never(200)],
  ];
}

function openRig() {
  const rig = openMirrorSite();
  const { site } = rig;
  // Entries 2 and 3 of the own log; 3 is withdrawn.
  site.post({ text: "Words that stay" });
  const { index } = site.post({ text: "Words that go" });
  equal(index, 3);
  const bytes = Uint8Array.from({ length: 5_000 }, (_, i) => i % 251);
  const info = { type: "image/png", width: 4, height: 3 };
  const picture = saveBlob(site.db, bytes, info, site.now());
  const field = { hash: picture, description: "A bridge" };
  site.post({ text: "With a picture", pictures: [field] });
  publishWithdrawal(site, index);
  publishManyPosts(site, { count: 260, fromMs: site.now(), stepMs: 1_000 });
  // What lies below a cut is settled for good.
  rotateKey(site, { phrase: site.phrase });
  const copy = `https://ada.example${rig.base}/p/2`;
  const words = { reason: "law", note: "" } as const;
  const removable = { log: rig.log, index: 2 };
  equal(takeDownEntry(site.db, removable, words, site.now()), "taken_down", copy);
  return { rig, picture, bytes };
}

Deno.test("each answer says how long a cache may keep it, by GET and by HEAD, and no cached one brings a cookie", async () => {
  const { rig, picture } = openRig();
  using _rig = rig;
  const { site } = rig;
  const styleUrl = /href="(\/assets\/style-[^"]+)"/.exec(await site.text("/"))?.[1] ?? "";
  for (const [path, rule] of listRules(rig, picture, styleUrl)) {
    for (const method of ["HEAD", "GET", "HEAD"]) {
      const said = `${method} ${path.slice(0, 100)}`;
      const { status, headers, body } = await site.ask(path, { method, redirect: "manual" });
      await body?.cancel();
      equal(status, rule.status, said);
      equal(headers.get("Cache-Control"), rule.cache, said);
      equal(headers.get("Vary"), rule.vary, said);
      const tag = headers.get("ETag");
      if (rule.tag === undefined) equal(tag, null, said);
      else match(tag ?? "", rule.tag, said);
      equal(headers.get("CDN-Cache-Control") !== null, rule.cache === PAGE.cache, said);
      if (rule.cache !== "no-store") equal(headers.get("Set-Cookie"), null, said);
      if (rule.tag === undefined) continue;
      const known = await site.ask(path, { method, headers: { "If-None-Match": tag ?? "" } });
      equal(known.status, 304, said);
      equal(known.headers.get("Cache-Control"), rule.cache, said);
      equal(known.headers.get("ETag"), tag, said);
      equal(known.headers.get("Vary"), rule.vary, said);
    }
  }
});

Deno.test("one tag stands for the plain and the compressed bytes of an answer", async () => {
  const { rig, picture } = openRig();
  using _rig = rig;
  const { site } = rig;
  for (const path of ["/", "/?utm_source=x", "/feed.json", `/mesh/1/${site.id}/tile/0/000`]) {
    const plain = await site.ask(path);
    const packed = await site.ask(path, { headers: { "Accept-Encoding": "gzip" } });
    equal(packed.headers.get("Content-Encoding"), "gzip", path);
    equal(packed.headers.get("ETag"), plain.headers.get("ETag"), path);
    notEqual((await packed.bytes()).length, (await plain.bytes()).length);
  }
  const blob = await site.ask(`/mesh/1/blob/${picture}`, {
    headers: { "Accept-Encoding": "gzip" },
  });
  equal(blob.headers.get("Content-Encoding"), null, "bytes of a picture are counted in ranges");
  await blob.body?.cancel();
});

Deno.test("what the owner is shown is stored by nobody, whatever was asked for before", async () => {
  const { rig, picture } = openRig();
  using _rig = rig;
  const { site } = rig;
  const headers = site.signIn();
  for (const path of ["/", "/p/2", "/feed.json", "/about", "/search?q=words", `${rig.base}/`]) {
    await (await site.ask(path)).body?.cancel();
    const own = await site.ask(path, { headers });
    equal(own.status, 200, path);
    equal(own.headers.get("Cache-Control"), "no-store", path);
    equal(own.headers.get("CDN-Cache-Control"), null, path);
    await own.body?.cancel();
    const again = await site.ask(path);
    ok(!(await again.text()).includes("/studio"), path);
  }
  // A picture is the same for everybody.
  const blob = await site.ask(`/mesh/1/blob/${picture}`, { headers });
  equal(blob.headers.get("Cache-Control"), PICTURE.cache);
  await blob.body?.cancel();
});

Deno.test("nothing of a quiet mirror may be kept by anybody", async () => {
  using rig = openMirrorSite({ isQuiet: true });
  const { site, base, bob } = rig;
  const paths = [...MIRROR_PATHS.map((path) => base + path), `/mesh/1/${bob.id}/checkpoint`];
  for (const path of paths) {
    const stranger = await site.ask(path);
    await stranger.body?.cancel();
    equal(stranger.status, 404, path);
    equal(stranger.headers.get("Cache-Control"), "no-store", path);
    const own = await site.ask(path, { headers: site.signIn() });
    await own.body?.cancel();
    equal(own.headers.get("Cache-Control"), "no-store", path);
  }
});

Deno.test("what follows a form is stored by nobody", async () => {
  using rig = openMirrorSite();
  const { site } = rig;
  const body = new URLSearchParams({ password: "a wrong guess" });
  const headers = { Origin: "https://ada.example" };
  for (const path of ["/sign-in", "/", "/p/1", "/studio", "/mesh/1/inbox", "/mesh/1/heads"]) {
    const answer = await site.ask(path, { method: "POST", body, headers, redirect: "manual" });
    await answer.body?.cancel();
    equal(answer.headers.get("Cache-Control"), "no-store", path);
  }
});
