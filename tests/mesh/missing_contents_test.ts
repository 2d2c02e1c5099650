/** What a source says of contents that it does not give, and what is believed of it (docs/protocol.md §12.5, §13.1). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { publishPost, publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { pullMirror } from "../../mesh/pull_mirror.ts";
import { countMirrorHoldings } from "../../storage/holdings.ts";
import { findContent } from "../../storage/contents.ts";
import { saveHolder } from "../../storage/holders.ts";
import { actOnMirror } from "../../mesh/mirror_acts.ts";
import { findLogMirror } from "../../storage/mirrors.ts";
import { confirmPeer } from "../../storage/peers.ts";
import { describeMirror } from "../../views/mirror_states.ts";
import { changeRows, followServed, serveAuthor, type Tamper } from "../support/author_server.ts";
import { openTestCapsule } from "../support/capsule.ts";
import { openTestMesh } from "../support/mesh.ts";
import { openTestAuthor } from "../support/mirror.ts";
import { OTHER_ID } from "../vectors/sample.ts";

const DAY_MS = 86_400_000;

/** Says of every content that it is not there. */
function deny(say: Record<string, unknown>): Tamper {
  return changeRows((rows) =>
    rows.map((row) => JSON.stringify({ entry: JSON.parse(row).entry, ...say }))
  );
}

async function openPair(tamper?: Tamper) {
  const author = openTestAuthor({ name: "Ben", address: "https://ben.example", seed: 7 });
  for (const text of ["One", "Two", "Three"]) {
    author.wait();
    publishPost(author, { text });
  }
  const me = openTestCapsule();
  const mesh = await openTestMesh(me);
  const server = serveAuthor(author, tamper);
  const log = followServed(me, author, server.origin);
  return {
    author,
    me,
    mesh,
    server,
    log,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await mesh[Symbol.asyncDispose]();
      me[Symbol.dispose]();
      author[Symbol.dispose]();
    },
  };
}

for (
  const [word, say, problem] of [
    ["withdrawn", { state: "withdrawn", by: 3 }, "contents_missing"],
    ["taken down", { state: "takendown" }, "contents_taken_down"],
    ["absent", { state: "absent" }, "contents_missing"],
  ] as const
) {
  Deno.test(`P4: a source that calls every content ${word} does not make a copy complete with none`, async () => {
    await using pair = await openPair(deny(say));
    const { me, mesh, log, author } = pair;
    const { mirror } = await pullMirror(mesh, log);
    deepEqual([mirror?.state, mirror?.entries, mirror?.contents], ["current", 4, 0]);
    equal(mirror?.isComplete, false);
    equal(mirror?.problem, problem);
    equal(countMirrorHoldings(me.db, log)?.complete, 0);
    if (mirror !== undefined) equal(describeMirror(mirror).label, "Not complete");
    // Whoever turns up with a copy is asked at the next pull, and not after hours.
    await using honest = serveAuthor(author);
    confirmPeer(me.db, { id: OTHER_ID, address: honest.origin, nowMs: me.now() });
    saveHolder(me.db, log, OTHER_ID, me.now());
    const healed = await pullMirror(mesh, log);
    deepEqual([healed.mirror?.isComplete, healed.mirror?.contents], [true, 4]);
    equal(healed.mirror?.problem, undefined);
  });
}

Deno.test("what nobody gave is asked for again, less and less often, and at once when the owner says so", async () => {
  await using pair = await openPair(deny({ state: "absent" }));
  const { me, mesh, server, log, author } = pair;
  const countRuns = () => server.requests.filter((path) => path.includes("/entries?")).length;
  await pullMirror(mesh, log);
  const first = countRuns();
  await pullMirror(mesh, log);
  equal(countRuns(), first, "not asked again before its time");
  me.wait(7 * 3_600_000);
  await pullMirror(mesh, log);
  const second = countRuns();
  ok(second > first);
  me.wait(7 * 3_600_000);
  await pullMirror(mesh, log);
  equal(countRuns(), second, "the time is doubled");
  server.tamper(undefined);
  equal(actOnMirror(me.db, author.id, "ask", me.now()), "done");
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.isComplete, mirror?.contents], [true, 4]);
});

Deno.test("whoever turns up with a copy while others are asked is asked soon, and not after hours", async () => {
  await using pair = await openPair();
  const { me, mesh, server, log, author } = pair;
  await using honest = serveAuthor(author);
  const denied = deny({ state: "absent" });
  server.tamper(async (request, response) => {
    // After the sources of this pull were chosen.
    if (request.url.includes("/entries?")) {
      confirmPeer(me.db, { id: OTHER_ID, address: honest.origin, nowMs: me.now() });
      saveHolder(me.db, log, OTHER_ID, me.now());
    }
    return await denied(request, response);
  });
  const first = await pullMirror(mesh, log);
  equal(first.mirror?.isComplete, false);
  deepEqual(honest.requests, []);
  const waitMs = (first.mirror?.nextPullAtMs ?? 0) - me.now();
  ok(waitMs <= 20_000, `${waitMs}`);
  me.wait(20_000);
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.isComplete, mirror?.contents], [true, 4]);
});

Deno.test("a copy that lacks a text is due as soon as another holder is confirmed", async () => {
  await using pair = await openPair(deny({ state: "absent" }));
  const { me, mesh, log } = pair;
  const { mirror } = await pullMirror(mesh, log);
  ok((mirror?.nextPullAtMs ?? 0) > me.now());
  saveHolder(me.db, log, OTHER_ID, me.now());
  ok((findLogMirror(me.db, log)?.nextPullAtMs ?? 0) > me.now(), "a claim alone hurries nothing");
  confirmPeer(me.db, { id: OTHER_ID, address: "http://127.0.0.1:9", nowMs: me.now() });
  equal(findLogMirror(me.db, log)?.nextPullAtMs, me.now());
});

Deno.test("P5: what the author withdrew is not missing, nor the revisions that went with it", async () => {
  await using pair = await openPair();
  const { author, me, mesh, log } = pair;
  const { index } = publishPost(author, { text: "Regretted" });
  author.wait();
  publishRevision(author, index, { text: "Regretted, in other words" });
  author.wait();
  publishWithdrawal(author, index);
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.isComplete, mirror?.problem, mirror?.entries], [true, undefined, 7]);
  equal(findContent(me.db, log, index).state, "withdrawn");
  equal(countMirrorHoldings(me.db, log)?.complete, 7);
});

Deno.test("P4: that a revision went with its piece is believed only below a withdrawn piece", async () => {
  await using pair = await openPair(changeRows((rows) =>
    rows.map((row) => {
      const { entry } = JSON.parse(row);
      return entry.includes("\nrevise\n")
        ? JSON.stringify({ entry, state: "withdrawn", by: 4 })
        : row;
    })
  ));
  const { author, mesh, log } = pair;
  publishRevision(author, 1, { text: "Mended" });
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.isComplete, mirror?.problem], [false, "contents_missing"]);
});

Deno.test("an origin that has no checkpoint yet is not called up to date", async () => {
  const unknown = () =>
    Response.json({ error: "checkpoint_unknown", message: "None yet." }, { status: 404 });
  await using pair = await openPair((request, response) =>
    request.url.endsWith("/checkpoint") ? unknown() : response
  );
  const { mesh, me, log, server } = pair;
  const { mirror } = await pullMirror(mesh, log);
  deepEqual([mirror?.size, mirror?.isComplete], [0, false]);
  const words = describeMirror(mirror as NonNullable<typeof mirror>);
  equal(words.label, "Nothing yet");
  ok(words.sentence.includes("nothing that is signed yet"), words.sentence);
  server.tamper(undefined);
  me.wait(DAY_MS);
  await pullMirror(mesh, log);
  const found = findLogMirror(me.db, log);
  deepEqual([found?.size, found?.isComplete], [4, true]);
});
