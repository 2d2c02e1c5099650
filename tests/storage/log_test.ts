import { deepEqual, equal, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  publishBatch,
  publishPost,
  publishRevision,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { signCheckpoint } from "../../mesh/protocol/checkpoint.ts";
import { encodeContent } from "../../mesh/protocol/content.ts";
import { encodeEntry, formatTime } from "../../mesh/protocol/entry.ts";
import { toHex } from "../../mesh/protocol/hex.ts";
import { extendTree, hashLeaf } from "../../mesh/protocol/tree.ts";
import { makeSign } from "../../mesh/verify_signature.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findContent, listContents } from "../../storage/contents.ts";
import { type Database, openDatabase } from "../../storage/database.ts";
import { findEntry, listEntries } from "../../storage/entries.ts";
import { findSigningKey } from "../../storage/keys.ts";
import { type Append, appendEntries } from "../../storage/log.ts";
import { hasDeletedWords, updateSearchMerged } from "../../storage/search.ts";
import { findTile } from "../../storage/tiles.ts";
import { eraseWithdrawn, SET_ASIDE_DAYS } from "../../storage/withdrawals.ts";
import { checkStore } from "../support/check_store.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";
import { publishManyPosts } from "../support/many_posts.ts";

const DAY_MS = 86_400_000;

function countEntries(db: Database, log: number): number {
  return findCheckpoint(db, log)?.size ?? 0;
}

/** Makes, without storing it, what publishing one post at the present head would append. */
function makeAppend({ db, log, id }: TestCapsule, text: string): { size: number; append: Append } {
  const head = findCheckpoint(db, log);
  const key = findSigningKey(db, log);
  if (head === undefined || key === undefined) throw new Error("expected a capsule");
  const time = formatTime(START_MS);
  const content = encodeContent({
    kind: "post",
    capsule: id,
    salt: "00".repeat(16),
    publishedAt: time,
    language: "en",
    text,
    pictures: [],
    tags: [],
  });
  const contentHash = new Uint8Array(createHash("sha256").update(content).digest());
  const index = head.size;
  const bytes = encodeEntry({
    capsuleId: id,
    index,
    time,
    kind: "post",
    contentHash,
    contentBytes: content.length,
  });
  const hash = hashLeaf(bytes);
  const { size, root, tiles } = extendTree(
    index,
    [hash],
    (level, n) => findTile(db, log, level, n),
  );
  const note = signCheckpoint({ capsuleId: id, size, root }, key.publicKey, makeSign(key.seed));
  const entries = [{ index, bytes, hash, kind: "post", timeMs: START_MS }];
  return { size: index, append: { entries, contents: [content], tiles, note, root } };
}

Deno.test("appendEntries appends once; the same bytes again find that the head moved", () => {
  using capsule = openTestCapsule();
  const { size, append } = makeAppend(capsule, "x");
  equal(appendEntries(capsule.db, capsule.log, size, append), "appended");
  equal(appendEntries(capsule.db, capsule.log, size, append), "moved");
  equal(countEntries(capsule.db, capsule.log), 2);
});

Deno.test("of two connections that race for the head one appends and the other is told", () => {
  const folder = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  {
    using capsule = openTestCapsule({ path: `${folder}/a.db` });
    using other = openDatabase(`${folder}/a.db`);
    const mine = makeAppend(capsule, "mine");
    const theirs = makeAppend({ ...capsule, db: other }, "theirs");
    equal(appendEntries(other, capsule.log, theirs.size, theirs.append), "appended");
    equal(appendEntries(capsule.db, capsule.log, mine.size, mine.append), "moved");
    equal(countEntries(capsule.db, capsule.log), 2);
    publishPost(capsule, { text: "mine" });
    publishPost({ db: other, now: capsule.now }, { text: "theirs again" });
    equal(countEntries(capsule.db, capsule.log), 4);
  }
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("appendEntries refuses entries out of place, none, and too many, and writes nothing", () => {
  using capsule = openTestCapsule();
  const { size, append } = makeAppend(capsule, "x");
  const [entry] = append.entries;
  if (entry === undefined) throw new Error("expected an entry");
  const wrong = { ...append, entries: [{ ...entry, index: size + 1 }] };
  throws(() => appendEntries(capsule.db, capsule.log, size, wrong), RangeError);
  throws(
    () => appendEntries(capsule.db, capsule.log, size, { ...append, entries: [] }),
    RangeError,
  );
  const many = { ...append, entries: Array.from({ length: 1_001 }, () => entry) };
  throws(() => appendEntries(capsule.db, capsule.log, size, many), RangeError);
  throws(
    () => appendEntries(capsule.db, capsule.log, size, { ...append, contents: [] }),
    RangeError,
  );
  equal(countEntries(capsule.db, capsule.log), 1);
});

/** The tables that publishing an article with a tag writes; a write to any of them may be refused. */
const TABLES = [
  "entries",
  "contents",
  "pieces",
  "slugs",
  "aliases",
  "tags",
  "piece_tags",
  "archive",
  "tiles",
  "once_keys",
];

for (const table of TABLES) {
  Deno.test(`a refused write to ${table} leaves nothing of the article behind`, () => {
    using capsule = openTestCapsule();
    const { db, log } = capsule;
    const article = { title: "T", tags: ["x"], aliases: ["/old"], onceKey: "k" };
    db.exec(
      `create temp trigger refuse before insert on main.${table}
       begin select raise(abort, 'refused by the test'); end`,
    );
    throws(() => capsule.article(article), /refused by the test/);
    equal(countEntries(db, log), 1);
    checkStore(db);
    db.exec("drop trigger refuse");
    equal(capsule.article(article).index, 1);
    equal(capsule.article(article).index, 1);
  });
}

Deno.test("a refused checkpoint leaves nothing behind", () => {
  using capsule = openTestCapsule();
  capsule.db.exec(
    `create temp trigger refuse before update on main.checkpoints
     begin select raise(abort, 'refused by the test'); end`,
  );
  throws(() => capsule.post({}), /refused by the test/);
  equal(countEntries(capsule.db, capsule.log), 1);
});

Deno.test("a post that was stored but reported as failed is found by its once key at the next try", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const transaction = db.transaction.bind(db);
  db.transaction = (work) => {
    const result = transaction(work);
    if (!db.isInTransaction) throw new Error("the disk answered too late");
    return result;
  };
  throws(() => publishPost(capsule, { text: "x", onceKey: "form" }), /too late/);
  db.transaction = transaction;
  deepEqual(publishPost(capsule, { text: "x", onceKey: "form" }).index, 1);
  equal(countEntries(db, log), 2);
});

Deno.test("entries and contents read back as they were signed", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index, hash } = capsule.post({ text: "read me" });
  const entry = findEntry(db, log, index);
  equal(entry && toHex(entry.hash), hash);
  equal(entry && toHex(hashLeaf(entry.bytes)), hash);
  const content = findContent(db, log, index);
  if (content.state !== "held") throw new Error("expected the content");
  equal(content.bytes.length, entry?.contentBytes);
  deepEqual(listEntries(db, log, 0, 10).map(({ kind }) => kind), ["profile", "post"]);
  deepEqual(listContents(db, log, 1, 3).map(({ state }) => state), ["held", "absent", "absent"]);
  equal(findEntry(db, log, 2), undefined);
  equal(findTile(db, log, 0, 0)?.length, 64);
});

Deno.test("a log over several tiles and levels verifies", () => {
  using capsule = openTestCapsule();
  for (const count of [254, 1, 1, 300, 999, 1_000]) {
    const items = Array.from(
      { length: count },
      (_, n) => ({ kind: "post" as const, text: `p${n}` }),
    );
    publishBatch(capsule, items);
  }
  equal(countEntries(capsule.db, capsule.log), 2_556);
  equal(findTile(capsule.db, capsule.log, 1, 0)?.length, 9 * 32);
});

Deno.test("pieces of one moment keep their order up to 1,024 and all find an id beyond", () => {
  using capsule = openTestCapsule();
  const publishedAtMs = Date.UTC(2020, 0, 1);
  const items = Array.from({ length: 1_000 }, (_, n) => ({
    kind: "post" as const,
    text: `p${n}`,
    publishedAtMs,
  }));
  for (let n = 0; n < 4; n += 1) publishBatch(capsule, items);
  const row = capsule.db.prepare("select count(distinct id) as n, max(id) as id from pieces")
    .get() as {
      n: number;
      id: number;
    };
  equal(row.n, 4_000);
  equal(row.id < (publishedAtMs + 1_000) * 1_024, true);
});

Deno.test("what was withdrawn is erased after 30 days on which the capsule ran, and not before", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  eraseWithdrawn(db, capsule.now());
  const { index } = capsule.post({ text: "a secret to forget" });
  publishWithdrawal(capsule, index);
  const state = () =>
    (db.prepare("select state, bytes from contents where log = ? and n = ?").get(log, index)) as {
      state: string;
      bytes: Uint8Array | null;
    };
  // A year during which it did not run counts one day.
  eraseWithdrawn(db, capsule.wait(365 * DAY_MS));
  for (let day = 2; day < SET_ASIDE_DAYS; day += 1) eraseWithdrawn(db, capsule.wait(DAY_MS));
  for (let hour = 0; hour < 20; hour += 1) eraseWithdrawn(db, capsule.now());
  equal(state().state, "withdrawn");
  equal(eraseWithdrawn(db, capsule.wait(DAY_MS)), 1);
  deepEqual([state().state, state().bytes], ["erased", null]);
  equal(findContent(db, log, index).state, "withdrawn");
});

Deno.test("words of withdrawn and revised posts leave a search index of many pages, call by call", () => {
  using capsule = openTestCapsule();
  const { db } = capsule;
  const { index } = capsule.post({ text: "zanzibarquux" });
  publishManyPosts(capsule, { count: 3_000, fromMs: START_MS, stepMs: 1 });
  publishRevision(capsule, 5, { text: "mended" });
  publishWithdrawal(capsule, index);
  const count = db.prepare(
    "select count(*) as n from piece_search_data where instr(block, cast('anzibarquux' as blob)) > 0",
  );
  equal((count.get() as { n: number }).n > 0, true);
  let calls = 0;
  for (; hasDeletedWords(db); calls += 1) {
    updateSearchMerged(db, 10);
    // What is published meanwhile does not make it begin again.
    capsule.post({ text: `meanwhile ${calls}` });
  }
  equal(calls > 2 && calls < 60, true, `${calls} calls`);
  equal((count.get() as { n: number }).n, 0);
  capsule.post({ text: "last" });
  publishWithdrawal(capsule, index + 1);
  equal(eraseWithdrawn(db, capsule.now()), 0);
  equal(hasDeletedWords(db), false);
});

Deno.test("erased words are nowhere in the file any more", () => {
  const folder = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  const path = `${folder}/a.db`;
  {
    using capsule = openTestCapsule({ path });
    const { index } = capsule.article({
      title: "Xylophonist",
      markdown: "quizzacious ".repeat(900),
    });
    publishWithdrawal(capsule, index);
    for (let day = 0; day <= SET_ASIDE_DAYS; day += 1) {
      eraseWithdrawn(capsule.db, capsule.wait(DAY_MS));
    }
  }
  for (const { name } of Deno.readDirSync(folder)) {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(`${folder}/${name}`))
      .toLowerCase();
    equal(text.includes("quizzacious"), false, name);
    equal(text.includes("xylophonist-free"), false, name);
  }
  Deno.removeSync(folder, { recursive: true });
});
