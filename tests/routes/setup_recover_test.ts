import { deepEqual, equal, match, ok } from "node:assert/strict";
import { makeMesh } from "../../host/mesh.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { publishPost } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { allowSigning } from "../../mesh/signing.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { listPieces } from "../../storage/pieces.ts";
import { saveSetupCode } from "../../storage/setup.ts";
import { copyDatabase } from "../support/copies.ts";
import { checkHtml } from "../support/html.ts";
import {
  follow,
  type Member,
  type Neighbourhood,
  openNeighbourhood,
} from "../support/neighbourhood.ts";
import { makeFolder } from "../support/process.ts";
import { type Client, openClient, type Page } from "../support/studio_client.ts";

const PHRASE = encodePhrase(new Uint8Array(16).fill(40));
const PASSWORD = "four words in mind";

async function openLost(): Promise<
  { hood: Neighbourhood; a: Member; b: Member; c: Member; mirrors: [number, number] }
> {
  const hood = openNeighbourhood(3);
  const [a, b, c] = hood.members as [Member, Member, Member];
  const mirrors: [number, number] = [follow(b, a), follow(c, a)];
  a.post({ text: "before the fire" });
  await pullMirror(b.mesh, mirrors[0]);
  await pullMirror(c.mesh, mirrors[1]);
  return { hood, a, b, c, mirrors };
}

function openNew(hood: Neighbourhood): { db: Database; client: Client } {
  const { ask, now } = hood.members[0]?.mesh as Member["mesh"];
  const db = openDatabase(":memory:");
  saveSetupCode(db, "code-of-the-new-one", now() + 3_600_000);
  const ownOrigin = () => undefined;
  const mesh = makeMesh({ db, now, ask, log: () => {}, isDev: true, startId: "n", ownOrigin });
  return { db, client: openClient(db, now, { mesh, isDev: true }) };
}

/** Opens the wizard and looks at the page until it is another one. */
async function wait(client: Client): Promise<Page> {
  for (let tries = 0; tries < 200; tries++) {
    const page = await client.get("/setup/recover");
    if (!page.words.includes("Bringing your capsule back")) return page;
    equal(page.headers.get("Refresh"), "2");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the recovery did not end");
}

Deno.test("a lost capsule comes back in the browser, without a script, and its owner is signed in", async () => {
  const { hood, a, b } = await openLost();
  using _hood = hood;
  hood.away.add(a.address);
  const { db, client } = openNew(hood);
  equal((await client.get("/setup/recover")).status, 303);
  await client.get("/setup?code=code-of-the-new-one");
  const first = await client.get("/setup");
  match(first.words, /I have a recovery phrase/);
  const page = await client.get("/setup/recover");
  await checkHtml(page.html);
  const empty = await client.send(page, {});
  equal(empty.status, 422);
  const fields = { phrase: PHRASE, from: `${b.address}\n`, password: PASSWORD, again: PASSWORD };
  const bad = await client.send(page, { ...fields, from: "nonsense/path" });
  equal(bad.status, 422);
  ok(bad.html.includes("nonsense/path") && !bad.html.includes(PHRASE));
  await client.send(page, fields);
  const end = await wait(client);
  equal([end.status, end.location].join(), "303,/studio");
  equal(findOwnCapsule(db)?.id, a.id);
  equal((await client.get("/studio")).status, 200);
  // Loaded again the pages of set-up lead the owner on, and tell everybody else what to do.
  for (const path of ["/setup/recover", "/setup"]) {
    const again = await client.get(path);
    const next = again.location === "/setup" ? await client.get("/setup") : again;
    deepEqual([next.status, next.location], [303, "/studio"], path);
  }
  client.cookies.clear();
  const stranger = await client.get("/setup");
  equal(stranger.status, 410);
  match(stranger.words, /brought back with its recovery phrase\. Sign in.*Use the twelve words/);
  hood.join(db, "http://again.test:1");
});

Deno.test("in the browser the owner chooses between copies that contradict each other", async () => {
  const { hood, a, b, c, mirrors } = await openLost();
  using _hood = hood;
  using folder = makeFolder();
  const other = copyDatabase(a.db, `${folder.path}/other.db`);
  allowSigning(other);
  hood.wait(90_000_000);
  a.post({ text: "mine" });
  await pullMirror(b.mesh, mirrors[0]);
  publishPost({ db: other, now: a.now }, { text: "not mine" });
  hood.join(other, a.address);
  await pullMirror(c.mesh, mirrors[1]);
  hood.away.add(a.address);
  const { db, client } = openNew(hood);
  await client.get("/setup?code=code-of-the-new-one");
  const fields = {
    phrase: PHRASE,
    from: `${c.address} ${b.address}`,
    password: PASSWORD,
    again: PASSWORD,
  };
  await client.send(await client.get("/setup/recover"), fields);
  const choice = await wait(client);
  equal(choice.status, 422);
  await checkHtml(choice.html);
  match(choice.words, /“mine”/);
  match(choice.words, /“not mine”/);
  const labels = [...choice.document.querySelectorAll("[name=branch]")].map((input) => ({
    value: input.getAttribute("value") ?? "",
    words: input.parentElement?.textContent ?? "",
  }));
  const mine = labels.find(({ words }) => words.includes("“mine”"))?.value ?? "";
  await client.send(choice, { phrase: PHRASE, branch: mine });
  equal((await wait(client)).location, "/studio");
  const log = findOwnCapsule(db)?.log ?? 0;
  const texts = listPieces(db, { log, limit: 9 }).map(({ text }) => text);
  equal(texts.join(), "mine,before the fire");
  hood.join(db, "http://again.test:1");
});
