import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { publishRevision, publishWithdrawal } from "../../mesh/publish.ts";
import { searchPieces } from "../../storage/search.ts";
import { openTestCapsule, type TestCapsule } from "../support/capsule.ts";

function search(capsule: TestCapsule, query: string, options: object = {}): string[] {
  const pieces = searchPieces(capsule.db, { log: capsule.log, query, limit: 10, ...options });
  return pieces.map(({ title, text }) => title || text);
}

Deno.test("searchPieces finds pieces that hold every word, the newest first", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "red green blue" });
  capsule.post({ text: "Green, red!" });
  capsule.article({ title: "Colours", markdown: "about **green** things" });
  deepEqual(search(capsule, "green"), ["Colours", "Green, red!", "red green blue"]);
  deepEqual(search(capsule, "red green"), ["Green, red!", "red green blue"]);
  deepEqual(search(capsule, "colours"), ["Colours"]);
  deepEqual(search(capsule, "yellow"), []);
});

Deno.test("searchPieces knows phrases, unwanted words, tags and kinds", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "the quick fox", tags: ["animals"] });
  capsule.post({ text: "quick the fox", tags: ["Animals", "odd"] });
  capsule.article({ title: "Fox", markdown: "quick" });
  deepEqual(search(capsule, '"the quick"'), ["the quick fox"]);
  deepEqual(search(capsule, "fox -the"), ["Fox"]);
  deepEqual(search(capsule, 'quick -"the quick"'), ["Fox", "quick the fox"]);
  deepEqual(search(capsule, "-the"), ["Fox"]);
  deepEqual(search(capsule, "tag:animals"), ["quick the fox", "the quick fox"]);
  deepEqual(search(capsule, "fox tag:#ODD"), ["quick the fox"]);
  deepEqual(search(capsule, "tag:animals tag:odd"), ["quick the fox"]);
  deepEqual(search(capsule, "fox", { kind: "article" }), ["Fox"]);
});

Deno.test("searchPieces ignores accents and finds Chinese, Japanese and Thai inside sentences", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "Ünïcode café" });
  capsule.post({ text: "今日は日本語で書きます" });
  capsule.post({ text: "我们在讨论数据库" });
  capsule.post({ text: "สวัสดีครับ" });
  deepEqual(search(capsule, "unicode CAFE"), ["Ünïcode café"]);
  deepEqual(search(capsule, "日本語"), ["今日は日本語で書きます"]);
  deepEqual(search(capsule, "日語"), []);
  deepEqual(search(capsule, "数据库 -日本"), ["我们在讨论数据库"]);
  deepEqual(search(capsule, "สวัสดี"), ["สวัสดีครับ"]);
});

Deno.test("searchPieces finds the newest words of a revised piece and nothing of a withdrawn one", () => {
  using capsule = openTestCapsule();
  const { index } = capsule.post({ text: "before" });
  publishRevision(capsule, index, { text: "after" });
  deepEqual(search(capsule, "before"), []);
  deepEqual(search(capsule, "after"), ["after"]);
  publishWithdrawal(capsule, index);
  deepEqual(search(capsule, "after"), []);
});

Deno.test("searchPieces pages by the piece's id", () => {
  using capsule = openTestCapsule();
  for (let n = 0; n < 5; n += 1) capsule.post({ text: `word ${n}` });
  const [, second] = searchPieces(capsule.db, { log: capsule.log, query: "word", limit: 2 });
  deepEqual(search(capsule, "word", { before: second?.id }), ["word 2", "word 1", "word 0"]);
});

Deno.test("searchPieces does not find the scope, blob hashes or other logs", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "hello" });
  deepEqual(search(capsule, `l${capsule.log}`), []);
  deepEqual(search(capsule, `scope:l${capsule.log}`), []);
  equal(searchPieces(capsule.db, { log: 99, query: "hello", limit: 5 }).length, 0);
});

Deno.test("searchPieces takes anything a person can type", () => {
  using capsule = openTestCapsule();
  capsule.post({ text: "hello AND NOT (world) NEAR title: * ^ \" '" });
  const oddities = [
    '"',
    '""',
    "-",
    "--",
    '-"',
    "*",
    "hel*",
    "AND",
    "NOT",
    "a OR",
    "NEAR(a b)",
    "(",
    "title:x",
  ];
  for (
    const query of [
      ...oddities,
      "tag:",
      "tag:#",
      "\0",
      "\ud800",
      "^a",
      "{title}:a",
      "a".repeat(9_999),
    ]
  ) {
    searchPieces(capsule.db, { log: capsule.log, query, limit: 5 });
  }
  deepEqual(search(capsule, "AND").length, 1);
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (query) => {
    searchPieces(capsule.db, { log: capsule.log, query, limit: 5 });
  }));
});

Deno.test("searchPieces finds a post by any word of its text", () => {
  using capsule = openTestCapsule();
  const word = fc.stringMatching(/^[a-zà-öø-ÿ0-9]{1,12}$/u);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
      const text = words.join(" ");
      const { index } = capsule.post({ text });
      for (const query of [...words, `"${text}"`]) {
        const [found] = searchPieces(capsule.db, { log: capsule.log, query, limit: 1 });
        equal(found?.index, index);
      }
    }),
    { numRuns: 50 },
  );
});
