/** Every page of the owner's side is valid HTML, labels its fields and ties each problem to its field. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { publishPost } from "../../mesh/publish.ts";
import { saveBlock } from "../../storage/blocks.ts";
import { insertFeed } from "../../storage/feeds.ts";
import { saveFollower } from "../../storage/followers.ts";
import { updateMirror } from "../../storage/mirrors.ts";
import { checkMarkup } from "../browser/page_checks.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { makePicture, openClient, openStudio, type Page } from "../support/studio_client.ts";

function checkLabels(path: string, { document }: Page): void {
  const ids = new Set([...document.querySelectorAll("[id]")].map((element) => element.id));
  for (const field of document.querySelectorAll("main input, main textarea, main select")) {
    if (field.getAttribute("type") === "hidden") continue;
    const id = field.getAttribute("id");
    ok(id, `${path}: a field without an id: ${field.outerHTML.slice(0, 90)}`);
    ok(document.querySelector(`label[for="${id}"]`), `${path}: no label for ${id}`);
    const isInvalid = field.getAttribute("aria-invalid") === "true";
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ")
      .filter((name) => name !== "");
    equal(described.includes(`${id}-problem`), isInvalid, `${path}: ${id}`);
    for (const name of described) ok(ids.has(name), `${path}: nothing is called ${name}`);
  }
  for (const link of document.querySelectorAll("#problems a")) {
    ok(ids.has((link.getAttribute("href") ?? "").slice(1)), `${path}: ${link.outerHTML}`);
  }
}

async function check(path: string, page: Page): Promise<void> {
  deepEqual(await checkMarkup(page.html, path), [], path);
  checkLabels(path, page);
}

/** Somebody followed, somebody who follows, somebody blocked, a feed. Answers the id of the first. */
function addPeople({ db, now }: Awaited<ReturnType<typeof openStudio>>): string {
  using author = openTestAuthor({ name: "Cleo", address: "https://cleo.example", seed: 7 });
  publishPost(author, { text: "Low water at six" });
  const log = followAuthor(db, author, { nowMs: now() });
  copyAuthor(db, author, { log, nowMs: now() });
  updateMirror(db, log, { state: "unreachable", problem: "not_reached" });
  const proof = { n: 1, isFollowing: true, proof: "{}", network: "" };
  saveFollower(db, { ...proof, id: `cap1${"q".repeat(58)}`, nowMs: now() });
  saveBlock(db, "spam.example", now());
  const feed = { url: "https://f.example/feed", title: "A feed", siteUrl: "" };
  insertFeed(db, { ...feed, nowMs: now() });
  return author.id;
}

Deno.test("every page of the studio is valid and labels what it asks for", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const { index } = studio.post({ text: "A post" });
  const article = studio.article({ markdown: "## One\n\nText" });
  await client.post("/studio", { text: "A draft", do: "save" });
  const id = addPeople(studio);
  const paths = [
    "/studio/timeline",
    "/studio/mesh",
    "/studio/mesh?q=nobody",
    "/studio/mesh/set-aside",
    `/studio/mesh/${id}`,
    `/studio/mesh/${id}/unfollow`,
    "/studio/follow",
    "/studio/discover",
    "/studio/followers",
    `/studio/blocks?target=${id}`,
    `/studio/takedown?target=${id}`,
    "/studio/takedowns",
    "/removed",
    "/studio",
    "/studio/articles/new",
    "/studio/drafts",
    `/studio/revise/${index}`,
    `/studio/revise/${article.index}`,
    `/studio/withdraw/${index}`,
    "/studio/settings",
    "/studio/settings/profile",
    "/studio/settings/appearance",
    "/studio/settings/security",
    "/studio/settings/backups",
    "/studio/identity",
  ];
  for (const path of paths) await check(path, await client.get(path));
  const stranger = openClient(studio.db, studio.now);
  for (const path of ["/sign-in", "/forgotten", "/setup"]) {
    await check(path, await stranger.get(path));
  }
});

Deno.test("a form that comes back is as valid, and ties each sentence to its field", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const long = { text: "z".repeat(501), do: "publish", files: makePicture() };
  const id = addPeople(studio);
  const forms: [string, Record<string, string | Blob>][] = [
    ["/studio", long],
    ["/studio/articles/new", { do: "publish", slug: "a b" }],
    ["/studio/articles/new", { do: "preview", markdown: "# A\n\n[^1]\n\n[^1]: B" }],
    ["/studio/follow", { target: "x" }],
    ["/studio/follow/list", { opml: makePicture() }],
    ["/studio/takedown", { target: "", note: "x".repeat(2_001) }],
    ["/studio/blocks", { target: "not one" }],
    [`/studio/mesh/${id}`, { budget: "much", do: "budget" }],
    ["/studio/settings/profile", { name: "", linkUrl0: "x", do: "save" }],
    ["/studio/settings/appearance", { accent: "x", timeZone: "y" }],
    ["/studio/settings/security/password", { password: "short" }],
    ["/studio/settings/security/phrase", { phrase: "no" }],
    ["/studio/settings/backups", { folder: "..", keepDays: "7", keepWeeks: "4", do: "save" }],
    ["/studio/settings/backups", { folder: "b", keepDays: "0", keepWeeks: "4", do: "save" }],
    ["/forgotten", { phrase: "no", password: "long enough one", again: "long enough one" }],
    ["/sign-in", { password: "wrong" }],
  ];
  for (const [path, fields] of forms) await check(path, await client.post(path, fields));
});
