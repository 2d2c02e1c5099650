import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type AtomFeed, parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { createApp } from "../../routes/app.ts";
import { countPieces } from "../../storage/counts.ts";
import { findArticle, listWholePieces, type Piece } from "../../storage/pieces.ts";
import { searchPieces } from "../../storage/search.ts";
import { pieceUrl } from "../../views/urls.ts";
import { checkMarkup } from "../browser/page_checks.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
import { importInto } from "../support/import.ts";
import { need } from "../support/optional.ts";

const ORIGIN = "https://corpus.example";
const corpus = Deno.env.get("CAPSULE_CORPUS");
const hasCorpus = need("the corpus folder named by CAPSULE_CORPUS", corpus);
const blog = `${corpus}/rust-blog`;
/** The corpus has pieces up to 2026. */
const NOW_MS = Date.UTC(2026, 10, 1);

type Get = (path: string) => Promise<Response>;

function openSite({ db, now }: TestCapsule): Get {
  const app = createApp({
    db,
    now,
    log: (line) => console.error(line),
    isDev: false,
    origin: () => ORIGIN,
    startId: "test",
  });
  return async (path) => await app.request(path.startsWith(ORIGIN) ? path : ORIGIN + path);
}

async function read(get: Get, path: string): Promise<string> {
  const response = await get(path);
  equal(response.status, 200, path);
  return await response.text();
}

Deno.test({
  name: "the whole blog: imported, every page shown, found, fed and verified",
  ignore: !hasCorpus,
  async fn(test) {
    // Leaving the scope verifies the whole store.
    using capsule = openTestCapsule({ startMs: NOW_MS, name: "The Rust Project" });
    const get = openSite(capsule);
    const imported = await test.step("every article comes in, and a second time nothing", () =>
      checkImport(capsule));
    if (!imported) return;
    const pieces = listWholePieces(capsule.db, { log: capsule.log, limit: 1_000 });
    await test.step("dates are those of the paths", () => checkDates(capsule));
    await test.step("every page answers and is valid HTML", () => checkPages(get, pieces));
    await test.step("links between articles lead to articles", () => checkLinks(get, pieces));
    await test.step("old addresses redirect", () => checkAliases(get));
    await test.step("search finds known words", () => checkSearch(capsule));
    await test.step("feeds are read whole by a second reader", () => checkFeeds(get, pieces));
  },
});

async function countFiles(folder: string): Promise<number> {
  let count = 0;
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) count += await countFiles(`${folder}/${entry.name}`);
    else if (/\.md$/.test(entry.name) && !/^_index|^latest/.test(entry.name)) count += 1;
  }
  return count;
}

async function checkImport(capsule: TestCapsule): Promise<void> {
  const files = await countFiles(blog);
  const result = await importInto(capsule, blog);
  equal(result.imported, files);
  equal(result.base, "https://blog.rust-lang.org");
  const kinds = new Set(result.problems.map(({ kind }) => kind));
  const expected = ["duplicate_slug", "empty", "html", "picture_missing", "picture_remote"];
  deepEqual([...kinds].sort(), expected);
  equal(countPieces(capsule.db, capsule.log, "article"), files);
  const again = await importInto(capsule, blog);
  deepEqual([again.imported, again.skipped], [0, files]);
}

function checkDates({ db, log }: TestCapsule): void {
  const expected = {
    "1-0-timeline": "2014-12-12",
    "rust-1-0": "2014-09-15",
    "rust-1-0-2015": "2015-05-15",
    "five-years-of-rust": "2020-05-15",
  };
  for (const [slug, day] of Object.entries(expected)) {
    const found = findArticle(db, log, slug);
    ok(found !== undefined && found !== "withdrawn", slug);
    equal(new Date(found.publishedAtMs).toISOString().slice(0, 10), day, slug);
  }
}

async function checkPages(get: Get, pieces: readonly Piece[]): Promise<void> {
  const lists = ["/", "/articles", "/archive", "/archive/2015", "/search?q=borrow", "/feeds"];
  for (const path of [...lists, ...pieces.map((piece) => pieceUrl(piece))]) {
    const page = await read(get, path);
    ok(!page.includes(" style="), `${path}: a style attribute`);
    await checkMarkup(page, path);
  }
}

/** Both ends of every link between articles: the article, and the part of it where one is named. */
async function checkLinks(get: Get, pieces: readonly Piece[]): Promise<void> {
  const pages = new Map<string, string>();
  for (const piece of pieces) pages.set(pieceUrl(piece), await read(get, pieceUrl(piece)));
  let links = 0;
  let lost = 0;
  for (const page of pages.values()) {
    for (const [, path = "", part] of page.matchAll(/ href="(\/a\/[^"#]+)(?:#([^"]+))?"/g)) {
      if (path.endsWith("/history")) continue;
      const target = pages.get(path);
      ok(target !== undefined, path);
      links += 1;
      if (part !== undefined && !target.includes(` id="${decodeURIComponent(part)}"`)) lost += 1;
    }
  }
  ok(links > 1_000, `${links} links`);
  // Headings that were renamed after somebody linked to them.
  ok(lost <= 2, `${lost} links to parts that are not there`);
}

async function checkAliases(get: Get): Promise<void> {
  const expected = {
    "/2014/12/12/1.0-Timeline/": "/a/1-0-timeline",
    "/2014/12/12/1.0-Timeline.html": "/a/1-0-timeline",
    "/2023/04/20/Rust-1.69.0": "/a/rust-1-69-0",
    "/releases/1.69.0": "/a/rust-1-69-0",
  };
  for (const [path, target] of Object.entries(expected)) {
    const response = await get(path);
    equal(response.status, 308, path);
    equal(response.headers.get("location"), target, path);
  }
}

function checkSearch({ db, log }: TestCapsule): void {
  const expected = {
    "borrow checker": "borrow checker",
    '"fearless concurrency"': "fearless concurrency",
    "match ergonomics": "match ergonomics",
  };
  for (const [query, words] of Object.entries(expected)) {
    const texts = searchPieces(db, { log, query, limit: 50 })
      .map(({ slug }) => findArticle(db, log, slug))
      .map((piece) => (piece === undefined || piece === "withdrawn" ? "" : piece.text));
    ok(texts.some((text) => text.toLowerCase().replace(/\s+/g, " ").includes(words)), query);
  }
}

async function checkFeeds(get: Get, pieces: readonly Piece[]): Promise<void> {
  const ids = pieces.map(({ hash }) => `urn:sha256:${hash}`);
  const atom: string[] = [];
  const json: string[] = [];
  const rss: string[] = [];
  for (let path: string | undefined = "/feed.atom"; path !== undefined;) {
    const text: string = await read(get, path);
    const feed: AtomFeed.Feed<string> = parseAtomFeed(text);
    for (const entry of feed.entries ?? []) {
      atom.push(entry.id ?? "");
      const html = entry.content?.value ?? "";
      ok(html.length > 100, entry.id);
      ok(!/ (?:href|src)="[/#]/.test(html), entry.id);
    }
    const cursor = new URL(path, ORIGIN).search;
    const { items } = parseJsonFeed(await read(get, `/feed.json${cursor}`));
    json.push(...(items ?? []).map(({ id }) => id ?? ""));
    const channel = parseRssFeed(await read(get, `/feed.rss${cursor}`));
    rss.push(...(channel.items ?? []).map(({ guid }) => guid?.value ?? ""));
    path = feed.links?.find((link) => link.rel === "prev-archive")?.href;
  }
  deepEqual(atom, ids);
  deepEqual(json, ids);
  deepEqual(rss, ids);
  match(await read(get, "/feed.json"), /"_capsule"/);
}
