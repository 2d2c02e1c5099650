import { deepEqual, equal, ok } from "node:assert/strict";
import { exportOpml, importOpml, OPML_BYTES_MAX } from "../../mesh/opml.ts";
import { runFeeds } from "../../mesh/feeds.ts";
import { FEEDS_MAX, insertFeed, listFeeds, updateFeed } from "../../storage/feeds.ts";
import { openDatabase } from "../../storage/database.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openTestMesh } from "../support/mesh.ts";
import { followAuthor, openTestAuthor } from "../support/mirror.ts";

const NOW = { nowMs: 1_000, isDev: false };

function makeOpml(outlines: string): string {
  return `<?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body>${outlines}</body></opml>`;
}

Deno.test("a list with folders is followed, each feed once, and what cannot be is told", async () => {
  using db = openDatabase(":memory:");
  const list = makeOpml(`
    <outline text="Friends"><outline text="A &amp; B" type="rss" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>
      <outline text="deeper"><outline title="C" text="c" xmlUrl="https://c.example/rss"/></outline></outline>
    <outline text="again" xmlUrl="https://a.example/feed"/>
    <outline text="only words"/>
    <outline text="inwards" xmlUrl="https://127.0.0.1/feed"/>
    <outline text="plain" xmlUrl="http://d.example/feed"/>
    <outline text="script" xmlUrl="javascript:x()"/>`);
  const found = await importOpml(db, list, NOW);
  deepEqual(found, {
    added: 3,
    known: 0,
    refused: ["https://127.0.0.1/feed", "javascript:x()"],
    capsules: [],
  });
  deepEqual(
    listFeeds(db, { limit: 9 }).map(({ url, title, siteUrl, state, nextAtMs }) => ({
      url,
      title,
      siteUrl,
      state,
      nextAtMs,
    })),
    [
      {
        url: "https://a.example/feed",
        title: "A & B",
        siteUrl: "https://a.example/",
        state: "new",
        nextAtMs: 1_000,
      },
      { url: "https://c.example/rss", title: "C", siteUrl: "", state: "new", nextAtMs: 1_000 },
      // Only https is asked; nearly every site answers there too.
      { url: "https://d.example/feed", title: "plain", siteUrl: "", state: "new", nextAtMs: 1_000 },
    ],
  );
  const again = await importOpml(db, list, NOW);
  deepEqual([again?.added, again?.known], [0, 3]);
});

Deno.test("a list that was saved brings everybody back: feeds, and capsules as capsules, but none followed quietly", async () => {
  using db = openDatabase(":memory:");
  using ida = openTestAuthor({ name: "Ida", address: "https://ida.example", seed: 7 });
  using quiet = openTestAuthor({ name: "Bob", address: "https://quiet.example", seed: 8 });
  followAuthor(db, ida, { nowMs: 1 });
  followAuthor(db, quiet, { nowMs: 1, isQuiet: true });
  const feed = {
    url: "https://a.example/feed?x=1&y=2",
    title: 'A "&" <b>',
    siteUrl: "",
    nowMs: 1,
  };
  const id = insertFeed(db, feed);
  ok(typeof id === "number");
  updateFeed(db, id, { siteUrl: "https://a.example/" });
  const list = await exportOpml(db, "Ida's list");
  ok(list.includes('xmlUrl="https://ida.example/feed.atom"'), list);
  ok(!list.includes("quiet.example"));
  using other = openDatabase(":memory:");
  const found = await importOpml(other, list, NOW);
  deepEqual(found, {
    added: 1,
    known: 0,
    refused: [],
    capsules: [{ id: ida.id, address: "https://ida.example", name: "https://ida.example" }],
  });
  equal(listFeeds(other, { limit: 9 })[0]?.title, feed.title);
  equal(listFeeds(other, { limit: 9 })[0]?.url, feed.url);
  // Where it is mirrored already, a capsule is known.
  deepEqual(await importOpml(db, list, NOW).then((one) => [one?.known, one?.capsules]), [2, []]);
});

Deno.test("what a list brought is asked by the mesh, in its own time", async () => {
  using capsule = openTestCapsule();
  await using mesh = await openTestMesh(capsule);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(`<rss version="2.0"><channel><title>Its own</title></channel></rss>`),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const list = makeOpml(`<outline text="from the list" xmlUrl="${url}"/>`);
  await importOpml(mesh.db, list, { nowMs: mesh.now(), isDev: true });
  await runFeeds(mesh, new AbortController().signal);
  const [feed] = listFeeds(mesh.db, { limit: 9 });
  deepEqual([feed?.title, feed?.state], ["Its own", "current"]);
  await server.shutdown();
});

Deno.test("P9: no list, too long a list and too many feeds are told, and nothing breaks", async () => {
  using db = openDatabase(":memory:");
  for (
    const text of ["", "hello", "<opml", "<html></html>", "{}", " ".repeat(OPML_BYTES_MAX + 1)]
  ) {
    equal(await importOpml(db, text, NOW), undefined, text.slice(0, 20));
  }
  const deep = makeOpml('<outline text="x">'.repeat(5_000) + "</outline>".repeat(5_000));
  await importOpml(db, deep, NOW);
  equal(listFeeds(db, { limit: 9 }).length, 0);
  const many = Array.from(
    { length: FEEDS_MAX + 3 },
    (_, n) => `<outline text="x" xmlUrl="https://a${n}.example/"/>`,
  );
  const found = await importOpml(db, makeOpml(many.join("")), NOW);
  deepEqual([found?.added, found?.refused.length], [FEEDS_MAX, 3]);
});
