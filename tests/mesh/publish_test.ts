import { deepEqual, equal, match, notEqual, ok, throws } from "node:assert/strict";
import {
  createCapsule,
  publishAddress,
  publishArticle,
  publishBatch,
  publishPost,
  PublishProblem,
  publishProfile,
  publishRevision,
  publishWithdrawal,
} from "../../mesh/publish.ts";
import { decodeContent } from "../../mesh/protocol/content.ts";
import { verifyIdentityChain } from "../../mesh/protocol/identity.ts";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { saveBlob } from "../../storage/blobs.ts";
import { findOwnCapsule } from "../../storage/capsules.ts";
import { findCheckpoint } from "../../storage/checkpoints.ts";
import { findContent } from "../../storage/contents.ts";
import { openDatabase } from "../../storage/database.ts";
import { listIdentityRecords } from "../../storage/identity_records.ts";
import { findArticle, findPost, listPieces, type Piece } from "../../storage/pieces.ts";
import { findProfile } from "../../storage/profiles.ts";
import { listRevisions } from "../../storage/revisions.ts";
import { openTestCapsule, START_MS, TEST_ENTROPY } from "../support/capsule.ts";

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof PublishProblem) {
      match(error.message, /^[A-Z“].+\.$/s, "a plain sentence");
      return error.code;
    }
    throw error;
  }
  return "published";
}

function piece(found: Piece | "withdrawn" | undefined): Piece {
  if (found === undefined || found === "withdrawn") throw new Error(`expected a piece: ${found}`);
  return found;
}

Deno.test("createCapsule makes an identity that verifies, and a profile as the first entry", () => {
  using capsule = openTestCapsule({ address: "https://ada.example" });
  const { db, log, id } = capsule;
  const notes = listIdentityRecords(db, log).map(({ note }) => note);
  const { newest } = verifyIdentityChain(notes, verifySignature);
  equal(newest.capsuleId, id);
  equal(newest.address, "https://ada.example");
  equal(newest.cutSize, 0);
  equal(findCheckpoint(db, log)?.size, 1);
  deepEqual(findOwnCapsule(db), {
    log,
    id,
    name: "Ada",
    address: "https://ada.example",
    createdAtMs: START_MS,
  });
  equal(findProfile(db, log).line, "Writes about engines");
});

Deno.test("createCapsule draws a new phrase each time, and the same one from the same entropy", () => {
  const create = (entropy?: Uint8Array) => {
    using db = openDatabase(":memory:");
    return createCapsule({ db, now: () => START_MS }, { name: "A", address: null, entropy });
  };
  notEqual(create().phrase, create().phrase);
  deepEqual(create(TEST_ENTROPY), create(TEST_ENTROPY));
  equal(create().phrase.split(" ").length, 12);
});

Deno.test("createCapsule refuses a second capsule, a missing name and a bad address", () => {
  using capsule = openTestCapsule();
  using empty = openDatabase(":memory:");
  const publisher = { db: empty, now: () => START_MS };
  equal(codeOf(() => createCapsule(capsule, { name: "B", address: null })), "already_created");
  equal(codeOf(() => createCapsule(publisher, { name: " \n", address: null })), "name_missing");
  const address = "https://ada.example/path";
  equal(codeOf(() => createCapsule(publisher, { name: "B", address })), "address_form");
  const language = "english language";
  equal(
    codeOf(() => createCapsule(publisher, { name: "B", address: null, language })),
    "language_form",
  );
  equal(findOwnCapsule(empty), undefined);
});

Deno.test("publishing before set-up says what to do", () => {
  using db = openDatabase(":memory:");
  equal(codeOf(() => publishPost({ db, now: () => 0 }, { text: "x" })), "no_capsule");
});

Deno.test("publishPost takes 500 characters as a person counts them and not one more", () => {
  using capsule = openTestCapsule();
  const family = "👩‍👩‍👧‍👦";
  const { index } = publishPost(capsule, { text: family.repeat(500) });
  equal(piece(findPost(capsule.db, capsule.log, index)).text, family.repeat(500));
  equal(codeOf(() => publishPost(capsule, { text: family.repeat(501) })), "text_too_long");
  equal(codeOf(() => publishPost(capsule, { text: "x".repeat(501) })), "text_too_long");
  equal(codeOf(() => publishPost(capsule, { text: " \n\t " })), "empty");
});

Deno.test("publishPost refuses pictures that are not stored, or too many", () => {
  using capsule = openTestCapsule();
  const info = { type: "image/png", width: 1, height: 1 };
  const hash = saveBlob(capsule.db, new Uint8Array([1]), info, 0);
  const pictures = Array.from({ length: 8 }, (_, n) => ({ hash, description: `${n}` }));
  const { index } = publishPost(capsule, { text: "", pictures });
  deepEqual(piece(findPost(capsule.db, capsule.log, index)).pictures[1], {
    hash,
    ...info,
    bytes: 1,
    description: "1",
  });
  const ninth = [...pictures, { hash, description: "" }];
  equal(codeOf(() => publishPost(capsule, { text: "", pictures: ninth })), "too_many_pictures");
  const unknown = [{ hash: "0".repeat(64), description: "" }];
  equal(codeOf(() => publishPost(capsule, { text: "", pictures: unknown })), "unknown_picture");
});

Deno.test("publishing refuses tags, languages, dates, titles and slugs out of form", () => {
  using capsule = openTestCapsule();
  const post = (fields: object) => codeOf(() => publishPost(capsule, { text: "x", ...fields }));
  const article = (fields: object) =>
    codeOf(() => publishArticle(capsule, { title: "T", markdown: "", slug: "t", ...fields }));
  equal(post({ tags: ["x".repeat(65)] }), "tag_form");
  equal(post({ tags: ["x".repeat(64)] }), "published");
  equal(post({ tags: ["# spaced"] }), "published");
  equal(post({ tags: ["two\u2028lines"] }), "tag_form");
  equal(post({ tags: Array.from({ length: 33 }, (_, n) => `t${n}`) }), "too_many_tags");
  equal(post({ language: "not a language" }), "language_form");
  equal(post({ publishedAtMs: NaN }), "date_form");
  equal(post({ publishedAtMs: 253_402_300_800_000 }), "date_form");
  equal(post({ publishedAtMs: 253_402_300_799_999 }), "published");
  equal(post({ publishedAtMs: -62_167_219_200_000 }), "published");
  equal(article({ title: " " }), "title_missing");
  equal(article({ title: "x".repeat(1_025) }), "title_too_long");
  equal(article({ slug: "a/b" }), "slug_form");
  equal(article({ slug: "" }), "slug_form");
  equal(article({ slug: ".." }), "slug_form");
  equal(article({ markdown: "x".repeat(512 * 1024) }), "content_too_large");
  equal(article({ aliases: ["no slash"] }), "invalid");
});

Deno.test("publishing takes any text a person can paste, lone surrogates and control characters too", () => {
  using capsule = openTestCapsule();
  const { index } = publishPost(capsule, { text: "a\ud800b\0c\r\nd\u0007" });
  equal(piece(findPost(capsule.db, capsule.log, index)).text, "a\ufffdb\ufffdc\nd\u0007");
  publishArticle(capsule, { title: "T\0\n\ud800x", markdown: "\0", slug: "ünï-日本" });
  equal(piece(findArticle(capsule.db, capsule.log, "ünï-日本")).title, "T\ufffd \ufffdx");
});

Deno.test("publishArticle reads its pictures from the Markdown", () => {
  using capsule = openTestCapsule();
  const info = { type: "image/png", width: 1, height: 1 };
  const [one, two] = [1, 2].map((n) => saveBlob(capsule.db, new Uint8Array([n]), info, 0));
  const markdown =
    `![First](blob:${one}) [![Second](blob:${two})](https://x.example) ![](blob:${one})`;
  const { index } = publishArticle(capsule, { title: "T", slug: "t", markdown });
  const { pictures } = piece(findArticle(capsule.db, capsule.log, "t"));
  deepEqual(pictures.map(({ hash, description }) => [hash, description]), [
    [one, "First"],
    [two, "Second"],
  ]);
  ok(index > 0);
});

Deno.test("a form sent twice publishes once", () => {
  using capsule = openTestCapsule();
  const first = publishPost(capsule, { text: "once", onceKey: "form 1" });
  deepEqual(publishPost(capsule, { text: "once", onceKey: "form 1" }), first);
  const article = { title: "T", slug: "t", markdown: "x", onceKey: "form 2" };
  deepEqual(publishArticle(capsule, article), publishArticle(capsule, article));
  const revision = { markdown: "y", onceKey: "form 3" };
  const { index } = publishArticle(capsule, article);
  deepEqual(publishRevision(capsule, index, revision), publishRevision(capsule, index, revision));
  equal(listPieces(capsule.db, { log: capsule.log, limit: 9 }).length, 2);
  equal(findCheckpoint(capsule.db, capsule.log)?.size, 4);
});

Deno.test("publishRevision keeps what is absent, shows the new text and every version", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index, slug } = capsule.article({
    title: "Old",
    markdown: "one",
    tags: ["a"],
    summary: "S",
  });
  capsule.wait(1_000);
  publishRevision(capsule, index, { markdown: "two", note: "Typo" });
  capsule.wait(1_000);
  publishRevision(capsule, index, { title: "New", tags: ["b"] });
  const found = piece(findArticle(db, log, slug));
  deepEqual(
    [found.title, found.text, found.tags, found.summary, found.revisions, found.slug],
    ["New", "two", ["b"], "S", 2, slug],
  );
  equal(found.publishedAtMs, START_MS + 1_000);
  equal(found.revisedAtMs, START_MS + 3_000);
  const versions = listRevisions(db, log, index);
  deepEqual(
    versions.map(({ title, text, note }) => [title, text, note]),
    [["Old", "one", ""], ["Old", "two", "Typo"], ["New", "two", ""]],
  );
  deepEqual(listPieces(db, { log, tag: "a", limit: 9 }), []);
  equal(listPieces(db, { log, tag: "b", limit: 9 }).length, 1);
});

Deno.test("publishRevision answers for what is not there, not a piece, or withdrawn", () => {
  using capsule = openTestCapsule();
  const { index } = capsule.post({});
  equal(publishRevision(capsule, 99, { text: "x" }), "absent");
  equal(publishRevision(capsule, 0, { text: "x" }), "absent");
  publishWithdrawal(capsule, index);
  equal(publishRevision(capsule, index, { text: "x" }), "withdrawn");
  const { index: second } = capsule.post({});
  equal(codeOf(() => publishRevision(capsule, second, { text: "" })), "empty");
});

Deno.test("publishWithdrawal hides a piece with its revisions at once, and only the tombstone stays", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index } = capsule.post({ text: "secret", tags: ["t"] });
  const revision = publishRevision(capsule, index, { text: "secret too" });
  const withdrawal = publishWithdrawal(capsule, index);
  if (typeof withdrawal === "string" || typeof revision === "string") throw new Error("expected");
  equal(findPost(db, log, index), "withdrawn");
  deepEqual(listPieces(db, { log, limit: 9 }), []);
  deepEqual(listRevisions(db, log, index), []);
  const gone = { state: "withdrawn", by: withdrawal.index } as const;
  deepEqual(findContent(db, log, index), gone);
  deepEqual(findContent(db, log, revision.index), gone);
  equal(publishWithdrawal(capsule, index), "withdrawn");
  equal(publishWithdrawal(capsule, 99), "absent");
  equal(publishWithdrawal(capsule, withdrawal.index), "absent");
});

Deno.test("withdrawing a revision brings the version before it back", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index } = capsule.post({ text: "one" });
  const two = publishRevision(capsule, index, { text: "two" });
  const three = publishRevision(capsule, index, { text: "three" });
  if (typeof two === "string" || typeof three === "string") throw new Error("expected");
  publishWithdrawal(capsule, three.index);
  equal(piece(findPost(db, log, index)).text, "two");
  publishWithdrawal(capsule, two.index);
  const found = piece(findPost(db, log, index));
  deepEqual([found.text, found.revisions, found.revisedAtMs], ["one", 0, undefined]);
});

Deno.test("a withdrawn article's slug is never given again", () => {
  using capsule = openTestCapsule();
  const { index } = capsule.article({ title: "Same" });
  publishWithdrawal(capsule, index);
  equal(findArticle(capsule.db, capsule.log, "same"), "withdrawn");
  equal(capsule.article({ title: "Same" }).slug, "same-2");
});

Deno.test("publishProfile keeps what is absent, and withdrawing it brings back the one before", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const { index: pinned } = capsule.post({});
  const links = [{ label: "Code", url: "https://code.example/ada" }];
  const { index } = publishProfile(capsule, { name: "Countess", links, pinned });
  deepEqual(findProfile(db, log), {
    name: "Countess",
    line: "Writes about engines",
    about: "",
    language: "en",
    links,
    pinned,
  });
  equal(findOwnCapsule(db)?.name, "Countess");
  publishWithdrawal(capsule, pinned);
  equal(findProfile(db, log).pinned, undefined);
  publishWithdrawal(capsule, index);
  equal(findProfile(db, log).name, "Ada");
});

Deno.test("publishAddress moves the capsule and refuses what is no origin", () => {
  using capsule = openTestCapsule();
  publishAddress(capsule, "https://new.example");
  equal(findOwnCapsule(capsule.db)?.address, "https://new.example");
  equal(codeOf(() => publishAddress(capsule, "https://new.example/")), "address_form");
  equal(codeOf(() => publishAddress(capsule, "https://xn--a")), "address_form");
});

Deno.test("publishBatch publishes in order, gives slugs and signs one checkpoint", () => {
  using capsule = openTestCapsule();
  const { db, log } = capsule;
  const results = publishBatch(capsule, [
    { kind: "post", text: "x".repeat(900), publishedAtMs: 5 },
    { kind: "article", title: "T", slug: "t", markdown: "", publishedAtMs: 4 },
    { kind: "article", title: "T", slug: "t", markdown: "", publishedAtMs: 3 },
  ]);
  deepEqual(results.map(({ index, slug }) => [index, slug]), [[1, undefined], [2, "t"], [
    3,
    "t-2",
  ]]);
  equal(findCheckpoint(db, log)?.size, 4);
  deepEqual(listPieces(db, { log, limit: 9 }).map(({ index }) => index), [1, 2, 3]);
  deepEqual(publishBatch(capsule, []), []);
});

Deno.test("publishBatch says which item cannot be published and writes none", () => {
  using capsule = openTestCapsule();
  const item = { kind: "post", text: "x" } as const;
  const problem = (() => {
    try {
      publishBatch(capsule, [item, item, { ...item, text: "" }]);
    } catch (error) {
      return error;
    }
  })();
  ok(problem instanceof PublishProblem);
  deepEqual([problem.code, problem.item], ["empty", 2]);
  equal(findCheckpoint(capsule.db, capsule.log)?.size, 1);
  const many = Array.from({ length: 1_001 }, () => item);
  equal(codeOf(() => publishBatch(capsule, many)), "too_many_items");
  equal(publishBatch(capsule, many.slice(1)).length, 1_000);
});

Deno.test("contents name the capsule and hold a salt of their own", () => {
  using capsule = openTestCapsule();
  const salts = [1, 2].map(() => {
    const { index } = capsule.post({ text: "same" });
    const found = findContent(capsule.db, capsule.log, index);
    if (found.state !== "held") throw new Error("expected the content");
    const content = decodeContent(found.bytes, "post", capsule.id);
    return content?.salt;
  });
  match(salts[0] ?? "", /^[0-9a-f]{32}$/);
  notEqual(salts[0], salts[1]);
});

Deno.test("a problem inside somebody else's transaction undoes only the publishing", () => {
  using capsule = openTestCapsule();
  capsule.db.transaction(() => {
    capsule.post({ text: "kept" });
    throws(() => publishPost(capsule, { text: "" }), PublishProblem);
  });
  equal(listPieces(capsule.db, { log: capsule.log, limit: 9 }).length, 1);
});
