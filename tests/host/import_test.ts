import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createApp } from "../../routes/app.ts";
import { listDrafts } from "../../storage/drafts.ts";
import {
  findArticle,
  findPieceByAlias,
  listWholePieces,
  type Piece,
} from "../../storage/pieces.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";
import { importInto, SAMPLE, sumProblems } from "../support/import.ts";

function article({ db, log }: TestCapsule, slug: string): Piece {
  const found = findArticle(db, log, slug);
  if (found === undefined || found === "withdrawn") throw new Error(`no article ${slug}`);
  return found;
}

Deno.test("the sample archive comes in: everything that can, with its problems listed", async () => {
  using capsule = openTestCapsule();
  const result = await importInto(capsule, `${SAMPLE}blog`);
  equal(result.imported, 14);
  equal(result.drafts, 1);
  equal(result.base, "https://lighthouse.example");
  deepEqual(sumProblems(result.problems), [
    "date notes/bad-date.md",
    "date notes/bad-date.md",
    "date notes/broken-fields.md",
    "date notes/without-fields.md",
    "duplicate_slug notes/tides.md",
    "empty README.md",
    "empty notes/empty.md",
    "encoding notes/latin1.md",
    "front_matter notes/broken-fields.md",
    "html tides.md",
    "picture_missing tides.md",
    "picture_remote tides.md",
    "picture_unusable notes/tides.md",
    "picture_unusable notes/tides.md",
    "shortcode tides.md",
    "shortcode tides.md",
    "shortcode tides.md",
  ]);
});

Deno.test("an article keeps its date, authors, tags, summary, language and old addresses", async () => {
  using capsule = openTestCapsule();
  await importInto(capsule, `${SAMPLE}blog`);
  const byAlias = (path: string) => {
    const found = findPieceByAlias(capsule.db, capsule.log, path);
    return found === "withdrawn" ? undefined : found;
  };
  const tides = article(capsule, "tides");
  equal(tides.title, "Tides & their <tables>");
  equal(new Date(tides.publishedAtMs).toISOString(), "2020-01-15T12:00:00.000Z");
  deepEqual(tides.authors, ["Ruth Calder", "The Harbour Office"]);
  deepEqual(tides.tags, ["sea", "Numbers"]);
  equal(tides.summary, "Why the water comes and goes.");
  for (const path of ["/2020/01/15/tides", "/2020/01/15/tides.html", "/water"]) {
    equal(byAlias(path)?.slug, "tides", path);
  }
  const harbour = article(capsule, "harbour");
  equal(new Date(harbour.publishedAtMs).toISOString(), "2021-05-06T12:08:09.000Z");
  equal(harbour.cover?.width, 120);
  deepEqual(harbour.pictures.map(({ description }) => description), ["A red boat"]);
  ok(!harbour.text.includes("# The harbour"), "the title is not repeated");
  const first = article(capsule, "first-light");
  deepEqual(first.tags, ["Sea", "lamps", "Diary"]);
  equal(byAlias("/2019/03/04/first-light.html")?.id, first.id);
  equal(article(capsule, "日本の灯台").language, "ja");
  equal(article(capsule, "harbour-de").language, "de");
  equal(article(capsule, "about-us").isPage, true);
  equal(article(capsule, "crlf").text, "First line.\nSecond line.\n\nNew paragraph.");
  match(article(capsule, "latin1").text, /Caf\ufffd/);
  equal(article(capsule, "broken-fields").text, "The text is fine, the fields are not.");
  const [draft] = listDrafts(capsule.db, { limit: 10 });
  equal(draft?.fields["title"], "Half done");
});

Deno.test("links and pictures lead to this capsule, code stays as it was typed", async () => {
  using capsule = openTestCapsule();
  await importInto(capsule, `${SAMPLE}blog`);
  const { text, pictures } = article(capsule, "tides");
  ok(text.includes(`![The water at noon](blob:${pictures[0]?.hash})`));
  ok(
    text.includes("[The curve of a month](https://lighthouse.example/2020/01/15/tides/curve.svg)"),
  );
  ok(text.includes("[the moon](https://elsewhere.example/moon.jpg)"));
  ok(!text.includes("[curve]:"));
  ok(text.includes("[first]: /a/first-light"));
  ok(text.includes("[springs](#spring-and-neap)"));
  ok(text.includes("[the harbour](/a/harbour#boats)"));
  ok(text.includes("[a page that is gone](https://lighthouse.example/nowhere/at-all/)"));
  ok(!/<\/?(?:div|p|img|iframe|details)/.test(text), text);
  const first = article(capsule, "first-light").text;
  ok(first.includes("(/a/tides#spring-and-neap)"));
  ok(first.includes("[not a link](tides.md) ![no picture](gone.png)"));
  ok(first.includes("[https://lighthouse.example/2020/01/15/tides.html](/a/tides)"));
  match(article(capsule, "harbour").text, /\[!\[A red boat\]\(blob:[0-9a-f]{64}\)\]\(\/a\/tides\)/);
});

Deno.test("old addresses redirect, also with a slash or a file's name behind them", async () => {
  using capsule = openTestCapsule();
  await importInto(capsule, `${SAMPLE}blog`);
  const app = createApp({
    db: capsule.db,
    now: capsule.now,
    log: () => {},
    isDev: false,
    origin: () => "https://me.example",
    startId: "test",
  });
  for (const path of ["/2020/01/15/tides/", "/2020/01/15/tides.html", "/water/"]) {
    const response = await app.request(`https://me.example${path}`);
    equal(response.status, 308, path);
    equal(response.headers.get("location"), "/a/tides", path);
  }
});

Deno.test("a second import adds nothing, a new file later adds only itself", async () => {
  using capsule = openTestCapsule();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.md`, "+++\ntitle='A'\ndate=2020-01-01\n+++\nText");
    equal((await importInto(capsule, folder)).imported, 1);
    await Deno.writeTextFile(
      `${folder}/b.md`,
      "+++\ntitle='B'\ndate=2020-01-02\n+++\nSee [a](a.md)",
    );
    const again = await importInto(capsule, folder);
    deepEqual([again.imported, again.skipped], [1, 1]);
    equal(article(capsule, "b").text, "See [a](/a/a)");
    const third = await importInto(capsule, folder);
    deepEqual([third.imported, third.skipped], [0, 2]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an import that is killed half way goes on where it was", async () => {
  using capsule = openTestCapsule();
  const folder = await Deno.makeTempDir();
  try {
    for (let at = 0; at < 600; at++) {
      const fields = `title='Piece ${at}'\ndate=2020-01-01`;
      await Deno.writeTextFile(`${folder}/${at}.md`, `+++\n${fields}\n+++\nText ${at}`);
    }
    const kill = new Error("killed");
    const stopAt = (done: number) => {
      if (done === 400) throw kill;
    };
    equal(await importInto(capsule, folder, { at: stopAt }).catch((error) => error), kill);
    const result = await importInto(capsule, folder);
    deepEqual([result.imported, result.skipped], [350, 250]);
    const slugs = listWholePieces(capsule.db, { log: capsule.log, limit: 1_000 });
    equal(new Set(slugs.map(({ title }) => title)).size, 600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a dry run says the same and changes nothing; --draft publishes nothing", async () => {
  using capsule = openTestCapsule();
  const before = capsule.db.prepare("select count(*) as n from entries").get();
  const dry = await importInto(capsule, `${SAMPLE}blog`, { isDryRun: true });
  equal(dry.imported, 14);
  deepEqual(capsule.db.prepare("select count(*) as n from entries").get(), before);
  equal(listDrafts(capsule.db, { limit: 10 }).length, 0);
  deepEqual(capsule.db.prepare("select count(*) as n from blobs").get(), { n: 0 });
  const drafts = await importInto(capsule, `${SAMPLE}blog`, { isDraft: true });
  equal(drafts.drafts, 14);
  deepEqual(capsule.db.prepare("select count(*) as n from entries").get(), before);
});
