import assert from "node:assert/strict";
import { publishProfile } from "../../mesh/publish.ts";
import { checkReadersPage } from "../support/html.ts";
import { openTestSite } from "../support/site.ts";

Deno.test("home shows who writes, and posts and articles mixed, the newest first", async () => {
  using site = openTestSite();
  site.post({ text: "The oldest words" });
  site.article({ title: "Between them" });
  site.post({ text: "The newest words" });
  site.article({ title: "Imprint", isPage: true });

  const answer = await site.get("/");
  const page = await answer.text();
  assert.equal(answer.status, 200);
  await checkReadersPage(page);
  const places = ["Ada", "Writes about engines", "newest words", "Between them", "oldest words"]
    .map((words) => page.indexOf(words, page.indexOf("<main")));
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  assert.ok(places.every((place) => place > 0));
  assert.equal(page.split(">Imprint<").length, 2, "a page stands in the navigation only");
});

Deno.test("home of a new capsule says that nothing is there, and to the owner what to do", async () => {
  using site = openTestSite();
  const page = await site.text("/");
  await checkReadersPage(page);
  assert.match(page, /Nothing is published here yet/);
  const own = await (await site.get("/", site.signIn())).text();
  assert.match(own, /Write the first post/);
  assert.doesNotMatch(page, /Write the first post/);
});

Deno.test("lists lead to older and back to newer parts without a gap or a repetition", async () => {
  using site = openTestSite();
  for (let number = 1; number <= 45; number++) site.post({ text: `Post number ${number}.` });
  const seen: string[] = [];
  let path: string | undefined = "/posts";
  let last = "";
  while (path !== undefined) {
    last = path;
    const page: string = await site.text(path);
    await checkReadersPage(page);
    seen.push(...[...page.matchAll(/Post number (\d+)\./g)].map((match) => match[1] ?? ""));
    path = /rel="next" href="([^"]+)"/.exec(page)?.[1];
  }
  assert.deepEqual(seen, Array.from({ length: 45 }, (_, place) => String(45 - place)));
  const page = await site.text(last);
  const newer = /rel="prev" href="([^"]+)"/.exec(page)?.[1] ?? "";
  assert.match(await site.text(newer), /Post number 25\./);
  const first = /rel="prev" href="([^"]+)"/.exec(await site.text(newer))?.[1];
  assert.equal(first, "/posts", "the beginning has one address");
});

Deno.test("a cursor that is none, or leads nowhere, is not found", async () => {
  using site = openTestSite();
  site.post({});
  for (const cursor of ["0", "1", "x", "-1", "1e3", "99999999999999999", ""]) {
    assert.equal((await site.get(`/?before=${cursor}`)).status, 404, cursor);
  }
});

Deno.test("the pinned piece comes first, once", async () => {
  using site = openTestSite();
  const pinned = site.post({ text: "Keep me on top" });
  site.post({ text: "A later thought" });
  publishProfile(site, { pinned: pinned.index });
  const page = await site.text("/");
  await checkReadersPage(page);
  assert.ok(page.indexOf("Keep me on top") < page.indexOf("A later thought"));
  assert.equal(page.split("Keep me on top").length, 2);
  assert.match(page, /Pinned/);
});

Deno.test("programs find h-card, h-feed, h-entry, feeds, previews and the canonical address", async () => {
  using site = openTestSite();
  publishProfile(site, { links: [{ label: "Elsewhere", url: "https://social.example/@ada" }] });
  site.post({ text: "Hello #engines", tags: ["engines"] });
  const page = await site.text("/");
  for (
    const part of [
      'class="h-feed"',
      "p-author h-card",
      "h-entry",
      "dt-published",
      "u-url u-uid",
      "p-category",
      'rel="me noopener" href="https://social.example/@ada"',
      'type="application/feed+json" title="Ada (JSON Feed)" href="/feed.json"',
      'type="application/atom+xml"',
      'type="application/rss+xml"',
      'rel="canonical" href="https://ada.example/"',
      'property="og:url" content="https://ada.example/"',
      'name="theme-color" media="(prefers-color-scheme: dark)"',
      'rel="manifest"',
    ]
  ) {
    assert.ok(page.includes(part), part);
  }
});
