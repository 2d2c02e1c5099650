/** The timeline as its owner reads it. */
import { equal, match } from "node:assert/strict";
import { publishArticle, publishPost } from "../../mesh/publish.ts";
import { insertFeed, saveFeedItems } from "../../storage/feeds.ts";
import { saveSigning } from "../../storage/signing.ts";
import { copyAuthor, followAuthor, openTestAuthor, type TestAuthor } from "../support/mirror.ts";
import { openStudio, type Page } from "../support/studio_client.ts";

type Studio = Awaited<ReturnType<typeof openStudio>>;

function openAuthor(): TestAuthor {
  return openTestAuthor({ name: "Cleo Ashdown", address: "https://cleo.example", seed: 9 });
}

function follow({ db, now }: Studio, author: TestAuthor): number {
  const log = followAuthor(db, author, { nowMs: now() });
  copyAuthor(db, author, { log, nowMs: now() });
  return log;
}

function placesOf(page: Page): string[] {
  return [...page.document.querySelectorAll(".studio-rooms a")]
    .map((link) => link.getAttribute("href") ?? "");
}

Deno.test("nobody followed: the page says what to do, and the navigation begins with writing", async () => {
  using studio = await openStudio();
  const page = await studio.client.get("/studio/timeline");
  match(page.words, /Begin with one.*Follow somebody/);
  equal(placesOf(page)[0], "/studio");
});

Deno.test("each piece has its author, links to the copy and to the original, and tags lead into the copy", async () => {
  using studio = await openStudio();
  using author = openAuthor();
  const nowMs = studio.now();
  publishPost(author, { text: "Low water at six #tides", publishedAtMs: nowMs - 3 * 3_600_000 });
  publishArticle(author, {
    title: "What a lamp is for",
    slug: "lamp",
    markdown: "Words.",
    summary: "It says where it is.",
    publishedAtMs: nowMs - 3 * 86_400_000,
  });
  follow(studio, author);
  const page = await studio.client.get("/studio/timeline");
  equal(placesOf(page)[0], "/studio/timeline");
  match(
    page.words,
    /Cleo Ashdown\s*cleo\.example\s*Low water at six #tides\s*3 hours ago\s*Original/,
  );
  match(page.words, /What a lamp is for\s*It says where it is\.\s*30 December 2025/);
  const links = [...page.document.querySelectorAll("main a")].map((a) => a.getAttribute("href"));
  for (
    const href of [
      `/~${author.id}/`,
      `/~${author.id}/p/1`,
      "https://cleo.example/p/1",
      `/~${author.id}/a/lamp`,
      `/~${author.id}/tags/tides`,
    ]
  ) equal(links.includes(href), true, href);
  for (const href of [`/~${author.id}/p/1`, `/~${author.id}/a/lamp`]) {
    equal((await studio.client.get(href)).status, 200, href);
  }
});

Deno.test("a time that is yet to come is marked as one", async () => {
  using studio = await openStudio();
  using author = openAuthor();
  publishPost(author, { text: "From the future", publishedAtMs: studio.now() + 86_400_000 });
  follow(studio, author);
  match((await studio.client.get("/studio/timeline")).words, /a time that is yet to come/);
});

Deno.test("the timeline is turned page by page in both directions", async () => {
  using studio = await openStudio();
  using author = openAuthor();
  for (let n = 1; n <= 45; n += 1) {
    publishPost(author, { text: `Number ${n} of many`, publishedAtMs: studio.now() + n * 1_000 });
  }
  follow(studio, author);
  const { client } = studio;
  const first = await client.get("/studio/timeline");
  match(first.words, /Number 45 of many.*Number 26 of many/);
  const next = (page: typeof first, rel: string) =>
    page.document.querySelector(`a[rel=${rel}]`)?.getAttribute("href") ?? "";
  const second = await client.get(next(first, "next"));
  match(second.words, /Number 25 of many.*Number 6 of many/);
  const third = await client.get(next(second, "next"));
  match(third.words, /Number 5 of many.*Number 1 of many/);
  equal(next(third, "next"), "");
  match((await client.get(next(third, "prev"))).words, /Number 25 of many.*Number 6 of many/);
  equal(next(second, "prev"), "/studio/timeline");
  equal((await client.get("/studio/timeline?before=x")).location, "/studio/timeline");
  equal((await client.get("/studio/timeline?before=1")).location, "/studio/timeline");
});

Deno.test("a line stands where the last visit ended", async () => {
  using studio = await openStudio();
  using author = openAuthor();
  publishPost(author, { text: "Old", publishedAtMs: studio.now() });
  const log = follow(studio, author);
  const { client } = studio;
  const before = await client.get("/studio/timeline");
  equal(before.words.includes("You have seen"), false);
  studio.wait(3_600_000);
  publishPost(author, { text: "News", publishedAtMs: studio.now() });
  copyAuthor(studio.db, author, { log, nowMs: studio.now() });
  for (const _ of [1, 2]) {
    const page = await client.get("/studio/timeline");
    match(page.words, /1 new since you last looked.*News.*You have seen what follows.*Old/);
    studio.wait(60_000);
  }
  studio.wait(3_600_000);
  equal((await client.get("/studio/timeline")).words.includes("You have seen"), false);
});

Deno.test("a feed's item is marked as unsigned and can be read here", async () => {
  using studio = await openStudio();
  const { db, client } = studio;
  const feed = insertFeed(db, {
    url: "https://trust.example/feed.xml",
    title: "Rivers Trust",
    siteUrl: "",
    nowMs: studio.now(),
  });
  saveFeedItems(db, Number(feed), [{
    key: new Uint8Array(32),
    url: "https://trust.example/eels",
    title: "Eels",
    author: "",
    html: "<p>They were <b>counted</b>.</p>",
    text: "They were counted.",
    publishedAtMs: studio.now(),
  }]);
  const page = await client.get("/studio/timeline");
  match(page.words, /Rivers Trust\s*Ordinary feed, unsigned\s*Eels\s*They were counted\./);
  const href = page.document.querySelector(".feed-item .meta a")?.getAttribute("href") ?? "";
  const item = await client.get(href);
  match(item.html, /<p>They were <b>counted<\/b>\.<\/p>/);
  match(item.words, /nobody signed it.*Read it at trust\.example/);
  equal((await client.get("/studio/timeline/feed/1")).status, 404);
});

Deno.test("whoever may not publish reads why on every page of the studio", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  for (
    const [outcome, words] of [
      ["checking", /Your followers are being asked/],
      ["another_copy", /Another copy of this capsule answers.*What you can do/],
      ["nobody", /None of your followers answered.*What you can do/],
    ] as const
  ) {
    saveSigning(db, { start: "s", outcome, detail: "", atMs: studio.now() });
    match((await client.get("/studio")).words, words);
  }
  saveSigning(db, { start: "s", outcome: "allowed", detail: "", atMs: studio.now() });
  equal((await client.get("/studio")).words.includes("What you can do"), false);
});
