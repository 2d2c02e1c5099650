/** Settings: profile, appearance, security. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { findProfile } from "../../storage/profiles.ts";
import { listSessions } from "../../storage/sessions.ts";
import { findSettings } from "../../storage/settings.ts";
import { makePicture, openClient, openStudio, PASSWORD } from "../support/studio_client.ts";

Deno.test("the hub names the address and the capsule id", async () => {
  using studio = await openStudio();
  const page = await studio.client.get("/studio/settings");
  match(page.words, /https:\/\/ada\.example/);
  ok(page.words.includes(studio.id));
});

Deno.test("a profile is published: name, line, about, picture, links that people typed short", async () => {
  using studio = await openStudio();
  const { client, db, log } = studio;
  const page = await client.get("/studio/settings/profile");
  const saved = await client.send(page, {
    name: "Ada L.",
    about: "I write *programs*.",
    pictureFile: makePicture(),
    linkLabel0: "Library",
    linkUrl0: "library.example/ada",
    do: "save",
  });
  match(saved.words, /Saved\./);
  const profile = findProfile(db, log);
  deepEqual([profile.name, profile.about, profile.picture?.width], [
    "Ada L.",
    "I write *programs*.",
    1,
  ]);
  deepEqual(profile.links, [{ label: "Library", url: "https://library.example/ada" }]);
  const bare = await client.send(saved, { do: "remove-picture" });
  equal(bare.status, 200);
  equal(findProfile(db, log).picture, undefined);
});

Deno.test("the enter key in a field of the profile saves it and keeps the picture", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const page = await client.get("/studio/settings/profile");
  const saved = await client.send(page, { pictureFile: makePicture(), do: "save" });
  ok(saved.document.querySelector("button[value=remove-picture]"));
  // The first button of a form is the one that the enter key presses, hidden or not.
  equal(saved.document.querySelector("form.door-form button")?.getAttribute("value"), "save");
});

Deno.test("links that lead nowhere good are refused beside their row", async () => {
  using studio = await openStudio();
  const page = await studio.client.get("/studio/settings/profile");
  for (const url of ["javascript:alert(1)", "nowhere", "https://"]) {
    const fields = { name: "", linkLabel0: "", linkUrl0: url, do: "save" };
    const answer = await studio.client.send(page, fields);
    equal(answer.status, 422, url);
    match(answer.words, /Readers need a name/);
    match(answer.words, /Say in a word or two where this link leads/);
    match(answer.words, /does not look like an address/);
  }
  equal(findProfile(studio.db, studio.log).name, "Ada");
});

Deno.test("colour, time zone and crawlers are saved and checked", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const page = await client.get("/studio/settings/appearance");
  const fields = { accent: "#005f73", timeZone: "Asia/Tokyo", crawlers: "no-ai" };
  match((await client.send(page, { ...fields, do: "save" })).words, /Saved\./);
  const { accent, timeZone, crawlers } = findSettings(db);
  deepEqual({ accent, timeZone, crawlers }, fields);
  const bad = await client.send(page, { accent: "red;}", timeZone: "Mars", crawlers: "x" });
  equal(bad.status, 422);
  match(bad.words, /choose a colour.*choose a time zone/);
  equal(findSettings(db).accent, "#005f73");
});

Deno.test("a new password needs the old one, and signs every other device out", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const other = openClient(db, studio.now);
  await other.post("/sign-in", { password: PASSWORD });
  const path = "/studio/settings/security/password";
  const fresh = { password: "another four words", again: "another four words" };
  const wrong = await client.post(path, { ...fresh, current: "not the one here" });
  equal(wrong.status, 422);
  match(wrong.words, /not the password that is set now/);
  equal((await client.post(path, { ...fresh, current: PASSWORD })).status, 303);
  equal((await client.get("/studio")).status, 200);
  equal((await other.get("/studio")).status, 303);
  equal(listSessions(db, studio.now()).length, 1);
});

Deno.test("devices are listed in words and signed out one by one or all others", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/605.1";
  const phone = openClient(db, studio.now);
  await phone.post("/sign-in", { password: PASSWORD }, { "User-Agent": agent });
  const page = await client.get("/studio/settings/security");
  match(page.words, /Safari on an iPhone/);
  match(page.words, /This device/);
  await client.send(page, {}, 'form[action*="/security/sessions/"]');
  equal((await phone.get("/studio")).status, 303);
  await phone.post("/sign-in", { password: PASSWORD });
  await client.post("/studio/settings/security/sessions", {});
  equal(listSessions(db, studio.now()).length, 1);
  equal((await client.get("/studio")).status, 200);
});

Deno.test("checking the recovery phrase says yes or no and keeps nothing", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const mark = db.changeMark();
  const check = (phrase: string) => client.post("/studio/settings/security/phrase", { phrase });
  const numbered = studio.phrase.split(" ").map((word, n) => `${n + 1}. ${word}`).join("\n");
  match((await check(numbered)).words, /Yes: this is the recovery phrase of this capsule/);
  const no = await check("abandon abandon");
  equal(no.status, 422);
  match(no.words, /No: this is not a recovery phrase/);
  equal(no.html.includes("abandon abandon"), false);
  equal(db.changeMark(), mark);
});
