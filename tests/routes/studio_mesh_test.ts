/** Everybody followed, as their owner sees them: states in sentences, acts that become rows, what is kept out. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { publishPost, publishWithdrawal } from "../../mesh/publish.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { isBlocked } from "../../storage/blocks.ts";
import { saveFollower } from "../../storage/followers.ts";
import { saveHoldings } from "../../storage/holdings.ts";
import { findMirror, type MirrorChanges, updateMirror } from "../../storage/mirrors.ts";
import { updateRunningDays } from "../../storage/running_days.ts";
import { countHeldBack } from "../../storage/withdrawals.ts";
import { checkHtml } from "../support/html.ts";
import { copyAuthor, followAuthor, openTestAuthor } from "../support/mirror.ts";
import { openStudio, type Page } from "../support/studio_client.ts";

type Studio = Awaited<ReturnType<typeof openStudio>>;

/** Follows somebody with one post whose copy is in a state; answers their id. */
function addMirror(
  { db, now }: Studio,
  seed: number,
  changes: MirrorChanges = {},
  name = `Author ${seed}`,
): string {
  using author = openTestAuthor({ name, address: `https://a${seed}.example`, seed });
  publishPost(author, { text: `Words of ${name}` });
  const log = followAuthor(db, author, { nowMs: now() });
  copyAuthor(db, author, { log, nowMs: now() });
  updateMirror(db, log, changes);
  return author.id;
}

function namesOf(page: Page): string[] {
  return [...page.document.querySelectorAll(".mirrors .line-title")]
    .map((element) => element.textContent?.trim() ?? "");
}

Deno.test("who needs the owner stands first, with one sentence and one button", async () => {
  using studio = await openStudio();
  addMirror(studio, 1);
  addMirror(studio, 2, { state: "unreachable", problem: "name_unknown" });
  addMirror(studio, 3, { state: "flooding", problem: "flooding" });
  const page = await studio.client.get("/studio/mesh");
  deepEqual(namesOf(page), ["Author 3", "Author 2", "Author 1"]);
  match(page.words, /1 copy waits for you/);
  match(page.words, /Flooding\. It grew by more in one day than people write.*Go on/);
  match(page.words, /Unreachable\. Not reached since 2 January 2026\. Nobody knows this host name/);
  match(page.words, /a1\.example · All 2 entries · Seen just now/);
});

Deno.test("500 mirrors are pages of fifty, and found by name or address", async () => {
  using studio = await openStudio();
  const { client } = studio;
  for (let seed = 1; seed <= 120; seed += 1) addMirror(studio, seed);
  const first = await client.get("/studio/mesh");
  equal(namesOf(first).length, 50);
  match(first.words, /120 capsules 240 entries/);
  const second = await client.get(
    first.document.querySelector("a[rel=next]")?.getAttribute("href") ?? "",
  );
  const third = await client.get(
    second.document.querySelector("a[rel=next]")?.getAttribute("href") ?? "",
  );
  equal(namesOf(third).length, 20);
  const all = [first, second, third].flatMap(namesOf);
  equal(new Set(all).size, 120);
  deepEqual(namesOf(await client.get("/studio/mesh?q=A77.EXAMPLE")), ["Author 77"]);
  match((await client.get("/studio/mesh?q=nobody")).words, /Nobody you follow is called that/);
  equal((await client.get("/studio/mesh?page=99")).status, 200);
  equal((await client.get("/studio/mesh?page=x")).status, 200);
});

Deno.test("what the owner says becomes rows; what does not fit the state changes nothing", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const id = addMirror(studio, 1, { nextPullAtMs: 9e12, failures: 3 });
  const tell = async (act: string) => {
    const page = await client.post(`/studio/mesh/${id}`, { do: act });
    equal(page.status, 303, act);
    return findMirror(db, id);
  };
  equal((await tell("ask"))?.nextPullAtMs, studio.now());
  equal((await tell("pause"))?.state, "paused");
  equal((await tell("go-on"))?.state, "paused", "nothing floods");
  equal((await tell("resume"))?.state, "current");
  updateMirror(db, findMirror(db, id)?.log ?? 0, { state: "flooding", problem: "flooding" });
  const going = await tell("go-on");
  equal(going?.state, "current");
  equal(going?.problem, undefined);
  equal(going?.allowedSize, 100_002);
  updateMirror(db, going?.log ?? 0, { state: "large" });
  ok(((await tell("copy"))?.allowedSize ?? 0) > 5_000_000);
  updateMirror(db, going?.log ?? 0, { state: "refused", problem: "note_signature" });
  equal((await tell("ask"))?.state, "current");
  equal((await client.post(`/studio/mesh/${id}`, { do: "explode" })).status, 404);
  equal((await client.post("/studio/mesh/cap1nobody", { do: "ask" })).status, 404);
  equal((await client.get("/studio/mesh/cap1nobody")).status, 404);
});

Deno.test("what an author withdraws by the hundred is erased only when the owner agrees", async () => {
  using studio = await openStudio();
  const { client, db, now } = studio;
  updateRunningDays(db, now());
  using author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 9 });
  for (let n = 1; n <= 101; n += 1) publishPost(author, { text: `post ${n}` });
  const log = followAuthor(db, author, { nowMs: now() });
  copyAuthor(db, author, { log, nowMs: now() });
  for (let n = 1; n <= 100; n += 1) publishWithdrawal(author, n);
  copyAuthor(db, author, { log, nowMs: now() });
  const path = `/studio/mesh/${author.id}`;
  const form = 'form:has([value="erase"])';
  const before = await client.get(path);
  equal(before.document.querySelector(form), null, "100 are believed");
  publishWithdrawal(author, 101);
  copyAuthor(db, author, { log, nowMs: now() });
  const page = await client.get(path);
  await checkHtml(page.html);
  match(page.words, /101 things of theirs were withdrawn, more than 100 in one day/);
  equal(countHeldBack(db, log), 101);
  const done = await client.send(page, { do: "erase" }, form);
  match(done.words, /What they withdrew is erased when its 30 days are over/);
  equal(done.document.querySelector(form), null);
  equal(countHeldBack(db, log), 0);
});

Deno.test("the room for pictures is a number of megabytes", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const id = addMirror(studio, 1);
  const page = await client.get(`/studio/mesh/${id}`);
  const form = 'form:has([name="budget"])';
  for (const bad of ["", "much", "-1", "1000001"]) {
    const back = await client.send(page, { budget: bad, do: "budget" }, form);
    equal(back.status, 422, bad);
    equal(back.document.querySelector("#field-budget")?.getAttribute("value"), bad);
    match(back.words, /as a number of megabytes/);
  }
  const done = await client.send(page, { budget: "2 500 MB", do: "budget" }, form);
  match(done.words, /The room for pictures is changed/);
  equal(findMirror(db, id)?.budgetBytes, 2_500_000_000);
});

Deno.test("followers are listed with what they were told, strangers without a confirmed address marked", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  match((await client.get("/studio/followers")).words, /Nobody follows you yet/);
  const id = addMirror(studio, 1);
  const entry = { n: 3, isFollowing: true, proof: "{}", network: "", nowMs: studio.now() };
  saveFollower(db, { ...entry, id });
  saveFollower(db, { ...entry, id: `cap1${"q".repeat(58)}` });
  const page = await client.get("/studio/followers");
  match(page.words, /2 capsules follow you/);
  match(page.words, /Author 1\s*a1\.example · since 2 January 2026 · not told of anything yet/);
  match(page.words, /Their address has not answered with this id yet/);
  const size = findCheckpoint(db, studio.log)?.size ?? 0;
  const part = {
    size,
    entries: size,
    contents: 1,
    blobs: 0,
    blobBytes: 0,
    budgetBytes: 1,
    isListWhole: true,
  };
  saveHoldings(db, id, { ...part, complete: size, missingBlobs: ["0".repeat(64)] }, studio.now());
  match(
    (await client.get("/studio/followers")).words,
    /Author 1.*holds all texts, 1 picture missing/,
  );
  saveHoldings(db, id, { ...part, complete: size, missingBlobs: [] }, studio.now());
  const whole = await client.get("/studio/followers");
  match(whole.words, /with all of your work\s*1.*Author 1.*holds everything/);
  match(
    (await client.get("/studio/mesh")).words,
    /2 capsules follow you: 1 holds all of your work/,
  );
});

Deno.test("blocking takes an address or an id, says what it erases, and ends again", async () => {
  using studio = await openStudio();
  const { client, db } = studio;
  const id = addMirror(studio, 1);
  const page = await client.get(`/studio/blocks?target=${id}`);
  match(page.words, /You follow Author 1: blocking erases your copy/);
  const form = 'form[action="/studio/blocks"]';
  const bad = await client.send(page, { target: "not a host" }, form);
  equal(bad.status, 422);
  equal(bad.document.querySelector("#field-target")?.getAttribute("value"), "not a host");
  match((await client.send(page, { target: "ada.example" }, form)).words, /your own capsule/);
  match((await client.send(page, {}, form)).words, /Blocked now.*cap1/);
  equal(findMirror(db, id)?.state, "leaving");
  const both = await client.send(page, { target: "https://SPAM.example/path" }, form);
  match(both.words, /spam\.example/);
  ok(isBlocked(db, "https://spam.example"));
  const ended = await client.send(
    both,
    { target: "spam.example" },
    'form[action="/studio/blocks/end"]',
  );
  match(ended.words, /Not blocked any more/);
  equal(isBlocked(db, "spam.example"), false);
});

Deno.test("pages about people are the owner's alone", async () => {
  using studio = await openStudio();
  studio.client.cookies.clear();
  for (
    const path of ["timeline", "mesh", "follow", "discover", "followers", "blocks", "takedowns"]
  ) {
    const page = await studio.client.get(`/studio/${path}`);
    equal(page.status, 303, path);
    match(page.location ?? "", /^\/sign-in/);
  }
});
