import { deepEqual, equal } from "node:assert/strict";
import { publishPost } from "../../mesh/publish.ts";
import { findBlob, saveBlob } from "../../storage/blobs.ts";
import {
  evictBlobs,
  listWantedBlobs,
  saveMirrorBlob,
  updateWantedBlob,
} from "../../storage/mirror_blobs.ts";
import { deleteMirrorPart, findMirror, updateMirror } from "../../storage/mirrors.ts";
import { updateRunningDays } from "../../storage/running_days.ts";
import { openTestCapsule, START_MS } from "../support/capsule.ts";
import { checkStore } from "../support/check_store.ts";
import { copyAuthor, followAuthor, openTestAuthor, type TestAuthor } from "../support/mirror.ts";

const INFO = { type: "image/png", width: 2, height: 1 };
const DAY_MS = 86_400_000;

/** One post with one picture of so many bytes. */
function postPicture(
  author: TestAuthor,
  n: number,
  length: number,
): { hash: string; bytes: Uint8Array } {
  const bytes = new Uint8Array(length).fill(n);
  const hash = saveBlob(author.db, bytes, INFO, START_MS);
  publishPost(author, { text: `picture ${n}`, pictures: [{ hash, description: "" }] });
  return { hash, bytes };
}

function openBea(): TestAuthor {
  return openTestAuthor({ name: "Bea", address: "https://b.example", seed: 9 });
}

Deno.test("pictures are wanted newest first, counted when they come, and wanted no more", () => {
  using capsule = openTestCapsule();
  using author = openBea();
  const { db } = capsule;
  const pictures = [1, 2, 3].map((n) => postPicture(author, n, 100 * n));
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  const hashes = pictures.map(({ hash }) => hash);
  const listed = listWantedBlobs(db, log, START_MS, 9);
  deepEqual(listed.map(({ hash }) => hash), hashes.toReversed());
  deepEqual(listed.map(({ bytes }) => bytes), [300, 200, 100]);
  updateWantedBlob(db, log, hashes[2] ?? "", { tries: 1, nextAtMs: START_MS + 1 });
  equal(listWantedBlobs(db, log, START_MS, 9).length, 2);
  for (const { bytes } of pictures) {
    equal(saveMirrorBlob(db, log, bytes, INFO, START_MS), "saved");
    checkStore(db);
  }
  deepEqual(listWantedBlobs(db, log, START_MS + 1, 9), []);
  const mirror = findMirror(db, author.id);
  deepEqual([mirror?.blobs, mirror?.blobBytes], [3, 600]);
});

Deno.test("new pictures displace the oldest, a tenth of the budget a day, never newer ones", () => {
  using capsule = openTestCapsule();
  using author = openBea();
  const { db } = capsule;
  const pictures = Array.from({ length: 14 }, (_, n) => postPicture(author, n + 1, 100));
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  updateMirror(db, log, { budgetBytes: 1_000 });
  updateRunningDays(db, START_MS);
  const save = (n: number) =>
    saveMirrorBlob(db, log, pictures[n]?.bytes ?? new Uint8Array(0), INFO, START_MS);
  for (let n = 0; n < 10; n += 1) equal(save(n), "saved");
  equal(save(11), "saved");
  equal(findBlob(db, pictures[0]?.hash ?? ""), undefined);
  // A tenth is a hundred bytes: that was it for today.
  equal(save(12), "over_budget");
  updateRunningDays(db, START_MS + DAY_MS);
  // Older than all that are here.
  equal(save(0), "over_budget");
  equal(save(12), "saved");
  equal(findBlob(db, pictures[1]?.hash ?? ""), undefined);
  equal(findMirror(db, author.id)?.blobBytes, 1_000);
  // What went is named still, and not wanted by itself.
  equal(
    listWantedBlobs(db, log, START_MS, 99).some(({ hash }) => hash === pictures[1]?.hash),
    false,
  );
});

Deno.test("a smaller budget evicts the oldest, but what the owner answered or quoted, uses or drafts", () => {
  using capsule = openTestCapsule();
  using author = openBea();
  const { db } = capsule;
  const pictures = Array.from({ length: 6 }, (_, n) => postPicture(author, n + 1, 100));
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  for (const { bytes } of pictures) saveMirrorBlob(db, log, bytes, INFO, START_MS);
  const quoted = db.prepare("select lower(hex(hash)) as hash from entries where log = ? and n = 1")
    .get(log) as { hash: string };
  const reference = { capsule: author.id, hash: quoted.hash, address: author.address };
  capsule.post({ text: "look", quote: reference });
  capsule.post({
    text: "mine too",
    pictures: [{ hash: pictures[1]?.hash ?? "", description: "" }],
  });
  updateMirror(db, log, { budgetBytes: 300 });
  equal(evictBlobs(db, log), 3);
  const kept = pictures.map(({ hash }) => findBlob(db, hash) !== undefined);
  deepEqual(kept, [true, true, false, false, false, true]);
  equal(evictBlobs(db, log), 0);
  equal(evictBlobs(db, capsule.log), 0);
});

Deno.test("a mirror that leaves takes its pictures along, but those that others show", () => {
  using capsule = openTestCapsule();
  using author = openBea();
  const { db } = capsule;
  const pictures = [1, 2].map((n) => postPicture(author, n, 100));
  const log = followAuthor(db, author, { nowMs: START_MS });
  copyAuthor(db, author, { log, nowMs: START_MS });
  for (const { bytes } of pictures) saveMirrorBlob(db, log, bytes, INFO, START_MS);
  capsule.post({ pictures: [{ hash: pictures[0]?.hash ?? "", description: "" }] });
  let parts = 1;
  while (!deleteMirrorPart(db, log, 2)) {
    parts += 1;
    checkStore(db);
  }
  equal(parts > 5, true);
  deepEqual(pictures.map(({ hash }) => findBlob(db, hash) !== undefined), [true, false]);
  for (
    const { name } of db.prepare(
      "select name from sqlite_schema where type = 'table' and sql like '% log integer%'",
    ).all() as { name: string }[]
  ) {
    equal(db.prepare(`select 1 from ${name} where log = ?`).get(log), undefined, name);
  }
  equal(deleteMirrorPart(db, capsule.log, 99), true);
  equal(capsule.post({ text: "still here" }).index > 0, true);
});
