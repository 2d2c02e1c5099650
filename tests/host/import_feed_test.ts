import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { findArticle, findPieceByAlias, listWholePieces } from "../../storage/pieces.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { importInto, SAMPLE } from "../support/import.ts";

Deno.test("a JSON Feed comes in: short untitled items as posts, others as articles", async () => {
  using capsule = openTestCapsule();
  const result = await importInto(capsule, `${SAMPLE}feeds/posts.json`);
  equal(result.imported, 3);
  deepEqual(result.problems.map(({ kind }) => kind).sort(), [
    "date",
    "picture_remote",
    "picture_remote",
  ]);
  const pieces = listWholePieces(capsule.db, { log: capsule.log, limit: 10 });
  const post = pieces.find(({ text }) => text.startsWith("Fog"));
  equal(post?.kind, "post");
  equal(post?.text, "Fog & rain, see the forecast https://weather.example/long/address #weather");
  deepEqual(post?.tags, ["weather"]);
  equal(new Date(post?.publishedAtMs ?? 0).toISOString(), "2022-03-04T04:06:07.000Z");
  const article = pieces.find(({ title }) => title === "A long one");
  equal(article?.text, "Plain words.\n\nIn two paragraphs.");
  equal(article?.slug, "a-long-one");
  deepEqual(article?.tags, ["sea"]);
  equal((await importInto(capsule, `${SAMPLE}feeds/posts.json`)).skipped, 3);
});

Deno.test("an Atom feed comes in as Markdown, without what is dangerous", async () => {
  using capsule = openTestCapsule();
  await importInto(capsule, `${SAMPLE}feeds/articles.atom`);
  const [piece] = listWholePieces(capsule.db, { log: capsule.log, limit: 10 });
  equal(piece?.title, "Less < more");
  deepEqual(piece?.authors, ["Ada", "Grace"]);
  match(piece?.text ?? "", /^## Part\n\nText with \*weight\*\.\n\n- +one$/);
  equal(piece?.publishedAtMs, Date.UTC(2020, 4, 6, 7, 8, 9, 123));
});

Deno.test("an RSS feed comes in whole, links in it made absolute", async () => {
  using capsule = openTestCapsule();
  await importInto(capsule, `${SAMPLE}feeds/mixed.rss`);
  const pieces = listWholePieces(capsule.db, { log: capsule.log, limit: 10 });
  const article = pieces.find(({ kind }) => kind === "article");
  equal(article?.title, "Titled & dated");
  equal(article?.summary, "The summary.");
  match(article?.text ?? "", /\[whole\]\(https:\/\/rss\.example\/2019\/other\)/);
  match(article?.text ?? "", /```\nx < y\n```/);
  equal(pieces.find(({ kind }) => kind === "post")?.text, "A note without a title.");
});

Deno.test("links between the articles of a feed lead to them here when the old site is named", async () => {
  using capsule = openTestCapsule();
  const path = await writeFeed([
    {
      title: "First",
      link: "https://old.example/2019/first/",
      html:
        `<p><a href="/2019/second/#part">on</a>, <a href="http://www.old.example/2019/third">third</a>, ` +
        `<a href="https://other.example/2019/second/">other</a>, <a href="/?p=7">seven</a>, <a href="/gone">gone</a></p>`,
    },
    {
      title: "Second",
      link: "https://old.example/2019/second/",
      html: `<p><a href="../first/">back</a> <a href="#part">down</a></p>`,
    },
    { title: "Third", link: "https://old.example/2019/third/", html: "<p>End.</p>" },
    { title: "Seven", link: "https://old.example/?p=7", html: "<p>Seven.</p>" },
  ]);
  try {
    await importInto(capsule, path, { base: "https://old.example" });
  } finally {
    await Deno.remove(path);
  }
  const text = (slug: string) => {
    const piece = findArticle(capsule.db, capsule.log, slug);
    return piece === undefined || piece === "withdrawn" ? "" : piece.text;
  };
  equal(
    text("first"),
    "[on](/a/second#part), [third](/a/third), [other](https://other.example/2019/second/), " +
      "[seven](https://old.example/?p=7), [gone](https://old.example/gone)",
  );
  equal(text("second"), "[back](/a/first) [down](/a/second#part)");
});

Deno.test("a generated excerpt is no summary, and an article's own path is no old path", async () => {
  using capsule = openTestCapsule();
  const html =
    "<h2>Part</h2><p>It\u2019s the <em>opening</em> of a text &amp; goes on.</p><p>More.</p>";
  const link = "https://old.example/a";
  const path = await writeFeed([
    { title: "Cut", link: `${link}/cut`, html, summary: "It's the opening of [&#8230;]" },
    {
      title: "Plugin",
      link: `${link}/p/plugin`,
      html,
      summary: `<p>It&#8217;s the opening of a text [&hellip;]</p>` +
        `<p>The post <a href="/">Plugin</a> appeared first on <a href="/">Old</a>.</p>`,
    },
    {
      title: "Whole",
      link: `${link}/grüße`,
      html,
      summary: "Part It's the opening of a text & go",
    },
    { title: "Written", link: `${link}/written`, html, summary: "What it is about &amp; why" },
  ]);
  try {
    await importInto(capsule, path);
  } finally {
    await Deno.remove(path);
  }
  const found = ["cut", "plugin", "grüße", "written"].map((slug) => {
    const piece = findArticle(capsule.db, capsule.log, slug);
    return piece === undefined || piece === "withdrawn" ? undefined : piece;
  });
  deepEqual(found.map((piece) => piece?.summary), ["", "", "", "What it is about & why"]);
  const isAlias = (path: string) => findPieceByAlias(capsule.db, capsule.log, path) !== undefined;
  deepEqual(["/a/cut", "/a/p/plugin", "/a/grüße", "/a/written"].map(isAlias), [
    false,
    true,
    false,
    false,
  ]);
});

Deno.test("what is no feed, or another one than was said, is refused in a sentence", async () => {
  using capsule = openTestCapsule();
  await rejects(importInto(capsule, `${SAMPLE}blog/tides.png`), /expected a feed/);
  await rejects(importInto(capsule, `${SAMPLE}feeds/mixed.rss`, { form: "atom" }), /an Atom feed/);
  await rejects(importInto(capsule, `${SAMPLE}nothing-here`), /found nothing there/);
});

Deno.test("a feed with entities inside entities ends soon and brings nothing", async () => {
  using capsule = openTestCapsule();
  const entities = Array.from(
    { length: 12 },
    (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`,
  ).join("");
  const bomb = `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">${entities}]>` +
    `<rss version="2.0"><channel><title>x</title><item><title>Bomb</title><description>&e12;</description>` +
    `<pubDate>Mon, 06 May 2019 10:00:00 GMT</pubDate></item></channel></rss>`;
  const path = await Deno.makeTempFile({ suffix: ".rss" });
  try {
    await Deno.writeTextFile(path, bomb);
    await importInto(capsule, path).catch(() => undefined);
    const [piece] = listWholePieces(capsule.db, { log: capsule.log, limit: 1 });
    ok((piece?.text.length ?? 0) < 100);
  } finally {
    await Deno.remove(path);
  }
});

type Item = Readonly<{ title: string; link: string; html: string; summary?: string }>;

async function writeFeed(items: readonly Item[]): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".rss" });
  const xml = items.map(({ title, link, html, summary }) =>
    `<item><title>${title}</title><link>${link}</link>` +
    `<description><![CDATA[${summary ?? ""}]]></description>` +
    `<content:encoded><![CDATA[${html}]]></content:encoded>` +
    `<pubDate>Mon, 06 May 2019 10:00:00 GMT</pubDate></item>`
  );
  await Deno.writeTextFile(
    path,
    `<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">` +
      `<channel><title>Old</title><link>https://old.example/</link>${xml.join("")}</channel></rss>`,
  );
  return path;
}
