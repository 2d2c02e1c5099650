/** Following from a form: whom it takes, and a sentence beside the field for whatever goes wrong. */
import { equal, match, ok } from "node:assert/strict";
import { hashPassword, savePassword } from "../../storage/passwords.ts";
import { saveBlock } from "../../storage/blocks.ts";
import { findFeedByUrl } from "../../storage/feeds.ts";
import { countMirrors, findMirror } from "../../storage/mirrors.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { type Member, type Neighbourhood, openNeighbourhood } from "../support/neighbourhood.ts";
import {
  type Client,
  openClient,
  openStudio,
  type Page,
  PASSWORD,
} from "../support/studio_client.ts";

const FORM = 'form[action="/studio/follow"]';
const LIST = `<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
  <outline type="rss" text="A feed" xmlUrl="https://feed.example/feed.xml"/>
  <outline type="rss" text="Nonsense" xmlUrl="gopher://old.example/"/>
</body></opml>`;

let phc: Promise<string> | undefined;

type Two = Readonly<{ hood: Neighbourhood; own: Member; other: Member; client: Client }>;

/** Two capsules, and the owner of the first at a browser. */
async function openTwo(): Promise<Two & Disposable> {
  const hood = openNeighbourhood(3);
  const [own, other] = hood.members;
  ok(own && other);
  phc ??= hashPassword(PASSWORD);
  savePassword(own.db, await phc);
  const client = openClient(own.db, own.now, { origin: own.address, mesh: own.mesh });
  await client.post("/sign-in", { password: PASSWORD });
  return { hood, own, other, client, [Symbol.dispose]: () => hood[Symbol.dispose]() };
}

async function send({ client }: Two, fields: Record<string, string>): Promise<Page> {
  return await client.send(await client.get("/studio/follow"), fields, FORM);
}

function problemOf(page: Page, field = "target"): string {
  equal(page.status, 422);
  equal(page.document.querySelector(`#field-${field}`)?.getAttribute("aria-invalid"), "true");
  return page.document.querySelector(`#field-${field}-problem`)?.textContent ?? "";
}

Deno.test("an address is followed: a signed entry, a mirror, a page that says so", async () => {
  using two = await openTwo();
  const { own, other } = two;
  const before = findCheckpoint(own.db, own.log)?.size ?? 0;
  const page = await send(two, { target: other.address });
  equal(page.status, 200);
  match(page.words, /You follow them now/);
  equal(findMirror(own.db, other.id)?.isQuiet, false);
  equal(findCheckpoint(own.db, own.log)?.size, before + 1);
  match((await send(two, { target: other.address })).words, /You follow them already/);
  equal(countMirrors(own.db), 1);
});

Deno.test("followed quietly, nothing is published", async () => {
  using two = await openTwo();
  const { own, other } = two;
  const before = findCheckpoint(own.db, own.log)?.size;
  const page = await send(two, { target: `${other.address}/p/1`, quiet: "yes" });
  match(page.words, /quietly: nobody is told/);
  equal(findMirror(own.db, other.id)?.isQuiet, true);
  equal(findCheckpoint(own.db, own.log)?.size, before);
});

Deno.test("an id alone asks where to look, with what was typed still there", async () => {
  using two = await openTwo();
  const { own, other } = two;
  const page = await send(two, { target: other.id });
  match(problemOf(page, "from"), /No address of this capsule is known here/);
  equal(page.document.querySelector("#field-target")?.getAttribute("value"), other.id);
  const wrong = await two.client.send(page, { from: "not one" }, FORM);
  match(problemOf(wrong, "from"), /does not look like an address/);
  const away = await two.client.send(page, { from: "http://nobody.test:9" }, FORM);
  match(problemOf(away, "from"), /Nothing answers there now/);
  equal(away.document.querySelector("#field-from")?.getAttribute("value"), "http://nobody.test:9");
  const done = await two.client.send(page, { from: other.address }, FORM);
  match(done.words, /You follow them now/);
  ok(findMirror(own.db, other.id));
});

Deno.test("whoever cannot be followed is named with the reason, and nothing is kept", async () => {
  using two = await openTwo();
  const { hood, own, other } = two;
  match(problemOf(await send(two, { target: " " })), /Whom do you wish to follow/);
  match(problemOf(await send(two, { target: "two words" })), /does not look like an address/);
  match(
    problemOf(await send(two, { target: own.id.slice(0, 30) })),
    /a part of this one is missing/,
  );
  match(problemOf(await send(two, { target: own.address })), /your own capsule/);
  hood.away.add(other.address);
  const away = await send(two, { target: other.address, quiet: "yes" });
  match(problemOf(away), /Nothing answers there now\..*try again later/);
  equal(away.document.querySelector("#field-target")?.getAttribute("value"), other.address);
  equal(away.document.querySelector("#field-quiet")?.hasAttribute("checked"), true);
  hood.away.delete(other.address);
  saveBlock(own.db, other.id, own.now());
  match(problemOf(await send(two, { target: other.address })), /You have blocked/);
  equal(countMirrors(own.db), 0);
});

Deno.test("P10: looking at people, timeline and suggestions asks nobody", async () => {
  using two = await openTwo();
  const { hood, other, client } = two;
  await send(two, { target: other.address });
  const asked = hood.asked.length;
  const paths = [
    "timeline",
    "mesh",
    `mesh/${other.id}`,
    "follow",
    "discover",
    "followers",
    "blocks",
  ];
  for (const path of paths) equal((await client.get(`/studio/${path}`)).status, 200, path);
  equal((await client.get(`/~${other.id}/`)).status, 200);
  equal(hood.asked.length, asked);
});

Deno.test("unfollowing asks first, is signed, and can be sent twice", async () => {
  using two = await openTwo();
  const { own, other, client } = two;
  await send(two, { target: other.address });
  const size = findCheckpoint(own.db, own.log)?.size ?? 0;
  const page = await client.get(`/studio/mesh/${other.id}/unfollow`);
  match(page.words, /Your copy, .* is erased from here/);
  const form = `form[action="/studio/mesh/${other.id}/unfollow"]`;
  match((await client.send(page, {}, form)).words, /You do not follow them any more/);
  equal(findMirror(own.db, other.id)?.state, "leaving");
  equal(findCheckpoint(own.db, own.log)?.size, size + 1);
  match((await client.send(page, {}, form)).words, /You do not follow them any more/);
  equal(findCheckpoint(own.db, own.log)?.size, size + 1);
});

Deno.test("a list is read and written; what is none comes back with a sentence", async () => {
  using two = await openTwo();
  const { own, other, client } = two;
  await send(two, { target: other.address });
  const page = await client.get("/studio/follow");
  const form = 'form[action="/studio/follow/list"]';
  const none = new File(["hello"], "notes.txt");
  match(problemOf(await client.send(page, { opml: none }, form), "opml"), /list in OPML/);
  match(problemOf(await client.send(page, {}, form), "opml"), /list in OPML/);
  const read = await client.send(page, { opml: new File([LIST], "list.opml") }, form);
  match(read.words, /1 feed is followed from now on/);
  match(read.words, /gopher:\/\/old\.example/);
  const feed = findFeedByUrl(own.db, "https://feed.example/feed.xml");
  ok(feed);
  match((await client.get("/studio/mesh")).words, /Ordinary feeds.*A feed/);
  const saved = await client.get("/studio/follow/list.opml");
  match(saved.headers.get("Content-Disposition") ?? "", /attachment/);
  match(saved.html, new RegExp(`capsule="${other.id}"`));
  match(saved.html, /feed\.example\/feed\.xml/);
  const leave = await client.get(`/studio/follow/feeds/${feed.id}`);
  match(leave.words, /Unfollow A feed\?/);
  const gone = await client.send(leave, {}, `form[action="/studio/follow/feeds/${feed.id}"]`);
  match(gone.words, /You do not follow this feed any more/);
  equal((await client.get(`/studio/follow/feeds/${feed.id}`)).status, 404);
});

Deno.test("without a way out the form says so and keeps what was typed", async () => {
  using studio = await openStudio();
  const { client } = studio;
  const page = await client.get("/studio/follow");
  match(page.words, /is not running/);
  const sent = await client.send(page, { target: "a.example" }, FORM);
  equal(sent.status, 422);
  equal(sent.document.querySelector("#field-target")?.getAttribute("value"), "a.example");
});
