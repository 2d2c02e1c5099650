/** The timeline: everybody followed in one order by time, page by page, and how far it was read. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { publishArticle, publishPost } from "../../mesh/publish.ts";
import type { Database } from "../../storage/database.ts";
import { insertFeed, saveFeedItems } from "../../storage/feeds.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { listNewerTimeline, listTimeline, type TimelineItem } from "../../storage/timeline.ts";
import { findTimelineMark, saveTimelineLook } from "../../storage/timeline_mark.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";

const MINUTE_MS = 60_000;

function textOf(item: TimelineItem): string {
  return item.title || item.text;
}

/** Follows somebody who wrote `texts`, one each `stepMs` from `fromMs` on. */
function addAuthor(
  db: Database,
  { seed, texts, fromMs, stepMs }: Readonly<
    { seed: number; texts: readonly string[]; fromMs: number; stepMs: number }
  >,
): number {
  using author = openTestAuthor({ name: `A${seed}`, address: `https://a${seed}.example`, seed });
  for (const [n, text] of texts.entries()) {
    publishPost(author, { text, publishedAtMs: fromMs + n * stepMs });
  }
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  return log;
}

function addFeedItem(db: Database, title: string, publishedAtMs: number): void {
  const feed = insertFeed(db, {
    url: "https://feed.example/feed.xml",
    title: "A feed",
    siteUrl: "",
    nowMs: START_MS,
  });
  ok(typeof feed === "number");
  const item = { url: "https://feed.example/1", title, author: "", html: "<p>a</p>", text: "a" };
  saveFeedItems(db, feed, [{ ...item, key: new Uint8Array(32), publishedAtMs }]);
}

Deno.test("everybody followed stands in one order by time, without own pieces and without pages", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  capsule.post({ text: "My own" });
  addAuthor(db, { seed: 1, texts: ["a1", "a2", "a3"], fromMs: START_MS, stepMs: 4 * MINUTE_MS });
  addAuthor(db, {
    seed: 2,
    texts: ["b1", "b2"],
    fromMs: START_MS + MINUTE_MS,
    stepMs: 5 * MINUTE_MS,
  });
  addFeedItem(db, "f1", START_MS + 2 * MINUTE_MS);
  using author = openTestAuthor({ name: "C", address: "https://c.example", seed: 3 });
  const fields = { markdown: "x", publishedAtMs: START_MS + 3 * MINUTE_MS };
  publishArticle(author, { ...fields, title: "c1", slug: "c1" });
  publishArticle(author, { ...fields, title: "A page", slug: "page", isPage: true });
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  const all = listTimeline(db, { limit: 50 });
  deepEqual(all.map(textOf), ["a3", "b2", "a2", "c1", "f1", "b1", "a1"]);
});

Deno.test("pages of the timeline in both directions hold everything once", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  for (const seed of [1, 2, 3, 4, 5, 6, 7]) {
    const texts = Array.from({ length: seed * 3 }, (_, n) => `${seed}-${n}`);
    addAuthor(db, { seed, texts, fromMs: START_MS + seed * 777, stepMs: MINUTE_MS / seed });
  }
  addFeedItem(db, "f", START_MS + 30_000);
  const whole = listTimeline(db, { limit: 100 }).map(({ id }) => id);
  equal(whole.length, 3 * 28 + 1);
  deepEqual(whole, whole.toSorted((a, b) => b - a));
  const down: number[] = [];
  for (;;) {
    const part = listTimeline(db, { before: down.at(-1), limit: 6 });
    down.push(...part.map(({ id }) => id));
    if (part.length < 6) break;
  }
  deepEqual(down, whole);
  const up: number[] = [];
  for (;;) {
    const after = up[0] ?? (whole.at(-1) ?? 0) - 1;
    const part = listNewerTimeline(db, { after, limit: 5 });
    up.unshift(...part.map(({ id }) => id));
    if (part.length < 5) break;
  }
  deepEqual(up, whole);
});

Deno.test("who is leaving is not in the timeline any more", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const log = addAuthor(db, { seed: 1, texts: ["gone"], fromMs: START_MS, stepMs: 1 });
  addAuthor(db, { seed: 2, texts: ["here"], fromMs: START_MS, stepMs: 1 });
  updateMirror(db, log, { state: "leaving" });
  deepEqual(listTimeline(db, { limit: 9 }).map(textOf), ["here"]);
});

Deno.test("what came since the last visit is new, and stays so while one turns pages", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const look = (newestId: number, nowMs: number) => {
    const mark = findTimelineMark(db, nowMs);
    saveTimelineLook(db, newestId, nowMs);
    return mark;
  };
  equal(look(100, 0), undefined, "the first look knows nothing older");
  equal(look(100, MINUTE_MS), 100);
  equal(look(150, 60 * MINUTE_MS), 100, "a later visit: above 100 is new");
  equal(look(150, 61 * MINUTE_MS), 100, "loaded again, it is still new");
  equal(look(160, 65 * MINUTE_MS), 100);
  equal(look(160, 200 * MINUTE_MS), 160, "seen on the visit before");
});
