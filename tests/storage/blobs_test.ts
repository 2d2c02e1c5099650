import { deepEqual, equal, throws } from "node:assert/strict";
import { BLOB_BYTES_MAX } from "../../mesh/protocol/limits.ts";
import { publishProfile, publishWithdrawal } from "../../mesh/publish.ts";
import {
  countBlobUses,
  deleteUnusedBlobs,
  findBlob,
  findKeptBlob,
  readBlob,
  saveBlob,
} from "../../storage/blobs.ts";
import type { Database } from "../../storage/database.ts";
import { insertDraft } from "../../storage/drafts.ts";
import { eraseWithdrawn, SET_ASIDE_DAYS } from "../../storage/withdrawals.ts";
import { openTestCapsule } from "../support/capsule.ts";

const INFO = { type: "image/png", width: 3, height: 2 };
const DAY_MS = 86_400_000;

function makeBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251);
}

function countChunks(db: Database): number {
  return (db.prepare("select count(*) as n from blob_chunks").get() as { n: number }).n;
}

Deno.test("saveBlob keeps the same bytes once and findBlob tells what they are", () => {
  using capsule = openTestCapsule();
  const bytes = makeBytes(200_000);
  const hash = saveBlob(capsule.db, bytes, INFO, 1);
  equal(saveBlob(capsule.db, bytes, INFO, 2), hash);
  deepEqual(findBlob(capsule.db, hash), { hash, bytes: 200_000, ...INFO });
  equal(countChunks(capsule.db), 4);
  equal(findBlob(capsule.db, "0".repeat(64)), undefined);
  equal(findBlob(capsule.db, "not a hash"), undefined);
});

Deno.test("readBlob reads any range, also across chunks and past the end", () => {
  using capsule = openTestCapsule();
  const bytes = makeBytes(65_536 * 2 + 10);
  const hash = saveBlob(capsule.db, bytes, INFO, 1);
  const ends = [0, 1, 65_535, 65_536, 65_537, 131_072, bytes.length - 1, bytes.length];
  for (const from of ends) {
    for (const to of ends) {
      const expected = bytes.slice(from, Math.max(from, to));
      deepEqual(readBlob(capsule.db, hash, from, to), expected);
    }
  }
  deepEqual(readBlob(capsule.db, hash, 5, 10 ** 9), bytes.slice(5));
  deepEqual(readBlob(capsule.db, hash, -5, 2), bytes.slice(0, 2));
  deepEqual(readBlob(capsule.db, "0".repeat(64), 0, 9), new Uint8Array(0));
});

Deno.test("saveBlob takes 16 MiB and not one byte more, and refuses nothing at all", () => {
  using capsule = openTestCapsule();
  const bytes = new Uint8Array(BLOB_BYTES_MAX + 1);
  saveBlob(capsule.db, bytes.subarray(1), INFO, 1);
  throws(() => saveBlob(capsule.db, bytes, INFO, 1), RangeError);
  throws(() => saveBlob(capsule.db, new Uint8Array(0), INFO, 1), RangeError);
});

Deno.test("deleteUnusedBlobs keeps what entries or drafts name and what is new", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const save = (n: number, atMs: number) => saveBlob(db, makeBytes(n), INFO, atMs);
  const [used, drafted, unused, fresh] = [save(10, 1), save(11, 1), save(12, 1), save(13, 50)];
  capsule.post({ pictures: [{ hash: used, description: "" }] });
  insertDraft(db, { kind: "article", fields: { markdown: `![x](blob:${drafted})` }, nowMs: 1 });
  equal(deleteUnusedBlobs(db, 50), 1);
  equal(findBlob(db, unused), undefined);
  for (const hash of [used, drafted, fresh]) equal(findBlob(db, hash)?.hash, hash);
  equal(countChunks(db), 3);
});

Deno.test("a picture of a withdrawn post is not served, stays set aside and is erased with the text", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const hash = saveBlob(db, makeBytes(100), INFO, 1);
  const { index } = capsule.post({ pictures: [{ hash, description: "A cat" }] });
  equal(countBlobUses(db, hash), 1);
  publishWithdrawal(capsule, index);
  equal(findBlob(db, hash), undefined);
  equal(readBlob(db, hash, 0, 9).length, 0);
  equal(deleteUnusedBlobs(db, 10 ** 15), 0);
  equal(countChunks(db), 1);
  for (let day = 0; day <= SET_ASIDE_DAYS; day += 1) eraseWithdrawn(db, capsule.wait(DAY_MS));
  equal(countChunks(db), 0);
});

Deno.test("a picture that another post shows too stays after one of them is withdrawn", () => {
  using capsule = openTestCapsule();
  const hash = saveBlob(capsule.db, makeBytes(100), INFO, 1);
  const pictures = [{ hash, description: "" }];
  const { index } = capsule.post({ pictures });
  capsule.post({ pictures });
  publishWithdrawal(capsule, index);
  equal(findBlob(capsule.db, hash)?.hash, hash);
});

Deno.test("a picture that was set aside comes back when it is published again", () => {
  using capsule = openTestCapsule();
  const bytes = makeBytes(100);
  const hash = saveBlob(capsule.db, bytes, INFO, 1);
  const { index } = capsule.post({ pictures: [{ hash, description: "" }] });
  publishWithdrawal(capsule, index);
  saveBlob(capsule.db, bytes, INFO, 2);
  publishProfile(capsule, { picture: { hash, description: "Me" } });
  equal(findBlob(capsule.db, hash)?.hash, hash);
});

Deno.test("a picture that a draft names outlives the withdrawal of the post that showed it", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const hash = saveBlob(db, makeBytes(100), INFO, 1);
  const pictures = [{ hash, description: "" }];
  const { index } = capsule.post({ pictures });
  insertDraft(db, { kind: "post", fields: { pictures: [hash] }, nowMs: 1 });
  publishWithdrawal(capsule, index);
  for (let day = 0; day <= SET_ASIDE_DAYS; day += 1) eraseWithdrawn(db, capsule.wait(DAY_MS));
  equal(findBlob(db, hash), undefined);
  equal(findKeptBlob(db, hash)?.hash, hash);
  capsule.post({ pictures });
  equal(findBlob(db, hash)?.hash, hash);
});
