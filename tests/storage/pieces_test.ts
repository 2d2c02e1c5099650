import { deepEqual, equal } from "node:assert/strict";
import { publishWithdrawal } from "../../mesh/publish.ts";
import { listMonths, listYears } from "../../storage/archive.ts";
import { countOlder, countPieces } from "../../storage/counts.ts";
import {
  findArticle,
  findNeighbours,
  findPiece,
  findPieceByAlias,
  findPost,
  listNewer,
  listPages,
  listPieces,
  listWholePieces,
} from "../../storage/pieces.ts";
import { saveSettings } from "../../storage/settings.ts";
import { findTag, listTags } from "../../storage/tags.ts";
import { openTestCapsule } from "../support/capsule.ts";

const DAY_MS = 86_400_000;

Deno.test("findPost reads every field of a post", () => {
  using capsule = openTestCapsule();
  const { index, hash } = capsule.post({
    text: "Hello 👋 world",
    tags: ["#Fun", "fun", "Späße"],
    language: "de",
    publishedAtMs: Date.UTC(2020, 1, 29, 12),
  });
  const piece = findPost(capsule.db, capsule.log, index);
  deepEqual(piece, {
    id: Date.UTC(2020, 1, 29, 12) * 1024 + index,
    log: capsule.log,
    capsuleId: capsule.id,
    index,
    hash,
    kind: "post",
    publishedAtMs: Date.UTC(2020, 1, 29, 12),
    revisedAtMs: undefined,
    revisions: 0,
    language: "de",
    tags: ["Fun", "Späße"],
    text: "Hello 👋 world",
    pictures: [],
    authors: [],
    title: "",
    slug: "",
    summary: "",
    cover: undefined,
    isPage: false,
    words: 2,
    reply: undefined,
    quote: undefined,
  });
});

Deno.test("findArticle reads a long article whole while lists have its opening", () => {
  using capsule = openTestCapsule();
  const markdown = "A 😀 sentence of some words. ".repeat(1_000);
  const { slug } = capsule.article({ markdown, authors: ["Ada", "Grace"], summary: "Short" });
  const piece = findArticle(capsule.db, capsule.log, slug);
  if (piece === undefined || piece === "withdrawn") throw new Error("expected the article");
  equal(piece.text, markdown);
  deepEqual(piece.authors, ["Ada", "Grace"]);
  const [listed] = listPieces(capsule.db, { log: capsule.log, limit: 10 });
  equal(listed?.text, markdown.slice(0, 2_000));
  const [whole] = listWholePieces(capsule.db, { log: capsule.log, limit: 10 });
  equal(whole?.text, markdown);
});

Deno.test("findPost answers undefined for an article, for the profile and past the end", () => {
  using capsule = openTestCapsule();
  const { index } = capsule.article({});
  equal(findPost(capsule.db, capsule.log, index), undefined);
  equal(findPost(capsule.db, capsule.log, 0), undefined);
  equal(findPiece(capsule.db, capsule.log, 99), undefined);
});

Deno.test("listPieces pages through pieces of one moment without losing or repeating one", () => {
  using capsule = openTestCapsule();
  const publishedAtMs = Date.UTC(2021, 0, 1);
  for (let n = 0; n < 25; n += 1) capsule.post({ text: `post ${n}`, publishedAtMs });
  const seen: string[] = [];
  let before: number | undefined;
  while (true) {
    const page = listPieces(capsule.db, { log: capsule.log, before, limit: 4 });
    if (page.length === 0) break;
    seen.push(...page.map(({ text }) => text));
    before = page.at(-1)?.id;
  }
  deepEqual(seen, Array.from({ length: 25 }, (_, n) => `post ${24 - n}`));
});

Deno.test("listPieces orders by the signed date, not by the place in the log", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "new", publishedAtMs: Date.UTC(2022, 0, 1) });
  capsule.post({ text: "old", publishedAtMs: Date.UTC(1999, 0, 1) });
  capsule.post({ text: "ancient", publishedAtMs: Date.UTC(1815, 11, 10) });
  const texts = listPieces(capsule.db, { log: capsule.log, limit: 10 }).map(({ text }) => text);
  deepEqual(texts, ["new", "old", "ancient"]);
});

Deno.test("listPieces filters by kind, tag in any spelling, year and month together", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  capsule.post({ text: "a", tags: ["Sea"], publishedAtMs: Date.UTC(2020, 5, 1) });
  capsule.post({ text: "b", tags: ["sea", "sky"], publishedAtMs: Date.UTC(2021, 5, 1) });
  capsule.article({ markdown: "c", tags: ["SEA"], publishedAtMs: Date.UTC(2021, 7, 1) });
  const list = (filter: object) =>
    listPieces(db, { log, limit: 10, ...filter }).map(({ text }) => text);
  deepEqual(list({}), ["c", "b", "a"]);
  deepEqual(list({ kind: "post" }), ["b", "a"]);
  deepEqual(list({ tag: "sEa" }), ["c", "b", "a"]);
  deepEqual(list({ tag: "sea", kind: "article" }), ["c"]);
  deepEqual(list({ tag: "sea", year: 2021 }), ["c", "b"]);
  deepEqual(list({ year: 2021, month: 6 }), ["b"]);
  deepEqual(list({ year: 2019 }), []);
  deepEqual(list({ tag: "nothing" }), []);
});

Deno.test("listNewer answers the page right above a piece, the newest first", () => {
  using capsule = openTestCapsule();
  for (let n = 0; n < 10; n += 1) capsule.post({ text: `${n}` });
  const [third] = listPieces(capsule.db, { log: capsule.log, limit: 10 }).slice(7);
  const newer = listNewer(capsule.db, { log: capsule.log, after: third?.id ?? 0, limit: 3 });
  deepEqual(newer.map(({ text }) => text), ["5", "4", "3"]);
});

Deno.test("pages stand outside lists, counts, tags and archive", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { slug } = capsule.article({ title: "Imprint", isPage: true, tags: ["law"] });
  deepEqual(listPieces(db, { log, limit: 10 }), []);
  deepEqual(listPages(db, log).map(({ title }) => title), ["Imprint"]);
  equal(countPieces(db, log), 0);
  equal(countPieces(db, log, "page"), 1);
  deepEqual(listTags(db, log, 10), []);
  deepEqual(listYears(db, log), []);
  equal((findArticle(db, log, slug) as { isPage: boolean }).isPage, true);
});

Deno.test("slugs of one title get numbers, in one batch and over time, and never come back", () => {
  using capsule = openTestCapsule();
  const slugs = Array.from({ length: 20 }, () => capsule.article({ title: "Same" }).slug);
  deepEqual(slugs, ["same", ...Array.from({ length: 19 }, (_, n) => `same-${n + 2}`)]);
});

Deno.test("findPieceByAlias leads an old path to the article, the first one wins", () => {
  using capsule = openTestCapsule();
  const first = capsule.article({ title: "One", aliases: ["/2015/05/one.html"] });
  capsule.article({ title: "Two", aliases: ["/2015/05/one.html", "/two"] });
  const find = (path: string) => {
    const found = findPieceByAlias(capsule.db, capsule.log, path);
    return found === "withdrawn" ? found : found?.title;
  };
  equal(find("/2015/05/one.html"), "One");
  equal(find("/two"), "Two");
  equal(find("/three"), undefined);
  publishWithdrawal(capsule, first.index);
  equal(find("/2015/05/one.html"), "withdrawn");
  equal(first.slug, "one");
});

Deno.test("findNeighbours stays among the same kind", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  capsule.post({ text: "a" });
  capsule.article({ title: "Between" });
  const middle = capsule.post({ text: "b" });
  capsule.post({ text: "c" });
  const piece = findPost(db, log, middle.index);
  if (piece === undefined || piece === "withdrawn") throw new Error("expected the post");
  const { older, newer } = findNeighbours(db, piece);
  deepEqual([older?.text, newer?.text], ["a", "c"]);
  const [last] = listPieces(db, { log, kind: "article", limit: 1 });
  deepEqual(last && findNeighbours(db, last), {});
});

Deno.test("counters say what lists hold", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  for (let n = 0; n < 5; n += 1) capsule.post({ tags: ["x", `t${n % 2}`] });
  capsule.article({ tags: ["X"] });
  equal(countPieces(db, log), 6);
  equal(countPieces(db, log, "post"), 5);
  equal(countPieces(db, log, "article"), 1);
  deepEqual(listTags(db, log, 2), [
    { tag: "x", label: "X", count: 6 },
    { tag: "t0", label: "t0", count: 3 },
  ]);
  equal(findTag(db, log, "T1")?.count, 2);
});

Deno.test("countOlder counts what a list would still show, whichever month and time zone a cursor is in", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const HOUR_MS = 3_600_000;
  for (let n = 0; n < 24; n++) {
    const fields = { publishedAtMs: Date.UTC(2020, n % 5, 1) + (n - 12) * HOUR_MS, tags: ["Éa"] };
    if (n % 3 === 0) capsule.article({ title: `T ${n}`, ...fields });
    else capsule.post(n % 2 === 0 ? fields : { ...fields, tags: [] });
  }
  capsule.post({ publishedAtMs: Date.UTC(2300, 0, 1) });
  capsule.article({ title: "Page", isPage: true, publishedAtMs: Date.UTC(2020, 2, 1) });
  for (const timeZone of ["UTC", "Pacific/Kiritimati", "America/St_Johns"]) {
    saveSettings(db, { timeZone });
    for (const kind of [undefined, "post", "article"] as const) {
      for (const tag of [undefined, "éA", "none"]) {
        const ids = listPieces(db, { log, kind, tag, limit: 100 }).map(({ id }) => id);
        for (const before of [0, ...ids, ...ids.map((id) => id + 1), Number.MAX_SAFE_INTEGER]) {
          const older = ids.filter((id) => id < before).length;
          equal(countOlder(db, { log, kind, tag }, before), older, `${timeZone} ${kind} ${tag}`);
        }
      }
    }
  }
});

Deno.test("the archive's years begin in the capsule's time zone and are counted again when it changes", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const midnight = Date.UTC(2024, 0, 1);
  capsule.post({ text: "late", publishedAtMs: midnight - 60_000 });
  capsule.post({ text: "early", publishedAtMs: midnight + 60_000 });
  capsule.article({ publishedAtMs: midnight + 40 * DAY_MS });
  deepEqual(listYears(db, log), [{ year: 2024, count: 2 }, { year: 2023, count: 1 }]);
  saveSettings(db, { timeZone: "Asia/Tokyo" });
  deepEqual(listYears(db, log), [{ year: 2024, count: 3 }]);
  deepEqual(listPieces(db, { log, year: 2024, limit: 9 }).length, 3);
  saveSettings(db, { timeZone: "America/New_York" });
  deepEqual(listYears(db, log), [{ year: 2024, count: 1 }, { year: 2023, count: 2 }]);
  deepEqual(listMonths(db, log, 2023), [{ year: 2023, month: 12, count: 2 }]);
  deepEqual(listYears(db, log, "article"), [{ year: 2024, count: 1 }]);
  capsule.post({ publishedAtMs: midnight });
  equal(listYears(db, log)[1]?.count, 3);
});

Deno.test("a piece dated beyond 2248 is listed in its archive year and outlives a new time zone", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  capsule.post({ text: "far", publishedAtMs: Date.UTC(9999, 0, 1) });
  capsule.post({ text: "ancient", publishedAtMs: Date.UTC(1, 0, 1) });
  for (const timeZone of ["UTC", "Asia/Tokyo", "America/New_York"]) {
    saveSettings(db, { timeZone });
    const years = listYears(db, log);
    equal(years.length, 2);
    for (const { year, count } of years) {
      equal(listPieces(db, { log, year, limit: 9 }).length, count, `${timeZone} ${year}`);
    }
  }
});

Deno.test("a tag whose capital letter composes only in lower case is found by its own key", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  capsule.post({ text: "one", tags: ["J\u030can"] });
  capsule.post({ text: "two", tags: ["\u01f0an"] });
  const [tag] = listTags(db, log, 9);
  equal(tag?.count, 2);
  equal(findTag(db, log, tag?.tag ?? "")?.count, 2);
  equal(listPieces(db, { log, tag: tag?.tag, limit: 9 }).length, 2);
});
