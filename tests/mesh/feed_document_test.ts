import { deepEqual, equal, ok } from "node:assert/strict";
import { decodeFeed } from "../../mesh/feed_document.ts";
import { nextFeedInterval, retryFeedAfter } from "../../mesh/feed_schedule.ts";
import { makeRss } from "../support/feed.ts";
import { seededRandom } from "../support/seed.ts";

const HOUR_MS = 3_600_000;

Deno.test("letters of an older encoding are read as they were meant", async () => {
  const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const feed = (declared: string) =>
    latin(
      `<?xml version="1.0"${declared}?><rss version="2.0"><channel><title>Caf\xe9</title></channel></rss>`,
    );
  const titles = [
    await decodeFeed(feed(' encoding="ISO-8859-1"'), null),
    await decodeFeed(feed(""), "text/xml; charset=windows-1252"),
    await decodeFeed(feed(' encoding="x-unknown"'), null),
  ].map((document) => document?.title);
  deepEqual(titles, ["Café", "Café", "Caf\ufffd"]);
});

Deno.test("an id that is no link leads nowhere, one that is leads to its item", async () => {
  const items = ["1", "https://a.example/1", "tag:a.example,2026:1"].map((guid) =>
    `<item><guid>${guid}</guid><title>x</title></item>`
  );
  const feed = `<rss version="2.0"><channel><title>t</title>${items.join("")}</channel></rss>`;
  const document = await decodeFeed(new TextEncoder().encode(feed), null);
  deepEqual(document?.entries.map(({ url }) => url), ["", "https://a.example/1", ""]);
});

Deno.test("how often a feed is asked follows how often it brings something", () => {
  const nowMs = 1_000 * HOUR_MS;
  const every = (hours: number, sinceHours = 0) =>
    Array.from({ length: 12 }, (_, n) => nowMs - (sinceHours + n * hours) * HOUR_MS);
  equal(nextFeedInterval(every(0.1), nowMs), 0.25 * HOUR_MS);
  equal(nextFeedInterval(every(8), nowMs), 2 * HOUR_MS);
  equal(nextFeedInterval(every(8, 40), nowMs), 10 * HOUR_MS);
  equal(nextFeedInterval(every(500), nowMs), 24 * HOUR_MS);
  equal(nextFeedInterval([], nowMs, 2 * HOUR_MS), 3 * HOUR_MS);
  equal(nextFeedInterval([], nowMs), 24 * HOUR_MS);
  deepEqual([1, 2, 5, 30].map((n) => retryFeedAfter("failing", n) / HOUR_MS), [0.25, 0.5, 4, 24]);
});

Deno.test("P9: the reader of feeds never throws and never takes long, whatever is altered", async () => {
  const { seed, random } = seededRandom();
  console.log(`seed ${seed}`);
  const rss = makeRss([{ title: "a & b", html: "<p>x</p>", at: "Fri, 02 Jan 2026 02:00:00 GMT" }]);
  const json = JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: "t",
    items: [{ id: 1, authors: [{ name: null }], content_html: "x", date_published: 5 }],
  });
  const parts = [
    ...["<item>", "</item>", "<guid>", "<link/>", "<![CDATA[", "]]>", "<!--", "&#x110000;", "&a;"],
    ...[
      "<entry>",
      "<feed xmlns='x'>",
      "</channel>",
      "xmlns:a='b'",
      '"items":[',
      "{",
      "null",
      "\u0000",
    ],
    ...[
      "<pubDate>",
      "9".repeat(400),
      "<!DOCTYPE a [<!ENTITY b 'c'>]>",
      "<author>",
      "<dc:creator>",
      ",",
    ],
  ];
  const encoder = new TextEncoder();
  for (let n = 0; n < 1_500; n += 1) {
    let text = random() < 0.6 ? rss : json;
    for (let times = random() * 6; times > 0; times -= 1) {
      const at = Math.floor(random() * text.length);
      const part = parts[Math.floor(random() * parts.length)] ?? "";
      text = text.slice(0, at) + part + text.slice(at + Math.floor(random() * 9));
    }
    const startedMs = performance.now();
    const found = await decodeFeed(encoder.encode(text), null);
    ok(performance.now() - startedMs < 1_000, `seed ${seed}`);
    for (const { id, title, author, html, url } of found?.entries ?? []) {
      for (const value of [id, title, author, html, url]) {
        equal(typeof value, "string", `seed ${seed}`);
      }
    }
  }
  for (
    const text of [
      `<rss version="2.0"><channel>${"<item>".repeat(300_000)}`,
      `<rss version="2.0"><channel>${
        "<item><title>x</title></item>".repeat(100_000)
      }</channel></rss>`,
      `<rss version="2.0"><channel><item><title>${"<a>".repeat(300_000)}`,
      `{"version":"https://jsonfeed.org/version/1.1","items":${"[".repeat(1_000_000)}`,
    ]
  ) {
    const startedMs = performance.now();
    await decodeFeed(encoder.encode(text), null);
    ok(performance.now() - startedMs < 5_000, text.slice(0, 60));
  }
});
