/** A capsule with something on every kind of page, served by a real process. @module */
import type { Browser } from "playwright-core";
import { equal } from "node:assert/strict";
import { saveBlob } from "../../storage/blobs.ts";
import { runPlannedBackup } from "../../host/planned_backup.ts";
import { saveBackupPlan, USUAL_PLAN } from "../../storage/backup_plan.ts";
import { openDatabase } from "../../storage/database.ts";
import { sniffPicture } from "../../content/pictures.ts";
import {
  publishArticle,
  publishPost,
  publishProfile,
  publishRevision,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { initCapsule } from "../support/process.ts";
import { addSampleHours } from "./sample_hours.ts";
import { addSampleMesh, FOLLOWED_ID } from "./sample_mesh.ts";
import { addSampleMirrors } from "./sample_mirrors.ts";
import { drawPictures, type SamplePicture } from "./sample_pictures.ts";
import { ABOUT, ARTICLE, POSTS } from "./sample_texts.ts";

/** What `initCapsule` sets. */
export const PASSWORD = "correct horse battery";

/** One page of each kind, by a name for files, for anybody. */
export const PUBLIC_PAGES: Readonly<Record<string, string>> = {
  home: "/",
  posts: "/posts",
  articles: "/articles",
  tags: "/tags",
  tag: "/tags/rivers",
  archive: "/archive",
  year: "/archive/2026",
  search: "/search?q=river",
  "search-nothing": "/search?q=zebra",
  about: "/about",
  feeds: "/feeds",
  missing: "/nothing/here",
  removed: "/removed",
  "sign-in": "/sign-in",
};

/** Pages for the owner. */
export const OWNER_PAGES: Readonly<Record<string, string>> = {
  studio: "/studio",
  timeline: "/studio/timeline",
  following: "/studio/mesh",
  followed: `/studio/mesh/${FOLLOWED_ID}`,
  unfollow: `/studio/mesh/${FOLLOWED_ID}/unfollow`,
  "set-aside": "/studio/mesh/set-aside",
  follow: "/studio/follow",
  discover: "/studio/discover",
  followers: "/studio/followers",
  takedown: `/studio/takedown?target=${FOLLOWED_ID}`,
  takedowns: "/studio/takedowns",
  blocks: `/studio/blocks?target=${FOLLOWED_ID}`,
  "new-article": "/studio/articles/new",
  drafts: "/studio/drafts",
  settings: "/studio/settings",
  profile: "/studio/settings/profile",
  appearance: "/studio/settings/appearance",
  security: "/studio/settings/security",
  backups: "/studio/settings/backups",
  health: "/studio/settings/health",
  identity: "/studio/identity",
};

const DAY_MS = 86_400_000;
const NEWEST_MS = Date.UTC(2026, 10, 20, 8, 30);

function withHeader(picture: SamplePicture) {
  const header = sniffPicture(picture.bytes);
  if (header === undefined) throw new Error("sample: the browser's picture is none");
  return { ...picture, header };
}

function keep(db: ReturnType<typeof openDatabase>, picture: SamplePicture): string {
  return saveBlob(db, picture.bytes, withHeader(picture).header, NEWEST_MS);
}

/** After some weeks of being served, with nightly backups, and the first of them: before rows that only look like a mesh, which would not verify. */
async function openBackedUp(path: string): Promise<ReturnType<typeof openDatabase>> {
  const db = openDatabase(path);
  addSampleHours(db, Date.now());
  saveBackupPlan(db, USUAL_PLAN, NEWEST_MS);
  const run = { dataPath: path, now: Date.now, isStopped: () => false };
  equal((await runPlannedBackup(run)).outcome, "good");
  return db;
}

/** Makes the capsule in a folder; answers its pages, those of single pieces among them. */
export async function makeSampleCapsule(
  browser: Browser,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  await initCapsule(folder);
  const drawn = await drawPictures(browser, 8);
  using db = await openBackedUp(`${folder}/capsule.db`);
  const pictures = drawn.map((one) => ({ hash: keep(db, one), description: one.description }));
  const [cover, first] = pictures;
  let day = POSTS.length + 5;
  const publisher = { db, now: () => NEWEST_MS };
  const next = (): number => NEWEST_MS - DAY_MS * --day * 3;
  publishProfile(publisher, {
    name: "Ida Greenwald",
    line: "Notes on rivers, maps and the people between them",
    about: ABOUT,
    ...(first === undefined ? {} : { picture: first }),
    links: [{ label: "Sheets and prints", url: "https://maps.example.org/" }],
  });
  const gone = publishPost(publisher, { text: "A mistake.", publishedAtMs: next() });
  equal(typeof publishWithdrawal(publisher, gone.index), "object");
  const posts = POSTS.map((text) =>
    publishPost(publisher, { text, tags: tagsOf(text), publishedAtMs: next() })
  );
  const many = publishPost(publisher, {
    text: "Eight sheets from the autumn, in the order of the river.",
    pictures,
    publishedAtMs: next(),
  });
  const article = publishArticle(publisher, {
    title: "How a parish keeps its river",
    slug: "how-a-parish-keeps-its-river",
    summary:
      "Once a year eleven people walk a line that is under water. They are the reason why the map is right.",
    markdown: ARTICLE.replace("PICTURE", `![The bend at Arlingham](blob:${first?.hash})`),
    tags: ["rivers", "maps", "Gloucestershire"],
    ...(cover === undefined ? {} : { cover }),
    publishedAtMs: next(),
  });
  publishRevision(publisher, article.index, {
    markdown: ARTICLE.replace("PICTURE", `![The bend at Arlingham](blob:${first?.hash})`)
      .replace("two dogs, and a boy", "two dogs, one cat, and a boy"),
    note: "There was a cat.",
  });
  const page = publishArticle(publisher, {
    title: "Colophon",
    slug: "colophon",
    markdown: "Set in what your device has. Printed by nobody.",
    isPage: true,
    publishedAtMs: next(),
  });
  publishPost(publisher, {
    text: "From the dyke this morning, five minutes after the rain.",
    pictures: pictures.slice(6, 7),
    publishedAtMs: next(),
  });
  addSampleMesh(db, drawn, NEWEST_MS);
  return {
    ...addSampleMirrors(db, drawn.map(withHeader), NEWEST_MS),
    article: `/a/${article.slug}`,
    "article-history": `/a/${article.slug}/history`,
    page: `/a/${page.slug}`,
    "post-one-word": `/p/${posts[0]?.index}`,
    "post-500": `/p/${posts[3]?.index}`,
    "post-arabic": `/p/${posts[5]?.index}`,
    "post-long-word": `/p/${posts[6]?.index}`,
    "post-eight-pictures": `/p/${many.index}`,
    withdrawn: `/p/${gone.index}`,
  };
}

function tagsOf(text: string): string[] {
  return [...text.matchAll(/#([\p{L}\p{N}]+)/gu)].map(([, tag]) => tag ?? "");
}
