/** People followed by the sample capsule, their copies in every state, a feed, followers and what was kept out. @module */
import { equal } from "node:assert/strict";
import { sniffPicture } from "../../content/pictures.ts";
import {
  publishArticle,
  publishPost,
  publishProfile,
  publishRevision,
} from "../../mesh/publish.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { saveBlock } from "../../storage/blocks.ts";
import type { Database } from "../../storage/database.ts";
import { insertFeed, saveFeedItems, updateFeed } from "../../storage/feeds.ts";
import { type MirrorChanges, updateMirror } from "../../storage/mirrors.ts";
import { copyAuthor, followAuthor, openTestAuthor, type TestAuthor } from "../support/mirror.ts";
import type { SamplePicture } from "./sample_pictures.ts";

const HOUR_MS = 3_600_000;
const SEED_FIRST = 20;
/** The sample is looked at, not pulled: nobody is there. */
const NEVER_MS = 8_000_000_000_000;

type Person = Readonly<{
  name: string;
  host: string;
  posts: readonly string[];
  /** Copies only so many of the newest entries. */
  newest?: number;
  changes?: MirrorChanges;
}>;

const PEOPLE: readonly Person[] = [
  {
    name: "Cleo Ashdown",
    host: "letters.ashdown.example",
    posts: [
      "The keeper’s log of 1911 has one line for the whole of December: “Lamp lit. Lamp out.”",
      "Low water at six. You can walk to the second rock now, and back, if you do not stop to look.",
    ],
  },
  {
    name: "Tomás Rivero",
    host: "tomas.example.org",
    posts: [
      "Otra vez el puente.",
      "Hoy el río lleva más barro que agua.",
      "Tres mapas y ninguno de acuerdo.",
    ],
    newest: 2,
    changes: { state: "pulling" },
  },
  {
    name: "山田 花子",
    host: "hanako.example.jp",
    posts: ["川の音で目が覚めた。"],
    changes: { state: "unreachable", problem: "not_reached", failures: 9 },
  },
  {
    name: "Noise Daily",
    host: "noise.example.com",
    posts: ["Number one.", "Number two."],
    changes: { state: "flooding", problem: "flooding" },
  },
  {
    name: "Old Harbour Press",
    host: "press.harbour.example",
    posts: ["The spring list is out."],
    changes: { state: "refused", problem: "proof_mismatch" },
  },
  {
    name: "Ben Okafor",
    host: "ben.example.net",
    posts: ["Back from the archive with 400 photographs and one answer."],
    changes: { state: "paused" },
  },
  {
    name: "Ruth Lindqvist",
    host: "lindqvist.example",
    posts: ["Read the tide tables of 1840 aloud to the dog. He fell asleep at the equinox."],
    changes: { state: "forked", problem: "fork" },
  },
];

/** The first of them, whose id follows from its seed. */
export const FOLLOWED_ID = "cap1hqpcglcf85ss93dseqkj9mlve2zy2x8vrfwlzqzqdmgkwqvdhurssvu63d";

/** Adds all of it to an own capsule; pictures are those of the sample. */
export function addSampleMesh(
  db: Database,
  drawn: readonly SamplePicture[],
  nowMs: number,
): void {
  for (const [n, person] of PEOPLE.entries()) {
    const { name, host, posts, newest, changes } = person;
    using author = openTestAuthor({ name, address: `https://${host}`, seed: SEED_FIRST + n });
    publishAll(author, { posts, nowMs: nowMs - n * 5 * HOUR_MS });
    if (n === 0) publishWithPictures([author.db, db], author, drawn, nowMs);
    const log = followAuthor(db, author, { nowMs: nowMs - 40 * 24 * HOUR_MS, isQuiet: n === 5 });
    const seenMs = nowMs - (n + 1) ** 3 * 200_000;
    copyAuthor(db, author, { log, nowMs: seenMs, ...(newest !== undefined && { newest }) });
    updateMirror(db, log, { ...changes, nextPullAtMs: NEVER_MS });
    suggest(db, log, n);
    if (n === 0) equal(author.id, FOLLOWED_ID, "the id that follows from the seed");
  }
  addFeed(db, nowMs);
  saveBlock(db, "https://spam.example", nowMs);
}

function publishAll(
  author: TestAuthor,
  { posts, nowMs }: Readonly<{ posts: readonly string[]; nowMs: number }>,
): void {
  for (const [n, text] of posts.entries()) {
    publishPost(author, { text, publishedAtMs: nowMs - (posts.length - n) * 7 * HOUR_MS });
  }
}

/** An author with a portrait, pictures and a corrected article; one picture stays behind. */
function publishWithPictures(
  dbs: readonly [Database, Database],
  author: TestAuthor,
  drawn: readonly SamplePicture[],
  nowMs: number,
): void {
  const pictures = drawn.slice(0, 5).map(({ bytes, description }, n) => {
    const header = sniffPicture(bytes);
    if (header === undefined) throw new Error("sample: the browser's picture is none");
    // The last one is not here yet: with one byte more the owner has not published it either.
    const isAway = n === 4;
    const own = isAway ? new Uint8Array([...bytes, 0]) : bytes;
    const hashes = dbs.slice(0, isAway ? 1 : 2).map((db) => saveBlob(db, own, header, nowMs));
    return { hash: hashes[0] ?? "", description };
  });
  const [portrait, cover, ...others] = pictures;
  if (portrait !== undefined) {
    publishProfile(author, { name: "Cleo Ashdown", picture: portrait });
  }
  publishPost(author, {
    text: "Three mornings from the gallery rail.",
    pictures: others,
    publishedAtMs: nowMs - 3 * HOUR_MS,
  });
  const article = publishArticle(author, {
    title: "What a lamp is for",
    slug: "what-a-lamp-is-for",
    summary:
      "A lighthouse does not say where you are. It says where it is, and leaves the rest to you.",
    markdown: "Nobody has lived here since 1968.\n\n## The stairs\n\nThere are 114 of them.",
    ...(cover !== undefined && { cover }),
    publishedAtMs: nowMs - 26 * HOUR_MS,
  });
  publishRevision(author, article.index, { markdown: "Nobody has lived here since 1967." });
}

function suggest(db: Database, log: number, n: number): void {
  const insert = db.prepare(
    "insert or ignore into follows (log, id, address, n, is_followed) values (?, ?, ?, 0, 1)",
  );
  for (let k = 0; k <= n % 4; k += 1) {
    const letter = "qpzry9x8"[k] ?? "q";
    insert.run(log, `cap1${letter.repeat(58)}`, `https://friend-${k + 1}.example`);
  }
}

function addFeed(db: Database, nowMs: number): void {
  const url = "https://trust.example/feed.xml";
  const siteUrl = "https://trust.example/";
  const feed = insertFeed(db, { url, title: "Severn Rivers Trust", siteUrl, nowMs });
  if (typeof feed !== "number") throw new Error(`sample: the feed is ${feed}`);
  saveFeedItems(db, feed, [{
    key: new Uint8Array(32),
    url: "https://trust.example/eels",
    title: "Eels counted at Maisemore weir",
    author: "",
    html: "<p>The count this week was 212, the highest since 2009.</p>" +
      "<p>Volunteers meet again on Saturday.</p>",
    text:
      "The count this week was 212, the highest since 2009.\nVolunteers meet again on Saturday.",
    publishedAtMs: nowMs - 9 * HOUR_MS,
  }]);
  updateFeed(db, feed, { state: "current", seenAtMs: nowMs, nextAtMs: NEVER_MS });
}
