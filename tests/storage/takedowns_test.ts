import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { publishPost, publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { findRemovable } from "../../mesh/removal.ts";
import { findBlob, isRefusedBlob, saveBlob, TakenDownBlob } from "../../storage/blobs.ts";
import { findContent } from "../../storage/contents.ts";
import { findEntry } from "../../storage/entries.ts";
import { storeContents } from "../../storage/mirror_log.ts";
import { listWantedBlobs, saveMirrorBlob } from "../../storage/mirror_blobs.ts";
import { deleteMirrorPart, findMirror } from "../../storage/mirrors.ts";
import { findPiece, listPieces } from "../../storage/pieces.ts";
import { HashSearch } from "../../storage/hashes.ts";
import { searchPieces } from "../../storage/search.ts";
import {
  countTakedowns,
  isTakenDown,
  listTakedowns,
  takeDownBlob,
  takeDownCapsule,
  takeDownContent,
  takeDownEntry,
} from "../../storage/takedowns.ts";
import { deleteBlock, isBlocked, listBlocks, saveBlock } from "../../storage/blocks.ts";
import { toHex } from "../../mesh/protocol/hex.ts";
import { basisOf } from "../support/mirror_rows.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { copyAuthor, followAuthor, openTestAuthor, type TestAuthor } from "../support/mirror.ts";
import { createHash } from "node:crypto";

const WORDS = { reason: "copyright", note: "a letter" } as const;
const INFO = { type: "image/png", width: 2, height: 1 };

/** An author followed by the capsule under test. */
function openAuthor(seed = 9): TestAuthor {
  return openTestAuthor({ name: "Bea", address: `https://b${seed}.example`, seed });
}

function follow(capsule: TestCapsule, author: TestAuthor): number {
  const log = followAuthor(capsule.db, author, { nowMs: START_MS });
  copyAuthor(capsule.db, author, { log, nowMs: START_MS });
  return log;
}

function savePicture(
  author: TestAuthor,
  n: number,
  length = 50,
): { hash: string; bytes: Uint8Array } {
  const bytes = new Uint8Array(length).fill(n);
  return { bytes, hash: saveBlob(author.db, bytes, INFO, START_MS) };
}

Deno.test("a post that is taken down goes with its revisions and pictures, for good (P12)", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { db } = capsule;
  const one = savePicture(author, 1);
  const shared = savePicture(author, 2);
  const picture = (hash: string) => ({ hash, description: "" });
  const { index } = publishPost(author, {
    text: "bad words",
    pictures: [picture(one.hash), picture(shared.hash)],
  });
  publishPost(author, { text: "good", pictures: [picture(shared.hash)] });
  publishRevision(author, index, { text: "worse words" });
  const log = follow(capsule, author);
  for (const { bytes } of [one, shared]) saveMirrorBlob(db, log, bytes, INFO, START_MS);
  equal(findMirror(db, author.id)?.blobs, 2);

  equal(takeDownEntry(db, { log, index }, WORDS, START_MS), "taken_down");
  equal(takeDownEntry(db, { log, index }, WORDS, START_MS), "known");
  equal(findPiece(db, log, index), undefined);
  deepEqual([index, 3].map((n) => findContent(db, log, n).state), ["takendown", "takendown"]);
  deepEqual(searchPieces(db, { log, query: "words", limit: 9 }), []);
  equal(findBlob(db, one.hash), undefined);
  equal(findBlob(db, shared.hash)?.hash, shared.hash);
  // One act, whatever it covers; only its kind and date are for everybody.
  deepEqual(listTakedowns(db, { limit: 9 }).map(({ kind, reason }) => [kind, reason]), [
    ["entry", "copyright"],
  ]);
  equal(countTakedowns(db), 1);

  // The same bytes again: a later revision, the picture by another post, an upload, another pull.
  publishRevision(author, index, { text: "worst words" });
  publishPost(author, { text: "again", pictures: [picture(one.hash)] });
  copyAuthor(db, author, { log, nowMs: START_MS });
  equal(findContent(db, log, 4).state, "takendown");
  deepEqual(listWantedBlobs(db, log, START_MS, 9), []);
  equal(saveMirrorBlob(db, log, one.bytes, INFO, START_MS), "taken_down");
  equal(isRefusedBlob(db, one.bytes), true);
  throws(() => saveBlob(db, one.bytes, INFO, START_MS), TakenDownBlob);
  const bytes = new TextEncoder().encode("{}");
  storeContents(db, log, basisOf(db, log), [{ index, bytes }]);
  equal(findContent(db, log, index).state, "takendown");
});

Deno.test("after a takedown the same log can be copied anew and the item does not come back (P12)", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { index } = publishPost(author, { text: "bad words" });
  publishPost(author, { text: "good" });
  const first = follow(capsule, author);
  const { db } = capsule;
  equal(takeDownEntry(db, { log: first, index }, WORDS, START_MS), "taken_down");
  while (!deleteMirrorPart(db, first, 3));
  db.prepare("delete from peers").run();
  const log = follow(capsule, author);
  deepEqual(listPieces(db, { log, limit: 9 }).map(({ text }) => text), ["good"]);
  equal(findContent(db, log, index).state, "takendown");
});

Deno.test("a withdrawn post can be taken down while its bytes are set aside", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { db } = capsule;
  const { index } = publishPost(author, { text: "bad words" });
  publishRevision(author, index, { text: "worse words" });
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  publishWithdrawal(author, index);
  copyAuthor(db, author, { log, nowMs: START_MS });
  equal(takeDownEntry(db, { log, index }, WORDS, START_MS), "taken_down");
  deepEqual([index, 2].map((n) => findContent(db, log, n).state), ["takendown", "takendown"]);
  // The withdrawal itself stays: it says nothing.
  equal(takeDownEntry(db, { log, index: 3 }, WORDS, START_MS), "order");
  equal(takeDownEntry(db, { log, index: 99 }, WORDS, START_MS), "absent");
});

Deno.test("a content is refused before it ever came, a picture too", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { db } = capsule;
  const picture = savePicture(author, 3);
  const { index } = publishPost(author, {
    text: "unseen",
    pictures: [{ hash: picture.hash, description: "" }],
  });
  const hash = toHex(findEntry(author.db, author.log, index)?.contentHash ?? new Uint8Array(0));
  equal(takeDownContent(db, hash, WORDS, START_MS), "taken_down");
  equal(takeDownBlob(db, picture.hash, WORDS, START_MS), "taken_down");
  const log = follow(capsule, author);
  equal(findContent(db, log, index).state, "takendown");
  equal(saveMirrorBlob(db, log, picture.bytes, INFO, START_MS), "taken_down");
});

Deno.test("what is the owner's own is not taken down", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const bytes = new Uint8Array(9).fill(4);
  const picture = saveBlob(db, bytes, INFO, START_MS);
  const { index } = capsule.post({ pictures: [{ hash: picture, description: "" }] });
  const hash = createHash("sha256").update(contentOf(capsule, index)).digest("hex");
  equal(takeDownEntry(db, { log, index }, WORDS, START_MS), "own");
  equal(takeDownContent(db, hash, WORDS, START_MS), "own");
  equal(takeDownBlob(db, picture, WORDS, START_MS), "own");
  equal(takeDownCapsule(db, capsule.id, WORDS, START_MS), "own");
  equal(countTakedowns(db), 0);
});

Deno.test("a capsule that is taken down leaves, and is blocked", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { db } = capsule;
  publishPost(author, { text: "bad" });
  const log = follow(capsule, author);
  equal(takeDownCapsule(db, author.id, WORDS, START_MS), "taken_down");
  equal(findMirror(db, author.id)?.state, "leaving");
  equal(isTakenDown(db, "capsule", author.id), true);
  equal(isBlocked(db, author.id), true);
  checkStore(db);
  while (!deleteMirrorPart(db, log, 2)) checkStore(db);
  equal(findMirror(db, author.id), undefined);
});

Deno.test("a block is by id or by host, and takes the copy off", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { db } = capsule;
  follow(capsule, author);
  equal(saveBlock(db, author.address, START_MS), true);
  equal(saveBlock(db, "b9.example", START_MS), false);
  equal(isBlocked(db, `${author.address}/p/7`), true);
  equal(isBlocked(db, author.id), false);
  equal(findMirror(db, author.id)?.state, "leaving");
  deepEqual(listBlocks(db).map(({ target }) => target), ["b9.example"]);
  equal(deleteBlock(db, author.address), true);
  equal(deleteBlock(db, author.address), false);
});

Deno.test("what is to be removed is found by every name it has", async () => {
  using capsule = openTestCapsule({ address: "https://ada.example" });
  using author = openAuthor();
  const { db } = capsule;
  const picture = savePicture(author, 5);
  const { index, hash } = publishPost(author, {
    text: "bad",
    pictures: [{ hash: picture.hash, description: "" }],
  });
  const log = follow(capsule, author);
  const entry = { kind: "entry", log, index };
  const blob = { kind: "blob", hash: picture.hash };
  const whole = { kind: "capsule", id: author.id };
  const content = toHex(findEntry(db, log, index)?.contentHash ?? new Uint8Array(0));
  const names: [string, unknown][] = [
    [hash, entry],
    [`https://ada.example/~${author.id}/p/${index}`, entry],
    [`${author.address}/p/${index}`, entry],
    [`https://ada.example/mesh/1/${author.id}/proof/${index}`, entry],
    [`https://ada.example/mesh/1/blob/${picture.hash}`, blob],
    [picture.hash, blob],
    [content, { kind: "content", hash: content }],
    [author.id, whole],
    [`${author.address}/`, whole],
    [`https://ada.example/~${author.id}/`, whole],
    [`https://ada.example/~b9.example/p/${index}`, entry],
    ["https://ada.example/p/0", { kind: "entry", log: capsule.log, index: 0 }],
    ["https://nobody.example/p/1", undefined],
    ["f".repeat(64), undefined],
    ["nonsense", undefined],
  ];
  for (const [name, expected] of names) {
    deepEqual({ ...await findRemovable(db, name) }, { ...expected as object }, name);
  }
});

function contentOf({ db, log }: TestCapsule, index: number): Uint8Array {
  const found = findContent(db, log, index);
  if (found.state !== "held") throw new Error("not held");
  return found.bytes;
}

Deno.test("a text is looked for by its hash in parts, before the write, and nothing that comes meanwhile is missed", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  const { db } = capsule;
  for (let n = 0; n < 20; n += 1) publishPost(author, { text: `words ${n}` });
  const hashOf = (index: number) =>
    toHex(findEntry(author.db, author.log, index)?.contentHash ?? new Uint8Array(0));
  const log = follow(capsule, author);
  const [first, last] = [hashOf(3), hashOf(20)];
  const search = new HashSearch([first, last, "f".repeat(64)]);
  let parts = 0;
  while (search.next(db, 5)) parts += 1;
  ok(parts >= 4, `${parts} parts`);
  deepEqual(search.naming, [3, 20].map((index) => ({ log, index, kind: "post" })));
  const { index } = publishPost(author, { text: "later words" });
  const whole = new HashSearch([hashOf(index)]);
  while (whole.next(db, 1_000));
  copyAuthor(db, author, { log, nowMs: START_MS });
  deepEqual(whole.naming, []);
  equal(takeDownContent(db, hashOf(index), WORDS, START_MS, whole), "taken_down");
  equal(findContent(db, log, index).state, "takendown");
});

Deno.test("an entry of another version is found by the content that it names", () => {
  using capsule = openTestCapsule();
  using author = openAuthor();
  publishPost(author, { text: "words" });
  const { db } = capsule;
  const log = follow(capsule, author);
  const entry = findEntry(db, log, 1);
  ok(entry !== undefined);
  capsule.expectDamage();
  const hash = toHex(entry.contentHash);
  const text = new TextDecoder().decode(entry.bytes).replace("entry 1", "entry 2")
    .replace("\npost\n", "\nanything at all\n");
  db.prepare("update entries set kind = '', bytes = ? where log = ? and n = 1")
    .run(new TextEncoder().encode(text), log);
  deepEqual(new HashSearch([hash]).finish(db).naming, [{ log, index: 1, kind: "" }]);
});
