/** Articles: drafts that no device overwrites, preview, publication, revision. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { findDraft, listDrafts } from "../../storage/drafts.ts";
import { findArticle, listPages, listPieces } from "../../storage/pieces.ts";
import { listRevisions } from "../../storage/revisions.ts";
import { makePicture, openStudio, type Page } from "../support/studio_client.ts";

const JSON_ONLY = { Accept: "application/json" };
const ESSAY = {
  title: "What the dam remembers",
  summary: "A walk along the Elbe.",
  tags: "rivers, #dams",
  markdown: "## The source\n\nA *wet* meadow.[^1]\n\n[^1]: Seen in May.",
};

type Studio = Awaited<ReturnType<typeof openStudio>>;

function listTexts({ db }: Studio): unknown[] {
  return listDrafts(db, { kind: "article", limit: 9 }).map(({ fields }) => fields["markdown"]);
}

async function saveEssay({ client }: Studio): Promise<Page> {
  const empty = await client.get("/studio/articles/new");
  return await client.send(empty, { ...ESSAY, do: "save" }, "form.editor");
}

Deno.test("an article goes from an empty editor over a draft to its readers", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const draft = await saveEssay(studio);
  match(draft.words, /The draft is saved/);
  const article = await client.send(draft, { do: "publish" }, "form.editor");
  match(article.words, /What the dam remembers/);
  const found = findArticle(db, log, "what-the-dam-remembers");
  ok(typeof found === "object");
  deepEqual(found.tags, ["rivers", "dams"]);
  equal(listDrafts(db, { limit: 9 }).length, 0);
});

Deno.test("the preview shows the article, saves the draft and publishes nothing", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const empty = await client.get("/studio/articles/new");
  const page = await client.send(empty, { ...ESSAY, do: "preview" }, "form.editor");
  match(page.document.querySelector("#preview h2:not(.eyebrow)")?.textContent ?? "", /The source/);
  equal(listPieces(db, { log, limit: 9 }).length, 0);
  equal(listDrafts(db, { limit: 9 }).length, 1);
  const live = await client.request("/studio/preview", {
    method: "POST",
    headers: JSON_ONLY,
    body: new URLSearchParams({ markdown: "# Hi\n\n<script>alert(1)</script>" }),
  });
  const { html } = await live.json();
  match(html, /Hi/);
  equal(html.includes("<script"), false);
});

Deno.test("an article without title or text comes back with both sentences and stays a draft", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const empty = await client.get("/studio/articles/new");
  const page = await client.send(empty, { summary: "Only this", do: "publish" }, "form.editor");
  equal(page.status, 422);
  match(page.words, /2 things to mend/);
  match(page.words, /An article needs a title.*There is no text yet/);
  match(page.html, /Only this/);
  equal(listDrafts(studio.db, { limit: 9 }).length, 1);
});

Deno.test("an address that cannot be one is refused with one that can", async () => {
  using studio = await openStudio();
  const empty = await studio.client.get("/studio/articles/new");
  const fields = { ...ESSAY, slug: "Über/uns & alle", do: "publish" };
  const page = await studio.client.send(empty, fields, "form.editor");
  equal(page.status, 422);
  const wish = page.words.match(/“([^”]+)” would do/)?.[1] ?? "";
  const again = await studio.client.send(page, { slug: wish, do: "publish" }, "form.editor");
  equal(again.status, 200);
  ok(findArticle(studio.db, studio.log, wish));
});

Deno.test("a page of the site is in the navigation and in no list", async () => {
  using studio = await openStudio();
  const empty = await studio.client.get("/studio/articles/new");
  const fields = { ...ESSAY, title: "Imprint", isPage: "yes", do: "publish" };
  await studio.client.send(empty, fields, "form.editor");
  equal(listPages(studio.db, studio.log)[0]?.title, "Imprint");
  equal(listPieces(studio.db, { log: studio.log, limit: 9 }).length, 0);
  match((await studio.client.get("/studio")).words, /Pages\s*Imprint/);
});

Deno.test("pictures are put into the text, the cover beside it, and both are published", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const empty = await client.get("/studio/articles/new");
  const files = { files: makePicture(), coverFile: makePicture(), coverDescription: "A dot" };
  const page = await client.send(empty, { ...ESSAY, ...files, do: "pictures" }, "form.editor");
  match(page.html, /!\[\]\(blob:[0-9a-f]{64}\)/);
  await client.send(page, { do: "publish" }, "form.editor");
  const found = findArticle(db, log, "what-the-dam-remembers");
  ok(typeof found === "object");
  equal(found.cover?.description, "A dot");
  equal(found.pictures.length, 1);
});

Deno.test("two devices on one draft: both texts are kept and both are named", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const phone = await saveEssay(studio);
  const desk = await client.get(`/studio/drafts/${listDrafts(studio.db, { limit: 1 })[0]?.id}`);
  await client.send(phone, { markdown: "From the phone", do: "save" }, "form.editor");
  const late = await client.send(desk, { markdown: "From the desk", do: "publish" }, "form.editor");
  equal(late.status, 409);
  match(late.words, /Another device saved this draft.*Nothing is lost/);
  deepEqual(listTexts(studio).sort(), ["From the desk", "From the phone"]);
  equal(listPieces(studio.db, { log: studio.log, limit: 9 }).length, 0);
  await client.send(late, { do: "publish" }, "form.editor");
  deepEqual(listTexts(studio), ["From the phone"]);
});

Deno.test("saving by itself makes a draft once, then new versions, then a second text", async () => {
  using studio = await openStudio();
  const autosave = async (fields: Record<string, string>) => {
    const body = new URLSearchParams({ ...ESSAY, ...fields });
    const answer = await studio.client.request("/studio/drafts/autosave", {
      method: "POST",
      headers: JSON_ONLY,
      body,
    });
    return await answer.json();
  };
  deepEqual(await autosave({ title: "", summary: "", markdown: "" }), { isEmpty: true });
  const first = await autosave({});
  equal(first.version, 1);
  equal((await autosave({ draft: first.id, version: "1" })).version, 1);
  const second = await autosave({ draft: first.id, version: "1", markdown: "More" });
  deepEqual([second.id, second.version], [first.id, 2]);
  const other = await autosave({ draft: first.id, version: "1", markdown: "Elsewhere" });
  notEqual(other.id, first.id);
  equal(other.otherId, first.id);
  equal(findDraft(studio.db, first.id)?.fields["markdown"], "More");
  const tooLong = await autosave({ markdown: "x".repeat(2_000_001) });
  match(tooLong.problem, /too long to be saved/);
});

Deno.test("a script of a page whose session has ended is told so in words", async () => {
  using studio = await openStudio();
  studio.client.cookies.clear();
  const answer = await studio.client.request("/studio/drafts/autosave", {
    method: "POST",
    headers: JSON_ONLY,
    body: new URLSearchParams(ESSAY),
  });
  equal(answer.status, 403);
  match((await answer.json()).problem, /still in this window/);
  equal(listDrafts(studio.db, { limit: 9 }).length, 0);
});

Deno.test("an article sent twice is published once", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const page = await saveEssay(studio);
  await Promise.all([1, 2].map(() => client.send(page, { do: "publish" }, "form.editor")));
  equal(listPieces(db, { log, limit: 9 }).length, 1);
  equal(listDrafts(db, { limit: 9 }).length, 0);
});

Deno.test("a draft is deleted, and what is not there is not found", async () => {
  using studio = await openStudio();
  const page = await saveEssay(studio);
  const gone = await studio.client.send(page, {}, "form.aside-form");
  match(gone.words, /The draft is deleted/);
  equal((await studio.client.get("/studio/drafts/nothing")).status, 404);
});

Deno.test("a revision keeps address and date, and its note is in the history", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const { index, slug } = studio.article({ title: "On engines", markdown: "It has two wheels." });
  const page = await client.get(`/studio/revise/${index}`);
  match(page.html, /It has two wheels\./);
  equal(page.document.querySelector("[name=slug]"), null);
  const fields = { title: "On motors", markdown: "It has four.", note: "Counted again" };
  const sent = await client.send(page, { ...fields, do: "publish" }, "form.editor");
  match(sent.words, /On motors/);
  const found = findArticle(db, log, slug);
  ok(typeof found === "object");
  deepEqual([found.title, found.text, found.revisions], ["On motors", "It has four.", 1]);
  equal(listRevisions(db, log, index).at(-1)?.note, "Counted again");
});

Deno.test("a post is revised; twice the same form is one revision", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const { index } = studio.post({ text: "Teh river" });
  const page = await client.get(`/studio/revise/${index}`);
  await client.send(page, { text: "The river", do: "publish" });
  await client.send(page, { text: "The river", do: "publish" });
  equal(listRevisions(db, log, index).length, 2);
  const [post] = listPieces(db, { log, limit: 1 });
  equal(post?.text, "The river");
});

Deno.test("a revision made on an older text says so first, and then may be published", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const { index } = studio.post({ text: "First" });
  const page = await client.get(`/studio/revise/${index}`);
  await client.send(page, { text: "From the phone", do: "publish" });
  const late = await client.send(page, { text: "From the desk", do: "publish" });
  equal(late.status, 422);
  match(late.words, /Another device changed this piece/);
  match(late.html, />From the desk</);
  await client.send(late, { do: "publish" });
  equal(listPieces(db, { log, limit: 1 })[0]?.text, "From the desk");
  equal((await client.get("/studio/revise/9999")).status, 404);
});
