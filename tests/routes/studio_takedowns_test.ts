/** Removing something from the copies here: what the owner sees, and what everybody may know of it (P12). */
import { equal, match, ok } from "node:assert/strict";
import { publishPost } from "../../mesh/publish.ts";
import { findMirror } from "../../storage/mirrors.ts";
import { listTakedowns } from "../../storage/takedowns.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { openClient, openStudio, type Page } from "../support/studio_client.ts";

type Studio = Awaited<ReturnType<typeof openStudio>>;

const FORM = 'form[action="/studio/takedown"]';

/** Follows an author of two posts; answers their id. */
function addAuthor({ db, now }: Studio): string {
  using author = openTestAuthor({ name: "Cleo", address: "https://cleo.example", seed: 9 });
  publishPost(author, { text: "What shall go" });
  publishPost(author, { text: "What may stay" });
  const log = followAuthor(db, author, { nowMs: now() });
  copyAuthor(db, author, { log, nowMs: now() });
  return author.id;
}

function problemOf(page: Page, field: string): string {
  equal(page.status, 422);
  return page.document.querySelector(`#field-${field}-problem`)?.textContent ?? "";
}

Deno.test("the form says what it is and what will happen, and wants a kind of reason", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const id = addAuthor(studio);
  const page = await client.get(`/studio/takedown?target=/~${id}/p/1`);
  match(page.words, /Take down this piece\s*What shall go/);
  match(page.words, /for ever.*other people’s copies are not touched.*is public at/);
  const back = await client.send(page, { note: "Letter of 3 May" }, FORM);
  match(problemOf(back, "reason"), /choose the kind of reason/);
  match(back.html, />Letter of 3 May</);
  equal(listTakedowns(db, { limit: 5 }).length, 0);
});

Deno.test("what is removed is gone from copy and timeline; only date and kind of reason are public", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const id = addAuthor(studio);
  const path = `/~${id}/p/1`;
  equal((await client.get(path)).status, 200);
  const page = await client.get(`/studio/takedown?target=${path}`);
  const fields = { reason: "privacy", note: "Their sister asked" };
  const done = await client.send(page, fields, FORM);
  match(done.words, /It is taken down here\..*A post or article: privacy/);
  match(done.words, /Their sister asked/);
  equal((await client.send(page, fields, FORM)).status, 200, "sent twice");
  equal((await client.get(path)).status, 451);
  const timeline = await client.get("/studio/timeline");
  match(timeline.words, /What may stay/);
  equal(timeline.words.includes("What shall go"), false);
  const stranger = openClient(db, studio.now);
  const list = await stranger.get("/removed");
  match(list.words, /2 January 2026\s*A post or article\s*Privacy/);
  const [takedown] = listTakedowns(db, { limit: 5 });
  ok(takedown);
  for (const secret of [takedown.target, takedown.note, id, "/p/1"]) {
    equal(list.html.includes(secret), false, secret);
  }
  match((await stranger.get(`/~${id}/`)).html, /href="\/removed"/);
});

Deno.test("a whole author is removed by id: the copy leaves and never comes again", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const id = addAuthor(studio);
  const page = await client.get(`/studio/takedown?target=${id}`);
  match(page.words, /everything of this author.*Cleo/);
  match((await client.send(page, { reason: "law" }, FORM)).words, /All of an author: law/);
  equal(findMirror(db, id)?.state, "leaving");
  equal((await client.get(`/~${id}/`)).status, 451);
});

Deno.test("what is not here, or the owner's own, is said beside the field", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const { index } = studio.post({ text: "Mine" });
  addAuthor(studio);
  const page = await client.get("/studio/takedown");
  for (const target of ["", "nonsense", "https://nobody.example/p/1", "0".repeat(64), "/p/99x"]) {
    const back = await client.send(page, { target, reason: "spam" }, FORM);
    match(problemOf(back, "target"), /Nothing here goes by this name/, target);
    equal(back.document.querySelector("#field-target")?.getAttribute("value"), target);
  }
  for (const target of [studio.id, `/~${studio.id}/p/${index}`, `https://ada.example/p/${index}`]) {
    const back = await client.send(page, { target, reason: "spam" }, FORM);
    match(problemOf(back, "target"), /This is your own/, target);
  }
  const long = { target: "/~x", reason: "spam", note: "x".repeat(2_001) };
  match(problemOf(await client.send(page, long, FORM), "note"), /at most 2,000/);
});

Deno.test("nothing removed: both lists say so", async () => {
  using studio = await openStudio();
  match((await studio.client.get("/studio/takedowns")).words, /You have taken nothing down/);
  match((await studio.client.get("/removed")).words, /Nothing has been taken down/);
  equal((await studio.client.get("/removed?before=x")).location, "/removed");
});
