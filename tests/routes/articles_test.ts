import assert from "node:assert/strict";
import { publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { checkReadersPage } from "../support/html.ts";
import { openTestSite } from "../support/site.ts";

const LONG = ["One", "Two", "Three", "Four"].map((name) =>
  `## ${name}\n\n${"The engine goes on and on. ".repeat(60)}`
).join("\n\n");

Deno.test("an article opens with title, summary, date and reading time", async () => {
  using site = openTestSite();
  const { slug } = site.article({ title: "On looms", summary: "What they weave", tags: ["Looms"] });
  const answer = await site.get(`/a/${slug}`);
  const page = await answer.text();
  assert.equal(answer.status, 200);
  await checkReadersPage(page);
  assert.match(page, /<h1 class="p-name" dir="auto">On looms<\/h1>/);
  assert.match(page, /What they weave/);
  assert.match(page, /1 min read/);
  assert.match(page, /<em>text<\/em>/);
  assert.match(page, /href="\/tags\/looms"/);
  assert.match(page, /Subscribe/);
});

Deno.test("programs take the named authors for the authors, else the capsule's", async () => {
  using site = openTestSite();
  site.article({ title: "Ours", authors: ["Grace", "Bob & Eve"] });
  site.article({ title: "Mine" });
  const authorsOf = async (path: string) =>
    [...(await site.text(path)).matchAll(/class="p-author h-card">(.*?)<\/(?:span|p)>/g)]
      .map((match) => match[1]?.replace(/<[^>]*>/g, ""));
  assert.deepEqual(await authorsOf("/a/ours"), ["Grace", "Bob &amp; Eve"]);
  assert.deepEqual(await authorsOf("/a/mine"), ["Ada"]);
  assert.match(await site.text("/a/ours"), /By <span[^>]*>Grace<\/span>, <span/);
});

Deno.test("a long article has a table of contents, a short one has none", async () => {
  using site = openTestSite();
  const long = site.article({ title: "Long", markdown: LONG });
  const short = site.article({
    title: "Short",
    markdown: "## One\n\n## Two\n\n## Three\n\n## Four",
  });
  const page = await site.text(`/a/${long.slug}`);
  await checkReadersPage(page);
  const ids = [...page.matchAll(/<h2 id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(ids.length, 4);
  for (const id of ids) assert.ok(page.includes(`<a href="#${id}">`), id);
  assert.doesNotMatch(await site.text(`/a/${short.slug}`), /class="contents"/);
});

Deno.test("footnotes, tables and code of an article are valid HTML", async () => {
  using site = openTestSite();
  const markdown = "Text[^a] and more[^a].\n\n| a | b |\n| - | -: |\n| 1 | 2 |\n\n" +
    '```rust\nfn main() { println!("x"); }\n```\n\n- [x] done\n- [ ] open\n\n[^a]: A note.';
  const { slug } = site.article({ title: "Marks", markdown });
  const page = await site.text(`/a/${slug}`);
  await checkReadersPage(page);
  assert.match(page, /class="footnotes"/);
  assert.match(page, /hljs-keyword/);
});

Deno.test("slugs in any script work, and other spellings lead to the one address", async () => {
  using site = openTestSite();
  const { slug } = site.article({ title: "Über Öl", slug: "über-öl" });
  const path = `/a/${encodeURIComponent(slug)}`;
  assert.equal((await site.get(path)).status, 200);
  const decomposed = await site.get(`/a/${encodeURIComponent(slug.normalize("NFD"))}`);
  assert.equal(decomposed.status, 308);
  assert.equal(decomposed.headers.get("Location"), path);
  assert.equal((await site.get("/a/ÜBER-ÖL")).headers.get("Location"), path);
});

Deno.test("a corrected article shows every version; a withdrawn one is gone", async () => {
  using site = openTestSite();
  const { slug, index } = site.article({ title: "On looms", markdown: "They have nine shuttles." });
  publishRevision(site, index, { markdown: "They have ten shuttles.", title: "On new looms" });
  const history = await site.text(`/a/${slug}/history`);
  await checkReadersPage(history);
  assert.match(history, /<del>nine<\/del><ins>ten<\/ins>/);
  assert.match(history, /<ins>new <\/ins>/);
  publishWithdrawal(site, index);
  const gone = await site.get(`/a/${slug}`);
  assert.equal(gone.status, 410);
  await checkReadersPage(await gone.text());
});

Deno.test("an old path leads to the article, with or without its slash or file name", async () => {
  using site = openTestSite();
  const { slug } = site.article({
    title: "Moved",
    aliases: ["/2015/05/moved.html", "/blog/moved"],
  });
  for (
    const path of ["/2015/05/moved.html", "/blog/moved", "/blog/moved/", "/blog/moved/index.html"]
  ) {
    const answer = await site.get(path);
    assert.equal(answer.status, 308, path);
    assert.equal(answer.headers.get("Location"), `/a/${slug}`);
  }
});

Deno.test("an old path of a withdrawn article says that it is gone, like the article", async () => {
  using site = openTestSite();
  const { index } = site.article({ title: "Moved", aliases: ["/2015/05/moved.html"] });
  publishWithdrawal(site, index);
  for (const path of ["/a/moved", "/2015/05/moved.html", "/2015/05/moved/"]) {
    const gone = await site.get(path);
    assert.equal(gone.status, 410, path);
    await checkReadersPage(await gone.text());
  }
  assert.equal((await site.get("/2015/05/else.html")).status, 404);
});

Deno.test("a page of the capsule's own stands in the navigation and has no date", async () => {
  using site = openTestSite();
  const { slug } = site.article({ title: "Imprint", isPage: true });
  const page = await site.text(`/a/${slug}`);
  await checkReadersPage(page);
  assert.match(page, new RegExp(`<a href="/a/${slug}" aria-current="page"[^>]*>Imprint</a>`));
  assert.match(page, /<p class="meta" hidden>/);
});

Deno.test("a title of a thousand characters makes a page, too", async () => {
  using site = openTestSite();
  const { slug } = site.article({ title: "Long words ".repeat(60).trim(), slug: "long" });
  await checkReadersPage(await site.text(`/a/${slug}`));
});
