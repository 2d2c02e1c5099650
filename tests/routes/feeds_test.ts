import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  type AtomFeed,
  type JsonFeed,
  parseAtomFeed,
  parseJsonFeed,
  parseRssFeed,
} from "feedsmith";
import { publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { createApp } from "../../routes/app.ts";
import { createHandler } from "../../routes/page_cache.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";
import { checkXml } from "../support/xml.ts";

const ORIGIN = "https://ada.example";

function openSite(capsule: TestCapsule): (path: string) => Promise<Response> {
  const app = createApp({
    db: capsule.db,
    now: capsule.now,
    log: () => {},
    isDev: false,
    origin: () => ORIGIN,
    startId: "test",
  });
  return async (path) => await app.request(`${ORIGIN}${path.replace(ORIGIN, "")}`);
}

async function read(get: (path: string) => Promise<Response>, path: string): Promise<string> {
  const response = await get(path);
  equal(response.status, 200, path);
  return await response.text();
}

function addPicture({ db }: TestCapsule, seed: number): string {
  const bytes = new Uint8Array(64).fill(seed);
  return saveBlob(db, bytes, { type: "image/png", width: 40, height: 30 }, START_MS);
}

Deno.test("a post is in every feed, whole, without a title, with all its pictures", async () => {
  using capsule = openTestCapsule();
  const pictures = Array.from({ length: 8 }, (_, at) => ({
    hash: addPicture(capsule, at + 1),
    description: `Picture "${at}" & <more>`,
  }));
  const { hash, index } = capsule.post({ text: "Fog at #sea\nand rain", tags: ["sea"], pictures });
  const get = openSite(capsule);

  const json = parseJsonFeed(await read(get, "/feed.json"));
  const raw = JSON.parse(await read(get, "/feed.json"));
  equal(raw.version, "https://jsonfeed.org/version/1.1");
  const item = json.items?.[0];
  equal(item?.id, `urn:sha256:${hash}`);
  equal(item?.url, `${ORIGIN}/p/${index}`);
  equal(item?.title, undefined);
  equal(item?.attachments?.length, 8);
  equal(item?.attachments?.[7]?.title, `Picture "7" & <more>`);
  match(item?.content_html ?? "", /href="https:\/\/ada\.example\/tags\/sea"/);
  match(item?.content_html ?? "", /src="https:\/\/ada\.example\/mesh\/1\/blob\//);
  deepEqual(raw.items[0]._capsule, {
    index,
    hash,
    proof: `${ORIGIN}/mesh/1/${capsule.id}/proof/${index}`,
  });
  equal(raw._capsule.id, capsule.id);
  equal(raw._capsule.size, index + 1);
  match(raw._capsule.root, /^[0-9a-f]{64}$/);

  const atom = parseAtomFeed(await read(get, "/feed.atom"));
  equal(atom.entries?.[0]?.id, `urn:sha256:${hash}`);
  equal(atom.entries?.[0]?.content?.value, item?.content_html);
  equal(atom.entries?.[0]?.links?.filter(({ rel }) => rel === "enclosure").length, 8);

  const rss = parseRssFeed(await read(get, "/feed.rss"));
  const rssItem = rss.items?.[0];
  equal(rssItem?.title, undefined);
  equal(rssItem?.description, item?.content_html);
  deepEqual(rssItem?.guid, { value: `urn:sha256:${hash}`, isPermaLink: false });
  equal(rssItem?.enclosures?.length, 1);
  equal(rssItem?.media?.contents?.length, 8);
  equal(rssItem?.media?.contents?.[7]?.description?.value, `Picture "7" & <more>`);
});

Deno.test("an article keeps its id, dates, authors and tags when it is revised", async () => {
  using capsule = openTestCapsule();
  const publishedAtMs = Date.UTC(2015, 4, 15, 12);
  const { hash, index } = capsule.article({
    title: "Vec<T> & friends",
    slug: "vec",
    markdown: "See [part](#part) and [home](/about).\n\n## Part\n\nWords.[^1]\n\n[^1]: A note.",
    summary: "About Vec<T>",
    tags: ["Rust"],
    authors: ["Ada", "Grace"],
    publishedAtMs,
  });
  capsule.wait(60_000);
  publishRevision(capsule, index, { markdown: "New [part](#part) here.\n\n## Part" });
  const get = openSite(capsule);
  const item = parseJsonFeed(await read(get, "/articles/feed.json")).items?.[0];
  equal(item?.id, `urn:sha256:${hash}`);
  equal(item?.title, "Vec<T> & friends");
  equal(item?.date_published, "2015-05-15T12:00:00.000Z");
  ok(Date.parse(String(item?.date_modified)) > START_MS);
  deepEqual(item?.authors?.map(({ name }) => name), ["Ada", "Grace"]);
  deepEqual(item?.tags, ["Rust"]);
  match(item?.content_html ?? "", /href="https:\/\/ada\.example\/a\/vec#/);
  const rss = parseRssFeed(await read(get, "/articles/feed.rss")).items?.[0];
  equal(rss?.title, "Vec<T> & friends");
  equal(rss?.description, "About Vec&lt;T&gt;");
  equal(rss?.pubDate, "Fri, 15 May 2015 12:00:00 GMT");
  deepEqual(rss?.dc?.creators, ["Ada", "Grace"]);
  equal(rss?.content?.encoded, item?.content_html);
  const atom = parseAtomFeed(await read(get, "/articles/feed.atom")).entries?.[0];
  equal(atom?.published, "2015-05-15T12:00:00.000Z");
  equal(atom?.updated, item?.date_modified);
});

Deno.test("an article's pictures are attachments, the cover first and each once", async () => {
  using capsule = openTestCapsule();
  const [cover, inside] = [addPicture(capsule, 1), addPicture(capsule, 2)];
  capsule.article({
    title: "With a cover",
    markdown: `![Fog](blob:${inside})\n\n![Sea](blob:${cover})`,
    cover: { hash: cover, description: "Sea" },
    pictures: [{ hash: inside, description: "Fog" }, { hash: cover, description: "Sea" }],
  });
  capsule.article({
    title: "Without one",
    markdown: `![Fog](blob:${inside})`,
    pictures: [{ hash: inside, description: "Fog" }],
  });
  const get = openSite(capsule);
  const urls = [cover, inside].map((hash) => `${ORIGIN}/mesh/1/blob/${hash}`);

  const [without, covered] = JSON.parse(await read(get, "/feed.json")).items;
  deepEqual(covered.attachments.map(({ url }: { url: string }) => url), urls);
  equal(covered.image, urls[0]);
  deepEqual(without.attachments.map(({ url }: { url: string }) => url), [urls[1]]);
  equal(without.attachments[0].title, "Fog");
  equal(without.image, undefined, "only a cover stands for the whole article");
  const links = parseAtomFeed(await read(get, "/feed.atom")).entries?.[1]?.links ?? [];
  deepEqual(links.filter(({ rel }) => rel === "enclosure").map(({ href }) => href), urls);
  const rss = parseRssFeed(await read(get, "/feed.rss")).items?.[1];
  equal(rss?.enclosures?.[0]?.url, urls[0]);
  deepEqual(rss?.media?.contents?.map(({ url }) => url), urls);
});

Deno.test("whatever a person can type makes a well-formed feed that reads back the same", async () => {
  using capsule = openTestCapsule({ name: 'A & <B> "C" ]]>' });
  const awkward = "a\u0001b\u000bc\u001fd\u007fe \ufffe\uffff]]> & < > \" ' \ud83d\ude00 \u202e é";
  capsule.post({ text: awkward, tags: ["a&b", "<c>"] });
  capsule.article({ title: awkward, slug: "x", markdown: awkward, summary: awkward });
  const get = openSite(capsule);
  for (
    const path of ["/feed.atom", "/feed.rss", "/tags/a%26b/feed.atom", "/tags/%3Cc%3E/feed.rss"]
  ) {
    const xml = await read(get, path);
    // deno-lint-ignore no-control-regex -- the characters that XML forbids are what is looked for
    ok(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(xml), path);
    await checkXml(xml);
  }
  const [atom] = parseAtomFeed(await read(get, "/articles/feed.atom")).entries ?? [];
  const title = atom?.title?.value ?? "";
  ok(title.includes("]]> & < > \" ' \u{1f600}"), title);
  const [rss] = parseRssFeed(await read(get, "/articles/feed.rss")).items ?? [];
  equal(rss?.title, title);
  const [json] = parseJsonFeed(await read(get, "/articles/feed.json")).items ?? [];
  equal(json?.title, title);
});

Deno.test("a feed is read whole by its pages, in each form, and older documents keep their borders", async () => {
  using capsule = openTestCapsule();
  for (let at = 0; at < 65; at++) capsule.post({ text: `Post ${at}`, tags: at % 2 ? ["odd"] : [] });
  const get = openSite(capsule);
  for (
    const [path, count] of [["/feed", 65], ["/posts/feed", 65], ["/tags/ODD/feed", 32]] as const
  ) {
    deepEqual(await walkJson(get, `${path}.json`), await walkAtom(get, `${path}.atom`));
    equal(new Set(await walkJson(get, `${path}.json`)).size, count, path);
  }
  const before = JSON.parse(await read(get, "/feed.json")).next_url;
  for (let at = 0; at < 10; at++) capsule.post({ text: "More" });
  equal(JSON.parse(await read(get, "/feed.json")).next_url, before);
  const older = await read(get, before.replace("feed.json", "feed.atom"));
  match(older, /<fh:archive\/>/);
  match(older, /rel="current"/);
});

Deno.test("documents of long articles end early, and every item is in one of them, whole", async () => {
  using capsule = openTestCapsule();
  // 23 articles of 500 kB: neither the first document nor an older one holds all that it could.
  const long = "word ".repeat(100_000);
  for (let at = 0; at < 45; at++) {
    if (at % 2 === 0) capsule.article({ title: `A ${at}`, markdown: long, tags: ["x"] });
    else capsule.post({ text: `Post ${at}` });
  }
  const get = openSite(capsule);
  for (
    const [path, count] of [["/feed", 45], ["/articles/feed", 23], ["/tags/x/feed", 23]] as const
  ) {
    const ids = await walkJson(get, `${path}.json`);
    equal(ids.length, count, path);
    equal(new Set(ids).size, count, path);
    deepEqual(await walkAtom(get, `${path}.atom`), ids);
  }
  const sizes: number[] = [];
  const starts: string[] = [];
  for (let next: string | undefined = "/feed.json"; next !== undefined;) {
    const text = await read(get, next);
    ok(text.length < 4_000_000, `${text.length}`);
    const feed = JSON.parse(text);
    for (const { title, content_html: html } of feed.items) {
      ok(title === undefined || html.length > 400_000, title);
    }
    sizes.push(feed.items.length);
    next = feed.next_url;
    if (next !== undefined) starts.push(next);
  }
  // The newest 25 end at the border above the oldest 20, however often they were cut.
  deepEqual(sizes, [11, 12, 2, 12, 8]);
  capsule.post({ text: "More" });
  deepEqual((await walkDocuments(get, "/feed.json")).slice(-2), starts.slice(-2));
});

async function walkDocuments(
  get: (path: string) => Promise<Response>,
  path: string,
): Promise<string[]> {
  const urls: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    urls.push(next);
    next = parseJsonFeed<string>(await read(get, next)).next_url;
  }
  return urls;
}

async function walkJson(get: (path: string) => Promise<Response>, path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const feed: JsonFeed.Feed<string> = parseJsonFeed(await read(get, next));
    ids.push(...(feed.items ?? []).map(({ id }) => id ?? ""));
    next = feed.next_url;
  }
  return ids;
}

async function walkAtom(get: (path: string) => Promise<Response>, path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const feed: AtomFeed.Feed<string> = parseAtomFeed(await read(get, next));
    ids.push(...(feed.entries ?? []).map(({ id }) => id ?? ""));
    next = feed.links?.find(({ rel }) => rel === "prev-archive")?.href;
  }
  return ids;
}

Deno.test("withdrawn pieces and pages are in no feed", async () => {
  using capsule = openTestCapsule();
  const { index } = capsule.post({ text: "Gone soon", tags: ["gone"] });
  capsule.post({ text: "Stays" });
  capsule.article({ title: "A page", slug: "a-page", isPage: true });
  const get = openSite(capsule);
  equal((await get("/tags/gone/feed.atom")).status, 200);
  publishWithdrawal(capsule, index);
  const { items } = parseJsonFeed(await read(get, "/feed.json"));
  equal(items?.length, 1);
  match(items?.[0]?.content_html ?? "", /Stays/);
  equal((await get("/tags/gone/feed.atom")).status, 404);
});

Deno.test("feeds say what they are, when they changed, and anybody may read them", async () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "Hello" });
  const get = openSite(capsule);
  const types = [
    ["/feed.json", "application/feed+json"],
    ["/feed.atom", "application/atom+xml"],
    ["/feed.rss", "application/rss+xml"],
  ] as const;
  for (const [path, type] of types) {
    const response = await get(path);
    await response.body?.cancel();
    match(response.headers.get("content-type") ?? "", new RegExp(`^${type.replace("+", "\\+")}`));
    equal(response.headers.get("last-modified"), new Date(capsule.now()).toUTCString());
    equal(response.headers.get("access-control-allow-origin"), "*");
  }
  for (const path of ["/feed.json?before=x", "/feed.rss?before=-1", "/tags/none/feed.json"]) {
    const response = await get(path);
    await response.body?.cancel();
    equal(response.status, 404, path);
  }
});

Deno.test("a reader that has the newest feed is told so; anything new ends that", async () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "Hello" });
  const handle = createHandler({
    db: capsule.db,
    now: capsule.now,
    log: () => {},
    isDev: false,
    origin: () => ORIGIN,
    startId: "test",
  });
  const ask = async (headers: Record<string, string>) => {
    const response = await handle(new Request(`${ORIGIN}/feed.atom`, { headers }));
    await response.body?.cancel();
    return response;
  };
  const first = await ask({ "Accept-Encoding": "gzip" });
  const etag = first.headers.get("etag");
  ok(etag);
  equal((await ask({ "If-None-Match": etag })).status, 304);
  const since = first.headers.get("last-modified") ?? "";
  equal((await ask({ "If-Modified-Since": since })).status, 304);
  capsule.wait(5_000);
  capsule.post({ text: "More" });
  equal((await ask({ "If-None-Match": etag })).status, 200);
  equal((await ask({ "If-Modified-Since": since })).status, 200);
  const zipped = await ask({ "Accept-Encoding": "gzip" });
  equal(zipped.headers.get("content-encoding"), "gzip");
});

Deno.test("an empty capsule has feeds without items", async () => {
  using capsule = openTestCapsule();
  const get = openSite(capsule);
  deepEqual(JSON.parse(await read(get, "/feed.json")).items, []);
  await checkXml(await read(get, "/feed.atom"));
  await checkXml(await read(get, "/posts/feed.rss"));
});

Deno.test("the page about feeds links to each of them", async () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "Hello", tags: ["Öl & Salz"] });
  const page = await read(openSite(capsule), "/feeds");
  for (const path of ["/feed.json", "/posts/feed.atom", "/articles/feed.rss"]) {
    ok(page.includes(`href="${path}"`), path);
  }
  ok(page.includes(`href="/tags/${encodeURIComponent("öl & salz")}/feed.json"`));
});
