import { equal, match, ok } from "node:assert/strict";
import {
  publishPost,
  PublishProblem,
  publishRevision,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { deleteDamage, findDamage, saveDamage } from "../../storage/damage.ts";
import { type Database, DatabaseProblem, openDatabase } from "../../storage/database.ts";
import { checkHead } from "../../storage/head.ts";
import { listPieces } from "../../storage/pieces.ts";
import { verifyStore } from "../../storage/verify.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";

/** A capsule with one of everything; its end is not checked. */
function openFull(path?: string): TestCapsule {
  const capsule = openTestCapsule(path === undefined ? {} : { path });
  capsule.expectDamage();
  const info = { type: "image/png", width: 1, height: 1 };
  const hash = saveBlob(capsule.db, new Uint8Array(70_000).fill(1), info, 0);
  capsule.post({ text: "one", tags: ["a", "b"], pictures: [{ hash, description: "d" }] });
  capsule.article({ title: "Two", markdown: "text", tags: ["a"], aliases: ["/two"] });
  publishRevision(capsule, 1, { text: "one, revised" });
  capsule.post({ text: "gone" });
  publishWithdrawal(capsule, 4);
  capsule.article({ title: "Page", isPage: true });
  return capsule;
}

/** Verifies in one walk; the two halves must come to the same. */
function verify(db: Database): { ok: boolean; problems: string[] } {
  const whole = verifyStore(db, { verify: verifySignature });
  const halves = (["log", "shown"] as const).map((half) =>
    verifyStore(db, { verify: verifySignature, half })
  );
  equal(halves.every(({ ok }) => ok), whole.ok);
  return whole;
}

Deno.test("verifyStore finds nothing wrong with a store that has one of everything", () => {
  using capsule = openFull();
  const seen: number[] = [];
  const onProgress = (entries: number, total: number) => seen.push(entries, total);
  const found = verifyStore(capsule.db, { verify: verifySignature, onProgress });
  equal(found.problems.join(), "");
  equal(found.entries, 7);
  equal(seen.join(), "7,7");
});

const DAMAGE: readonly (readonly [string, string])[] = [
  [
    "an entry's bytes",
    "update entries set bytes = cast(replace(bytes, 'post', 'like') as blob) where n = 1",
  ],
  ["an entry's hash", "update entries set hash = zeroblob(32) where n = 1"],
  ["an entry's kind", "update entries set kind = 'like' where n = 1"],
  ["an entry's time", "update entries set time_ms = 1 where n = 2"],
  ["an entry that is gone", "delete from contents where n = 6; delete from entries where n = 6"],
  [
    "an entry gone in the middle",
    "delete from contents where n = 2; delete from entries where n = 2",
  ],
  [
    "a content's bytes",
    "update contents set bytes = cast(replace(bytes, 'one', 'two') as blob) where n = 1",
  ],
  ["a content that is gone", "delete from contents where n = 2"],
  [
    "a withdrawal that never was",
    "update contents set state = 'withdrawn', by_n = 3, since_day = 0 where n = 2",
  ],
  [
    "a withdrawn content that is back",
    "update contents set state = 'held', by_n = null, since_day = null where n = 4",
  ],
  [
    "a withdrawal of something else",
    "update contents set state = 'withdrawn', by_n = 5, since_day = 0 where n = 3",
  ],
  ["a tile", "update tiles set bytes = zeroblob(length(bytes))"],
  ["a tile too many", "insert into tiles values (1, 1, 0, zeroblob(32))"],
  ["the checkpoint's size", "update checkpoints set size = 6"],
  ["the checkpoint's root", "update checkpoints set root = zeroblob(32)"],
  [
    "the checkpoint's note",
    "update checkpoints set note = replace(note, char(10), char(10) || char(10))",
  ],
  ["the signing key", "update signing_keys set public_key = zeroblob(32)"],
  ["the signing key's seed", "update signing_keys set seed = zeroblob(32)"],
  ["an identity record's number", "update identity_records set n = 1"],
  ["whose log it is", "update capsules set is_own = 0"],
  ["the address in force", "update capsules set address = 'https://lie.example'"],
  ["the identity", "delete from identity_records"],
  ["an identity record's hash", "update identity_records set hash = zeroblob(32)"],
  ["a piece that is gone", "delete from pieces where n = 2"],
  ["a piece's text", "update pieces set text = 'lie' where n = 1"],
  ["a piece's title", "update pieces set title = 'lie' where n = 2"],
  ["a piece's date", "update pieces set published_at_ms = 1 where n = 2"],
  ["a piece's tags", "update pieces set tags = '[]' where n = 2"],
  ["a piece's hash", "update pieces set hash = zeroblob(32) where n = 2"],
  ["a revision that is gone", "delete from revisions"],
  ["a slug", "delete from slugs where n = 2"],
  ["a tag's count", "update tags set pieces = 9 where tag = 'a'"],
  ["a tag of a piece", "delete from piece_tags where tag = 'b'"],
  ["the count of pieces", "update piece_counts set pieces = 9 where shelf = 'post'"],
  ["the archive", "update archive set pieces = 9 where kind = 'post'"],
  ["the profile", "update profiles set n = 3"],
  ["the profile's name", "update profiles set name = 'Eve'"],
  ["a profile that nobody wrote", "delete from profiles"],
  ["an old path", "delete from aliases"],
  ["a piece's authors", `update pieces set authors = '["Eve"]' where n = 2`],
  ["a piece's reply", "update pieces set reply = '{}' where n = 1"],
  ["which revision a piece shows", "update pieces set text_n = 99 where n = 1"],
  [
    "a search entry that is gone",
    "delete from piece_search where rowid = (select id from pieces where n = 2)",
  ],
  ["a search entry too many", "insert into piece_search (rowid, scope) values (5, 'l1')"],
  ["a picture's bytes", "update blob_chunks set bytes = zeroblob(length(bytes)) where n = 1"],
  ["a picture's chunk too many", "insert into blob_chunks values (1, 2, x'00')"],
  ["a picture's chunk", "delete from blob_chunks where n = 1"],
  ["a picture that is gone", "delete from blobs"],
  ["a picture's use", "delete from blob_uses"],
];

for (const [what, sql] of DAMAGE) {
  Deno.test(`verifyStore finds ${what}`, () => {
    using capsule = openFull();
    capsule.db.exec("pragma foreign_keys = off; pragma ignore_check_constraints = on");
    capsule.db.exec(sql);
    const found = verify(capsule.db);
    equal(found.ok, false);
    ok(found.problems.length > 0);
  });
}

Deno.test("verifyStore lists as many problems as it is asked for", () => {
  using capsule = openFull();
  capsule.db.exec("update entries set hash = zeroblob(32)");
  equal(verifyStore(capsule.db, { verify: verifySignature, limit: 2 }).problems.length, 2);
});

Deno.test("verifyStore reads a database that is open for reading only", () => {
  const folder = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  {
    using _capsule = openFull(`${folder}/a.db`);
    using db = openDatabase(`${folder}/a.db`, { isReadOnly: true });
    equal(verify(db).problems.join(), "");
  }
  Deno.removeSync(folder, { recursive: true });
});

const HEAD_DAMAGE: readonly (readonly [string, string])[] = [
  ["a checkpoint of another size", "update checkpoints set size = 6"],
  [
    "a checkpoint whose signature is not ours",
    // A letter of the signature, whatever it is: not every note has a certain one.
    `update checkpoints set note = substr(note, 1, length(note) - 12) ||
       iif(substr(note, length(note) - 11, 1) = 'A', 'B', 'A') || substr(note, length(note) - 10)`,
  ],
  ["a tile at the edge", "update tiles set bytes = zeroblob(length(bytes))"],
  ["a missing tile", "delete from tiles"],
  ["a missing last entry", "delete from contents where n = 6; delete from entries where n = 6"],
  [
    "a last entry that is another",
    "update entries set bytes = (select bytes from entries where n = 5) where n = 6",
  ],
  ["a missing key", "delete from signing_keys"],
  ["a seed that changed", "update signing_keys set seed = zeroblob(32)"],
];

for (const [what, sql] of HEAD_DAMAGE) {
  Deno.test(`nothing is signed over ${what}, now or after a restart`, () => {
    const folder = Deno.makeTempDirSync({ prefix: "capsule-test-" });
    const path = `${folder}/a.db`;
    openFull(path)[Symbol.dispose]();
    for (let start = 0; start < 2; start += 1) {
      using db = openDatabase(path);
      if (start === 0) db.exec(`pragma foreign_keys = off; ${sql}`);
      const size = countEntries(db);
      const problem = problemOf(() => publishPost({ db, now: () => START_MS }, { text: "x" }));
      equal(problem.code, "damaged");
      match(problem.message, /restore the newest backup/);
      equal(countEntries(db), size);
      equal(findDamage(db), problem.message);
    }
    Deno.removeSync(folder, { recursive: true });
  });
}

Deno.test("checkHead is content with a whole log", () => {
  using capsule = openFull();
  equal(checkHead(capsule.db, capsule.log, verifySignature), undefined);
  equal(typeof checkHead(capsule.db, 99, verifySignature), "string");
});

Deno.test("damage stays until it is deleted, the first finding first, and reading goes on", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "still readable" });
  saveDamage(capsule.db, "First.", 1);
  saveDamage(capsule.db, "Second.", 2);
  equal(findDamage(capsule.db), "First.");
  equal(problemOf(() => capsule.post({})).message, "First.");
  equal(listPieces(capsule.db, { log: capsule.log, limit: 9 }).length, 1);
  deleteDamage(capsule.db);
  equal(findDamage(capsule.db), undefined);
  capsule.post({});
});

Deno.test("damage is remembered in memory where the row cannot be written", () => {
  const folder = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  openDatabase(`${folder}/a.db`).close();
  {
    using db = openDatabase(`${folder}/a.db`, { isReadOnly: true });
    saveDamage(db, "Broken.", 1);
    equal(findDamage(db), "Broken.");
  }
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a page that is damaged while the capsule runs stops publishing for good", () => {
  const folder = Deno.makeTempDirSync({ prefix: "capsule-test-" });
  const path = `${folder}/a.db`;
  openFull(path)[Symbol.dispose]();
  const page = (() => {
    using db = openDatabase(path);
    return (db.prepare("select rootpage as n from sqlite_schema where name = 'contents'").get() as {
      n: number;
    }).n;
  })();
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, (page - 1) * 4096, page * 4096);
  Deno.writeFileSync(path, bytes);
  {
    using db = openDatabase(path);
    equal(problemOf(() => publishPost({ db, now: () => START_MS }, { text: "x" })).code, "damaged");
    match(findDamage(db) ?? "", /damaged/);
    equal(verify(db).ok, false);
  }
  {
    using db = openDatabase(path);
    match(findDamage(db) ?? "", /damaged/);
    equal(listPieces(db, { log: 1, limit: 9 }).length, 2);
  }
  Deno.removeSync(folder, { recursive: true });
});

function problemOf(work: () => unknown): PublishProblem {
  try {
    work();
  } catch (error) {
    if (error instanceof PublishProblem) return error;
    if (error instanceof DatabaseProblem) {
      throw new Error("expected a PublishProblem", { cause: error });
    }
    throw error;
  }
  throw new Error("expected a PublishProblem");
}

function countEntries(db: Database): number {
  return (db.prepare("select count(*) as n from entries").get() as { n: number }).n;
}
