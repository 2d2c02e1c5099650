/** The composer: posts, pictures, drafts, and what happens when something is not right. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { findBlob } from "../../storage/blobs.ts";
import { listDrafts } from "../../storage/drafts.ts";
import { listPieces, type Piece } from "../../storage/pieces.ts";
import { findProfile } from "../../storage/profiles.ts";
import { makePicture, openStudio, type Page } from "../support/studio_client.ts";

type Studio = Awaited<ReturnType<typeof openStudio>>;

function listOwn({ db, log }: Studio): Piece[] {
  return listPieces(db, { log, limit: 50 });
}

function readPictures(page: Page): string[] {
  return [...page.document.querySelectorAll("input[name=picture]")].map((field) =>
    field.getAttribute("value") ?? ""
  );
}

Deno.test("a post is published and shown at once", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const composer = await client.get("/studio");
  const sent = await client.send(composer, { text: "Hello #rivers", do: "publish" });
  match(sent.words, /Hello #rivers/);
  const [post] = listOwn(studio);
  deepEqual(post?.tags, ["rivers"]);
  match((await client.get("/studio")).words, /Published\s*Hello #rivers/);
});

Deno.test("a form posted twice publishes once; other words are another post", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const composer = await client.get("/studio");
  const fields = { text: "Once", do: "publish" };
  const [first, second] = await Promise.all([
    client.send(composer, fields),
    client.send(composer, fields),
  ]);
  equal(first.status, 200);
  equal(first.words, second.words);
  equal(listOwn(studio).length, 1);
  await client.send(composer, { text: "Something else", do: "publish" });
  equal(listOwn(studio).length, 2);
});

Deno.test("501 characters come back with a sentence, 500 are published, families count as one", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const composer = await client.get("/studio");
  const long = await client.send(composer, { text: "x".repeat(501), do: "publish" });
  equal(long.status, 422);
  match(long.words, /501 characters, 1 more than fit/);
  match(long.html, /x{501}/);
  equal(long.document.querySelector("#field-text")?.getAttribute("aria-invalid"), "true");
  await client.send(long, { text: "👩‍👩‍👧‍👦".repeat(500), do: "publish" });
  equal(listOwn(studio).length, 1);
});

Deno.test("a post that is too long becomes an article's draft, with its pictures and tags", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const composer = await client.get("/studio");
  const buttonOf = (page: Page) => page.document.querySelector("button[value=article]");
  equal(buttonOf(composer)?.hasAttribute("hidden"), true);
  const text = `The #river rose.\n\n${"It rained. ".repeat(60)}`.trim();
  const saved = await client.send(composer, { text, files: makePicture(), do: "pictures" });
  const [hash = ""] = readPictures(saved);
  const described = { [`description-${hash}`]: "A [wide] river" };
  await client.send(saved, { ...described, do: "save" });
  const [draft] = listDrafts(db, { limit: 10 });
  const long = await client.send(await client.get(`/studio/drafts/${draft?.id}`), {
    do: "publish",
  });
  equal(long.status, 422);
  match(long.words, /Shorten it, or make it an article\./);
  equal(buttonOf(long)?.hasAttribute("hidden"), false);
  const editor = await client.send(long, { do: "article" });
  equal(editor.status, 200);
  equal(
    editor.document.querySelector("textarea[name=markdown]")?.textContent?.trim(),
    `${text}\n\n![A (wide) river](blob:${hash})`,
  );
  equal(editor.document.querySelector("input[name=tags]")?.getAttribute("value"), "river");
  deepEqual(listDrafts(db, { limit: 10 }).map(({ kind }) => kind), ["article"]);
  await client.send(editor, { title: "The river", do: "publish" });
  const [article] = listOwn(studio);
  deepEqual(article?.pictures.map(({ description }) => description), ["A (wide) river"]);
});

Deno.test("a published post that grew too long is not told to become an article", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const { index } = studio.post({ text: "Short" });
  const form = await client.get(`/studio/revise/${index}`);
  const long = await client.send(form, { text: "x".repeat(501), do: "publish" });
  match(long.words, /1 more than fit\. Please shorten it\./);
  equal(long.document.querySelector("button[value=article]"), null);
});

Deno.test("an empty post is no post", async () => {
  using studio = await openStudio();
  const page = await studio.client.send(await studio.client.get("/studio"), {
    text: " \n ",
    do: "publish",
  });
  equal(page.status, 422);
  match(page.words, /There is nothing to publish yet/);
});

Deno.test("pictures are kept through every problem, described, and published", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const composer = await client.get("/studio");
  const long = { text: "y".repeat(600), do: "publish", files: makePicture() };
  const first = await client.send(composer, long);
  equal(first.status, 422);
  const [hash = ""] = readPictures(first);
  ok(findBlob(studio.db, hash));
  match(first.words, /Say in a few words what picture 1 shows/);
  const second = await client.send(first, { text: "Short now", do: "publish" });
  equal(second.status, 422);
  deepEqual(readPictures(second), [hash]);
  const described = { [`description-${hash}`]: "One pixel", do: "publish" };
  equal((await client.send(second, described)).status, 200);
  equal(listOwn(studio)[0]?.pictures[0]?.description, "One pixel");
});

Deno.test("a picture without a description is published only when that is meant", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const added = await client.send(await client.get("/studio"), {
    text: "Look",
    do: "pictures",
    files: makePicture(),
  });
  equal(added.status, 200);
  await client.send(added, { undescribed: "yes", do: "publish" });
  equal(listOwn(studio)[0]?.pictures.length, 1);
});

Deno.test("a picture can be taken out again", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const fields = { text: "Look", do: "pictures", files: makePicture() };
  const added = await client.send(await client.get("/studio"), fields);
  const [hash] = readPictures(added);
  const removed = await client.send(added, { do: `remove:${hash}` });
  deepEqual(readPictures(removed), []);
  match(removed.html, />Look</);
});

Deno.test("what is no picture is refused by its name, and the words stay", async () => {
  using studio = await openStudio();
  const file = new File(["#!/bin/sh"], "holiday.jpg", { type: "image/jpeg" });
  const page = await studio.client.send(await studio.client.get("/studio"), {
    text: "My words",
    do: "publish",
    files: file,
  });
  equal(page.status, 422);
  match(page.words, /“holiday\.jpg”/);
  match(page.html, />My words</);
  equal(listOwn(studio).length, 0);
});

Deno.test("a form that invents a picture's hash gets none", async () => {
  using studio = await openStudio();
  const page = await studio.client.send(await studio.client.get("/studio"), {
    text: "Invented",
    picture: "0".repeat(64),
    do: "publish",
  });
  equal(page.status, 200);
  deepEqual(listOwn(studio)[0]?.pictures, []);
});

Deno.test("a post saved as a draft is continued and published, and the draft is gone", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const saved = await client.send(await client.get("/studio"), { text: "Half a", do: "save" });
  match(saved.words, /The draft is saved/);
  const [draft] = listDrafts(studio.db, { limit: 5 });
  const page = await client.get(`/studio/drafts/${draft?.id}`);
  match(page.html, />Half a</);
  await client.send(page, { text: "Half a thought, now whole", do: "publish" }, "form.composer");
  equal(listDrafts(studio.db, { limit: 5 }).length, 0);
  equal(listOwn(studio)[0]?.text, "Half a thought, now whole");
});

Deno.test("own pieces are listed page by page, newest first", async () => {
  using studio = await openStudio();
  for (let n = 1; n <= 45; n += 1) studio.post({ text: `Number ${n} of many` });
  const first = await studio.client.get("/studio");
  match(first.words, /Number 45 of many.*Number 26 of many/);
  const older = first.document.querySelector("a[rel=next]")?.getAttribute("href") ?? "";
  const second = await studio.client.get(older);
  match(second.words, /Number 25 of many.*Number 6 of many/);
  const third = await studio.client.get(
    second.document.querySelector("a[rel=next]")?.getAttribute("href") ?? "",
  );
  equal(third.document.querySelector("a[rel=next]"), null);
  const newer = third.document.querySelector("a[rel=prev]")?.getAttribute("href") ?? "";
  match((await studio.client.get(newer)).words, /Number 25 of many.*Number 6 of many/);
});

Deno.test("a post is pinned, once, and unpinned", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const { index } = studio.post({ text: "Pin me" });
  match(
    (await client.send(await client.get("/studio"), {}, `form[action="/studio/pin/${index}"]`))
      .words,
    /Pinned|pinned/,
  );
  await client.post(`/studio/pin/${index}`, { do: "pin" });
  equal(findProfile(db, log).pinned, index);
  match((await client.get("/studio")).words, /Post, pinned/);
  await client.post(`/studio/pin/${index}`, { do: "unpin" });
  equal(findProfile(db, log).pinned, undefined);
  equal((await client.post("/studio/pin/999", { do: "pin" })).status, 404);
});

Deno.test("what is not there is not said to be withdrawn", async () => {
  using studio = await openStudio();
  for (const index of ["0", "99", "x", "1x"]) {
    equal((await studio.client.post(`/studio/withdraw/${index}`, {})).status, 404, index);
  }
});

Deno.test("withdrawing says what it does, does it once, and says it is done", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const { index } = studio.post({ text: "Too soon" });
  const page = await client.get(`/studio/withdraw/${index}`);
  match(page.words, /hidden here at once.*after 30 days.*Copies elsewhere may exist/);
  const form = `form[action="/studio/withdraw/${index}"]`;
  match((await client.send(page, {}, form)).words, /It is withdrawn/);
  match((await client.send(page, {}, form)).words, /It is withdrawn/);
  equal(listOwn(studio).length, 0);
  equal((await client.get(`/studio/withdraw/${index}`)).status, 404);
  equal((await client.get("/studio/withdraw/abc")).status, 404);
});
