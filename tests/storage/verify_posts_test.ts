import { equal, match } from "node:assert/strict";
import { verifySignature } from "../../mesh/verify_signature.ts";
import { verifyStore } from "../../storage/verify.ts";
import { openTestCapsule, START_MS, type TestCapsule } from "../support/capsule.ts";

const REFERENCE = { capsule: "", hash: "ab".repeat(32), address: "https://other.example" };

/** Posts as most are: 1 with nothing, 2 with tags and signs of all kinds, 3 an answer, 4 with a replacement character. */
function openPosts(): TestCapsule {
  const capsule = openTestCapsule();
  capsule.expectDamage();
  const reference = { ...REFERENCE, capsule: capsule.id };
  capsule.post({ text: "plain" });
  capsule.post({
    text: 'a "b" \\ \t\n\u007f \u0001 é 字 🙂 </script>',
    tags: ["Été", "garden", "Garden"],
  });
  capsule.post({ text: "yes", reply: { root: reference, parent: reference }, quote: reference });
  capsule.post({ text: "a \ufffd b" });
  capsule.post({ text: "early", publishedAtMs: -START_MS });
  return capsule;
}

function verify({ db }: TestCapsule): string[] {
  const walks = [undefined, "log", "shown"] as const;
  const [whole, log, shown] = walks.map((half) =>
    verifyStore(db, { verify: verifySignature, half })
  );
  equal((log?.ok && shown?.ok) ?? false, whole?.ok);
  return whole?.problems ?? [];
}

Deno.test("posts with nothing but words, whichever these are, are found in order", () => {
  using capsule = openPosts();
  equal(verify(capsule).join(), "");
});

const DAMAGE: readonly (readonly [what: string, sql: string, found: RegExp])[] = [
  ["a text", "update pieces set text = 'lie' where n = 1", /entry 1: the piece shows another text/],
  [
    "a date",
    "update pieces set published_at_ms = published_at_ms + 1 where n = 1",
    /entry 1: the piece shown is another/,
  ],
  [
    "a language",
    "update pieces set language = 'fr' where n = 1",
    /entry 1: the piece shows another text/,
  ],
  [
    "a hash",
    "update pieces set hash = zeroblob(32) where n = 1",
    /entry 1: the piece shown is another/,
  ],
  ["an index", "update pieces set n = 99 where n = 1", /entry 1: its piece is not shown/],
  [
    "an id before its date",
    "update pieces set id = 5000 where n = 1",
    /entry 1: the piece shown is another/,
  ],
  [
    "a title",
    "update pieces set title = 'lie' where n = 1",
    /entry 1: the piece shows another text/,
  ],
  ["a page", "update pieces set is_page = 1 where n = 1", /entry 1: the piece shown is another/],
  ["revisions", "update pieces set revisions = 1 where n = 1", /revisions/],
  [
    "tags that nobody gave",
    `update pieces set tags = '["x"]' where n = 1`,
    /entry 1: the piece shows another text/,
  ],
  [
    "an answer",
    "update pieces set reply = quote where n = 3",
    /entry 3: the piece shown is another/,
  ],
  [
    "no quotation",
    "update pieces set quote = null where n = 3",
    /entry 3: the piece shown is another/,
  ],
  [
    "a tag's other spelling",
    "update piece_tags set tag = 'Été' where tag = 'été'",
    /entry 2: its tag été does not lead to it/,
  ],
  [
    "a tag of nobody",
    "insert into piece_tags select log, 'x', kind, id from pieces where n = 1",
    /expected 2 tags of pieces, found 3/,
  ],
  [
    "a piece above the log",
    "insert into pieces select id + 1, log, 99, hash, kind, is_page, published_at_ms, revised_at_ms, revisions, text_n, language, title, slug, summary, text, words, tags, pictures, cover, authors, reply, quote from pieces where n = 1",
    /expected 5 pieces, found 6/,
  ],
  [
    "a content's salt",
    'update contents set bytes = cast(replace(bytes, \'"salt":"\', \'"salt":"0\') as blob) where n = 1',
    /entry 1: its content is not the one it names/,
  ],
  [
    "a content that goes on behind its end",
    "update contents set bytes = cast(bytes || char(0) as blob) where n = 1",
    /entry 1: its content/,
  ],
  [
    "a content behind a byte order mark",
    "update contents set bytes = cast(x'efbbbf' || bytes as blob) where n = 1",
    /entry 1: its content/,
  ],
  [
    "a content of other bytes that read the same",
    "update contents set bytes = cast(replace(cast(bytes as text), char(0xfffd), cast(x'f09f98' as text)) as blob) where n = 4",
    /entry 4: its content/,
  ],
  [
    "an entry that goes on behind its end",
    "update entries set bytes = cast(bytes || char(0) as blob) where n = 1",
    /entry 1: Cannot decode entry/,
  ],
  [
    "an entry behind a byte order mark",
    "update entries set bytes = cast(x'efbbbf' || bytes as blob) where n = 1",
    /entry 1: Cannot decode entry/,
  ],
  [
    "an entry with a sign too many",
    "update entries set bytes = cast(replace(bytes, char(10) || 'post', char(10) || 'post ') as blob) where n = 1",
    /entry 1: Cannot decode entry/,
  ],
  [
    "an entry whose kind has another spelling",
    "update entries set kind = 'Post' where n = 1",
    /entry 1: its kind is not the stored one/,
  ],
  [
    "an entry's time",
    "update entries set time_ms = time_ms - 1 where n = 1",
    /entry 1: its time is not the stored one/,
  ],
  [
    "an entry's hash",
    "update entries set hash = zeroblob(32) where n = 1",
    /entry 1: its hash is not the stored one/,
  ],
];

for (const [what, sql, found] of DAMAGE) {
  Deno.test(`verifyStore finds a post with ${what}`, () => {
    using capsule = openPosts();
    capsule.db.exec("pragma foreign_keys = off; pragma ignore_check_constraints = on");
    equal(capsule.db.prepare(sql).run().changes > 0, true);
    match(verify(capsule).join("\n"), found);
  });
}
