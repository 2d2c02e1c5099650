import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { ENTRIES_MAX } from "../../mesh/feed_document.ts";
import { FeedProblem, followFeed, runFeeds, unfollowFeed } from "../../mesh/feeds.ts";
import {
  countFeeds,
  type Feed,
  FEED_ITEMS_MAX,
  type FeedItem,
  findFeed,
  findFeedByUrl,
  findFeedItem,
  listFeedItemIds,
  listFeedItems,
  listFeeds,
} from "../../storage/feeds.ts";
import { idMs } from "../../storage/piece_ids.ts";
import { findPost } from "../../storage/pieces.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
import { makeRss, type Words } from "../support/feed.ts";
import { openTestMesh, type TestMesh } from "../support/mesh.ts";

const SIGNAL = new AbortController().signal;
const HOUR_MS = 3_600_000;

type Site = Readonly<{
  origin: string;
  /** What each path answers. */
  paths: Map<string, (request: Request) => Response>;
  requests: { path: string; etag: string | null; modified: string | null }[];
}>;

/** A site on loopback, a capsule and its mesh. */
async function withSite(
  work: (site: Site, mesh: TestMesh, capsule: TestCapsule) => Promise<void>,
): Promise<void> {
  const paths: Site["paths"] = new Map();
  const requests: Site["requests"] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const path = new URL(request.url).pathname;
    const { headers } = request;
    requests.push({
      path,
      etag: headers.get("if-none-match"),
      modified: headers.get("if-modified-since"),
    });
    return paths.get(path)?.(request) ?? new Response("nothing here", { status: 404 });
  });
  try {
    using capsule = openTestCapsule();
    await using mesh = await openTestMesh(capsule);
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await work({ origin, paths, requests }, mesh, capsule);
  } finally {
    await server.shutdown();
  }
}

function answerRss(items: readonly Words[], headers: Record<string, string> = {}) {
  return () =>
    new Response(makeRss(items), {
      headers: { "content-type": "application/rss+xml", ...headers },
    });
}

/** The one feed that is followed. */
function only({ db }: TestMesh): Feed {
  const [feed] = listFeeds(db, { limit: 10 });
  ok(feed);
  return feed;
}

function listShown(mesh: TestMesh): FeedItem[] {
  return listFeedItems(mesh.db, only(mesh).id, { limit: 1_000 });
}

Deno.test("RSS, Atom and JSON Feed are followed into safe items in the order of time", async () => {
  const html = `<p onclick="x">Hello <img src="/cat.png" alt="A cat"><script>alert(1)</script></p>`;
  const atom =
    `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A &lt;b&gt;</title>
    <link rel="alternate" href="https://blog.example/"/><id>x</id><updated>2026-01-01T00:00:00Z</updated>
    <entry><id>1</id><title type="html">One &amp;amp; more</title><link href="/1"/><published>2026-01-01T00:00:00Z</published>
    <author><name>Eva</name></author><content type="html">${
      html.replaceAll("<", "&lt;")
    }</content></entry></feed>`;
  const json = JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: "Jay",
    items: [{ id: "1", content_text: "a < b\nand c", date_published: "2026-01-01T00:00:00Z" }],
  });
  await withSite(async ({ origin, paths }, mesh, capsule) => {
    paths.set(
      "/rss",
      answerRss([
        { title: "Old", html, at: "Thu, 01 Jan 2026 10:00:00 GMT", link: "/old" },
        { title: "New", html: "<p>x</p>", at: "Fri, 02 Jan 2026 02:00:00 GMT" },
        { title: "To come", at: "Fri, 02 Jan 2099 02:00:00 GMT" },
      ]),
    );
    paths.set("/atom", () => new Response(atom));
    paths.set("/json", () => new Response(json));
    const rss = await followFeed(mesh, `${origin}/rss`);
    deepEqual([rss.url, rss.title, rss.isNew], [`${origin}/rss`, "A blog", true]);
    const shown = listShown(mesh);
    deepEqual(shown.map(({ title }) => title), ["To come", "New", "Old"]);
    equal(shown[0]?.publishedAtMs, capsule.now());
    const [old] = shown.slice(-1);
    equal(old?.url, `${origin}/old`);
    equal(
      old?.html,
      `<p>Hello <a href="${origin}/cat.png" rel="nofollow ugc noopener">Picture: A cat</a></p>`,
    );
    equal(old?.text, "Hello Picture: A cat");
    equal(old?.feedTitle, "A blog");
    const { id } = await followFeed(mesh, `${origin}/atom`);
    const [one] = listFeedItems(mesh.db, id, { limit: 9 });
    deepEqual([one?.title, one?.author, one?.url], ["One & more", "Eva", `${origin}/1`]);
    const { id: jay } = await followFeed(mesh, `${origin}/json`);
    equal(listFeedItems(mesh.db, jay, { limit: 9 })[0]?.text, "a < b\nand c");
    // One list by time, with the pieces: every id is larger than those of older things.
    const { index } = capsule.post({ text: "now" });
    const piece = findPost(mesh.db, capsule.log, index);
    ok(typeof piece === "object");
    const ids = listFeedItemIds(mesh.db, { side: "older", cursor: piece.id, limit: 10 });
    equal(ids.length, 5);
    const times = ids.map((one) => findFeedItem(mesh.db, one)?.publishedAtMs ?? 0);
    deepEqual(times, times.toSorted((a, b) => b - a));
    deepEqual(listFeedItemIds(mesh.db, { side: "newer", cursor: ids[1] ?? 0, limit: 5 }), [ids[0]]);
  });
});

Deno.test("a page that names feeds leads to the first one that is a feed; a page that names none is told so", async () => {
  await withSite(async ({ origin, paths }, mesh) => {
    paths.set("/", () =>
      new Response(
        `<!doctype html><html><head><title>x</title>
         <link rel="stylesheet" href="/x.css"><link rel='alternate' hreflang=de href="/de">
         <link rel="alternate" type="application/json" href="/oembed">
         <LINK type="application/rss+xml" rel="alternate home" title="a" href="feed?a=1&amp;b=2"></head>`,
        { headers: { "content-type": "text/html" } },
      ));
    paths.set("/oembed", () => new Response("gone", { status: 404 }));
    paths.set("/feed", answerRss([{ title: "x" }]));
    paths.set("/none", () => new Response("<!doctype html><p>Hello"));
    const { url } = await followFeed(mesh, `${origin}/`);
    equal(url, `${origin}/feed?a=1&b=2`);
    equal((await followFeed(mesh, url)).isNew, false);
    for (const [path, code] of [["/none", "no_feed"], ["/absent", "not_there"]]) {
      await rejects(
        followFeed(mesh, `${origin}${path}`),
        (error) => error instanceof FeedProblem && error.code === code,
      );
    }
    equal(countFeeds(mesh.db), 1);
    equal(unfollowFeed(mesh.db, url), true);
    equal(unfollowFeed(mesh.db, url), false);
    deepEqual(listFeedItemIds(mesh.db, { side: "newer", cursor: 0, limit: 5 }), []);
  });
});

Deno.test("a feed is asked again with what it told, keeps its items' places, and changes their words", async () => {
  await withSite(async ({ origin, paths, requests }, mesh, capsule) => {
    const at = "Fri, 02 Jan 2026 02:00:00 GMT";
    paths.set(
      "/rss",
      answerRss([{ id: "a", title: "One", at }], { etag: '"1"', "last-modified": at }),
    );
    await followFeed(mesh, `${origin}/rss`);
    const [before] = listShown(mesh);
    ok(await runFeeds(mesh, SIGNAL) > 0);
    equal(requests.length, 1);
    paths.set(
      "/rss",
      ({ headers }) =>
        headers.get("if-none-match") === '"1"'
          ? new Response(null, { status: 304 })
          : new Response("?", { status: 500 }),
    );
    const { intervalMs } = only(mesh);
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    deepEqual(requests[1], { path: "/rss", etag: '"1"', modified: at });
    equal(only(mesh).state, "current");
    equal(only(mesh).seenAtMs, capsule.now());
    ok(only(mesh).intervalMs >= intervalMs);
    const changed = [{ id: "a", title: "One!", at: "Sat, 03 Jan 2026 02:00:00 GMT" }, {
      id: "b",
      title: "Two",
    }];
    paths.set("/rss", answerRss(changed));
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    const shown = listShown(mesh);
    deepEqual(shown.map(({ title }) => title), ["Two", "One!"]);
    equal(shown[1]?.id, before?.id);
    equal(only(mesh).etag, undefined);
  });
});

Deno.test("a feed that fails is asked less and less, as late as it says, and where it has moved", async () => {
  await withSite(async ({ origin, paths, requests }, mesh, capsule) => {
    paths.set("/rss", answerRss([{ title: "x" }]));
    await followFeed(mesh, `${origin}/rss`);
    const fail = async (status: number, headers: Record<string, string> = {}) => {
      paths.set("/rss", () => new Response("?", { status, headers }));
      capsule.wait(40 * 24 * HOUR_MS);
      await runFeeds(mesh, SIGNAL);
      const { state, problem, nextAtMs, failures } = only(mesh);
      return { state, problem, failures, hours: (nextAtMs - capsule.now()) / HOUR_MS };
    };
    deepEqual(await fail(500), {
      state: "unreachable",
      problem: "failing",
      failures: 1,
      hours: 0.25,
    });
    deepEqual(await fail(404), {
      state: "unreachable",
      problem: "not_there",
      failures: 2,
      hours: 0.5,
    });
    const later = await fail(429, { "retry-after": "36000" });
    deepEqual([later.problem, later.hours], ["later", 10]);
    deepEqual(await fail(403).then(({ state, problem }) => [state, problem]), [
      "refused",
      "turned_away",
    ]);
    equal((await fail(410)).hours, 30 * 24);
    paths.set("/rss", () => new Response("no feed any more"));
    capsule.wait(40 * 24 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    deepEqual([only(mesh).state, only(mesh).problem], ["refused", "no_feed"]);
    equal(listShown(mesh).length, 1);
    paths.set("/rss", () => new Response(null, { status: 301, headers: { location: "/new" } }));
    paths.set("/new", answerRss([{ title: "x" }]));
    capsule.wait(40 * 24 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    const { url, state, problem, failures } = only(mesh);
    deepEqual([url, state, problem, failures], [`${origin}/new`, "current", undefined, 0]);
    paths.set("/new", () => new Response(null, { status: 302, headers: { location: "/for-now" } }));
    paths.set("/for-now", answerRss([{ title: "x" }]));
    capsule.wait(40 * 24 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    equal(only(mesh).url, `${origin}/new`);
    ok(requests.length < 12);
  });
});

Deno.test("of one feed the newest items are kept, and what was let go does not come back", async () => {
  const items = Array.from({ length: 3 * ENTRIES_MAX }, (_, n) => ({
    id: `i${n}`,
    title: `${n}`,
    at: new Date(Date.UTC(2025, 0, 1) + n * HOUR_MS).toUTCString(),
  }));
  await withSite(async ({ origin, paths }, mesh, capsule) => {
    for (const end of [1, 2, 3]) {
      paths.set("/rss", answerRss(items.slice(0, end * ENTRIES_MAX)));
      if (end === 1) await followFeed(mesh, `${origin}/rss`);
      capsule.wait(25 * HOUR_MS);
      await runFeeds(mesh, SIGNAL);
    }
    equal(listShown(mesh).length, FEED_ITEMS_MAX);
    equal(listShown(mesh)[0]?.title, String(3 * ENTRIES_MAX - 1));
    paths.set("/rss", answerRss(items.slice(0, ENTRIES_MAX)));
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    equal(listShown(mesh).at(-1)?.title, String(ENTRIES_MAX));
  });
});

Deno.test("items without a time or an id have both, and stay what they are", async () => {
  await withSite(async ({ origin, paths }, mesh, capsule) => {
    const feed = `<rss version="2.0"><channel><title>t</title>
      <item><title>A</title></item><item><title>B</title></item><item><title>A</title></item></channel></rss>`;
    paths.set("/rss", () => new Response(feed));
    await followFeed(mesh, `${origin}/rss`);
    const ids = listShown(mesh).map(({ id, title }) => [id, title]);
    deepEqual(ids.map(([, title]) => title), ["A", "B"]);
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    deepEqual(listShown(mesh).map(({ id, title }) => [id, title]), ids);
  });
});

Deno.test("many items of one moment, and a piece of the same, each have a place of their own", async () => {
  await withSite(async ({ origin, paths }, mesh, capsule) => {
    const { index } = capsule.post({ text: "now", publishedAtMs: Date.UTC(2026, 0, 1) });
    const piece = findPost(mesh.db, capsule.log, index);
    ok(typeof piece === "object");
    const at = new Date(Date.UTC(2026, 0, 1)).toUTCString();
    for (const name of ["a", "b"]) {
      const items = Array.from({ length: ENTRIES_MAX }, (_, n) => ({ id: `${name}${n}`, at }));
      paths.set(`/${name}`, answerRss(items));
      await followFeed(mesh, `${origin}/${name}`);
    }
    const ids = listFeedItemIds(mesh.db, { side: "newer", cursor: 0, limit: 500 });
    equal(new Set(ids).size, 2 * ENTRIES_MAX);
    ok(!ids.includes(piece.id));
    ok(ids.every((id) => Math.abs(idMs(id) - Date.UTC(2026, 0, 1)) < 1_000));
  });
});

Deno.test("P9: a feed that is too long or silent leaves what was there, and a code", async () => {
  await withSite(async ({ origin, paths }, mesh, capsule) => {
    paths.set("/rss", answerRss([{ title: "x" }]));
    await followFeed(mesh, `${origin}/rss`);
    paths.set("/rss", () => new Response("x".repeat(4 * 1024 * 1024 + 1)));
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    deepEqual([only(mesh).state, only(mesh).problem], ["unreachable", "too_long"]);
    equal(listShown(mesh).length, 1);
    // Nothing is noted of a round that was ended.
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, AbortSignal.abort());
    equal(only(mesh).failures, 1);
  });
});

Deno.test("one host is asked once at a time, and many feeds in turns", async () => {
  await withSite(async ({ origin, paths, requests }, mesh, capsule) => {
    for (let n = 0; n < 6; n += 1) {
      paths.set(`/${n}`, answerRss([{ id: `${n}`, title: "x" }]));
      await followFeed(mesh, `${origin}/${n}`);
    }
    capsule.wait(25 * HOUR_MS);
    requests.length = 0;
    for (let turn = 1; turn <= 6; turn += 1) {
      const waitMs = await runFeeds(mesh, SIGNAL);
      equal(requests.length, turn);
      equal(waitMs === 0, turn < 6);
    }
    equal(new Set(requests.map(({ path }) => path)).size, 6);
  });
});

Deno.test("a feed that was unfollowed while it was asked leaves nothing", async () => {
  await withSite(async ({ origin, paths }, mesh, capsule) => {
    const url = `${origin}/rss`;
    paths.set("/rss", answerRss([{ title: "x" }]));
    const { id } = await followFeed(mesh, url);
    paths.set("/rss", () => {
      unfollowFeed(mesh.db, url);
      return answerRss([{ id: "9", title: "y" }])();
    });
    capsule.wait(25 * HOUR_MS);
    await runFeeds(mesh, SIGNAL);
    deepEqual([findFeed(mesh.db, id), findFeedByUrl(mesh.db, url)], [undefined, undefined]);
    deepEqual(listFeedItemIds(mesh.db, { side: "newer", cursor: 0, limit: 5 }), []);
  });
});
