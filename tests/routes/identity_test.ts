import { equal, match, ok } from "node:assert/strict";
import { findIdentity } from "../../mesh/identities.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { saveSigning } from "../../storage/signing.ts";
import { checkHtml } from "../support/html.ts";
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import { openNeighbourhood } from "../support/neighbourhood.ts";
import { openClient, openStudio, PASSWORD } from "../support/studio_client.ts";

const PAGE = "/studio/identity";

Deno.test("a new key is made in the browser: the entries are shown, a wrong phrase changes nothing, the cut decides", async () => {
  using studio = await openStudio();
  const { client, db, log, phrase } = studio;
  studio.post({ text: "mine" });
  studio.post({ text: "not mine" });
  const page = await client.get(PAGE);
  equal(page.status, 200);
  await checkHtml(page.html);
  match(page.words, /2: not mine post,/i);
  const wrong = encodePhrase(new Uint8Array(16).fill(9));
  const refused = await client.send(page, { phrase: wrong, cut: "2" }, "#rotate");
  equal(refused.status, 422);
  match(refused.words, /These twelve words belong to another capsule/);
  ok(!refused.html.includes(wrong), "the phrase is not written into a page");
  equal(findIdentity(db, log)?.newest.n, 0);
  const outside = await client.send(page, { phrase, cut: "9" }, "#rotate");
  match(outside.words, /This is a number of entries, from 0 to 3/);
  const done = await client.send(page, { phrase, cut: "2" }, "#rotate");
  match(done.words, /Your capsule has a new key/);
  equal(findCheckpoint(db, log)?.size, 2);
  equal(findIdentity(db, log)?.newest.n, 1);
  studio.post({ text: "under the new key" });
});

Deno.test("a new key is not made over a log that changed since the page was opened", async () => {
  using studio = await openStudio();
  const page = await studio.client.get(PAGE);
  studio.post({ text: "came in between" });
  const answer = await studio.client.send(page, { phrase: studio.phrase }, "#rotate");
  equal(answer.status, 422);
  match(answer.words, /Your log has changed since you opened this page/);
});

Deno.test("the capsule moves in the browser, and keeps what was typed when it cannot", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const page = await client.get(PAGE);
  const refused = await client.send(page, { address: "https://b.example/path" }, "#move");
  equal(refused.status, 422);
  ok(refused.html.includes('value="https://b.example/path"'));
  const done = await client.send(page, { address: "b.example" }, "#move");
  match(done.words, /The new address is published/);
  equal(findOwnCapsule(db)?.address, "https://b.example");
});

Deno.test("a move in the browser asks the new address first, and a second, explained button moves all the same", async () => {
  using hood = openNeighbourhood(2);
  const [own, other] = hood.members;
  ok(own && other);
  savePassword(own.db, await hashPassword(PASSWORD));
  const client = openClient(own.db, own.now, {
    origin: own.address,
    mesh: own.mesh,
    isDev: true,
  });
  await client.post("/sign-in", { password: PASSWORD });
  const taken = await client.send(await client.get(PAGE), { address: other.address }, "#move");
  equal(taken.status, 422);
  match(taken.words, /does not answer there yet.*Another capsule answers at this address/);
  await checkHtml(taken.html);
  equal(findOwnCapsule(own.db)?.address, own.address);
  const nowhere = { address: "http://nowhere.test:1" };
  const refused = await client.send(taken, nowhere, "#move");
  match(
    refused.words,
    /Nothing answers there now.*If you are sure that the address will lead here/,
  );
  equal(findOwnCapsule(own.db)?.address, own.address);
  const done = await client.send(refused, { ...nowhere, anyway: "yes" }, "#move");
  match(done.words, /The new address is published/);
  equal(findOwnCapsule(own.db)?.address, nowhere.address);
});

Deno.test("closing asks twice, ends publishing, and says so on the page and in the composer", async () => {
  using studio = await openStudio();
  const { client, phrase } = studio;
  const page = await client.get(PAGE);
  equal((await client.send(page, { closingPhrase: phrase }, "#close")).status, 422);
  const done = await client.send(page, { closingPhrase: phrase, sure: "yes" }, "#close");
  match(done.words, /This identity is closed/);
  await checkHtml(done.html);
  const composer = await client.get("/studio");
  const refused = await client.send(composer, { text: "Still here?", do: "publish" });
  equal(refused.status, 422);
  match(refused.words, /this identity is closed/);
  ok(refused.html.includes("Still here?"), "the words are kept");
});

Deno.test("P7: the owner decides in the browser when no follower answered, and only then", async () => {
  using studio = await openStudio();
  const { client, db, now } = studio;
  studio.post({ text: "Hello" });
  const before = await client.get(PAGE);
  equal(before.document.querySelector("#anyway"), null);
  saveSigning(db, { start: "x", outcome: "nobody", detail: "", atMs: now() });
  const composer = await client.get("/studio");
  const held = await client.send(composer, { text: "Hello again", do: "publish" });
  equal(held.status, 422);
  ok(held.html.includes("Hello again"));
  const { index } = studio.db.prepare("select max(n) as 'index' from pieces").get() as {
    index: number;
  };
  const withdrawal = await client.get(`/studio/withdraw/${index}`);
  const refused = await client.send(withdrawal, {}, `form[action="/studio/withdraw/${index}"]`);
  equal(refused.status, 409);
  match(refused.words, /none of your followers answered/);
  const page = await client.get(PAGE);
  await checkHtml(page.html);
  const done = await client.send(page, {}, "#anyway");
  match(done.words, /You can publish now/);
  studio.post({ text: "Hello again" });
  equal((await client.post(`${PAGE}/anyway`, {})).status, 422);
});
