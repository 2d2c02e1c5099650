/** Copies of two other capsules for the sample: a whole one, and one whose origin is gone. @module */
import {
  publishArticle,
  publishPost,
  publishProfile,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { publishFollow } from "../../mesh/publish_follow.ts";
import { saveBlob } from "../../storage/blobs.ts";
import type { Database } from "../../storage/database.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { copyAuthor, followAuthor, openTestAuthor, type TestAuthor } from "../support/mirror.ts";
import type { SamplePicture } from "./sample_pictures.ts";
import { ARTICLE, POSTS } from "./sample_texts.ts";

const DAY_MS = 86_400_000;
/** The sample is looked at, not pulled: nobody is there. */
const NEVER_MS = 8_000_000_000_000;

type Drawn = SamplePicture & Readonly<{ header: Parameters<typeof saveBlob>[2] }>;

/** Adds the mirrors; answers one page of each kind. The last of the pictures is not here yet. */
export function addSampleMirrors(
  db: Database,
  drawn: readonly Drawn[],
  nowMs: number,
): Readonly<Record<string, string>> {
  using mary = openTestAuthor({
    name: "Mary Oduya-Lindqvist",
    address: "https://tides.example.org",
    seed: 3,
  });
  const pictures = drawn.slice(0, 5).map(({ bytes, header, description }, place) => {
    // One byte more: a picture that the keeper has not published too.
    const own = place < 4 ? bytes : new Uint8Array([...bytes, 0]);
    const hash = saveBlob(mary.db, own, header, nowMs);
    return { hash, description };
  });
  const [cover, first, second] = pictures;
  const last = pictures.at(-1);
  publishProfile(mary, {
    line: "Tide tables, and what they leave out",
    about: "I keep the tables of three harbours. [The first one](/p/1) is the smallest.",
    links: [{ label: "The harbour office", url: "https://harbour.example.org/" }],
    ...(first && { picture: first }),
  });
  for (const [place, text] of POSTS.entries()) {
    publishPost(mary, { text, publishedAtMs: nowMs - DAY_MS * (40 - place) });
  }
  const article = publishArticle(mary, {
    title: "A table for a harbour that moved",
    slug: "a-table-for-a-harbour-that-moved",
    summary: "The quay stayed where it was. The water did not.",
    markdown: ARTICLE.replace("PICTURE", `![The old quay at low water](blob:${last?.hash})`),
    tags: ["tides", "harbours"],
    ...(cover && { cover }),
    publishedAtMs: nowMs - DAY_MS * 3,
  });
  const shown = [first, second, last].flatMap((one) => (one === undefined ? [] : [one]));
  const post = publishPost(mary, { text: "Three from the quay.", pictures: shown });
  const lone = publishPost(mary, { text: "And one more.", pictures: last ? [last] : [] });
  const gone = publishPost(mary, { text: "A wrong number." });
  publishWithdrawal(mary, gone.index);
  const log = followAuthor(db, mary, { nowMs: nowMs - 30 * DAY_MS });
  copyAuthor(db, mary, { log, nowMs });
  updateMirror(db, log, { nextPullAtMs: NEVER_MS });

  const far = followOthers(db, mary, nowMs);
  const base = `/~${mary.id}`;
  return {
    "mirror-home": `${base}/`,
    "mirror-article": `${base}/a/${article.slug}`,
    "mirror-post": `${base}/p/${post.index}`,
    "mirror-picture": `${base}/p/${lone.index}`,
    "mirror-about": `${base}/about`,
    "mirror-feeds": `${base}/feeds`,
    "mirror-search": `${base}/search?q=river`,
    "mirror-archive": `${base}/archive/2026`,
    "mirror-withdrawn": `${base}/p/${gone.index}`,
    "mirror-far": far,
  };
}

/** Follows one whose origin is gone, and one of whom nothing came yet; says so in the log. Answers the path of the first. */
function followOthers(db: Database, mary: TestAuthor, nowMs: number): string {
  using omar = openTestAuthor({ name: "عمر", address: "https://omar.example.net:8443", seed: 4 });
  for (const text of POSTS.slice(4, 7)) publishPost(omar, { text });
  const log = followAuthor(db, omar, { nowMs: nowMs - 20 * DAY_MS });
  copyAuthor(db, omar, { log, nowMs: nowMs - 12 * DAY_MS, newest: 2 });
  updateMirror(db, log, { state: "unreachable", problem: "not_reached", nextPullAtMs: NEVER_MS });

  using lena = openTestAuthor({
    name: "Lena",
    address: "https://the-long-name-of-a-harbour.example.com:8443",
    seed: 5,
  });
  const keeper = { db, now: () => nowMs };
  for (const author of [lena, omar, mary]) publishFollow(keeper, author);
  return `/~${omar.id}/`;
}
