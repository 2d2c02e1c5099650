/** Each number of limits.ts, at the limit and one past it; those of notes, entries and chains have vectors. */
import { equal } from "node:assert/strict";
import { isAddress } from "../../../mesh/protocol/address.ts";
import { type Content, decodeContent } from "../../../mesh/protocol/content.ts";
import { encodeEntryBundle } from "../../../mesh/protocol/entry_bundle.ts";
import { ProtocolError } from "../../../mesh/protocol/errors.ts";
import * as limits from "../../../mesh/protocol/limits.ts";
import { decodePhrase, encodePhrase } from "../../../mesh/protocol/phrase.ts";
import { decodeTilePath, encodeTilePath } from "../../../mesh/protocol/tile_path.ts";
import { verifyInclusion } from "../../../mesh/protocol/tree.ts";
import { ID } from "../../vectors/sample.ts";

const BASE = { capsule: ID, salt: "00".repeat(16) };
const TIME = "2026-01-01T12:00:00.000Z";
const PICTURE = {
  hash: "ab".repeat(32),
  type: "image/png",
  bytes: 1,
  width: 1,
  height: 1,
  description: "",
};
const KINDS: Record<Content["kind"], Record<string, unknown>> = {
  post: { ...BASE, publishedAt: TIME, language: "en", text: "", pictures: [], tags: [] },
  article: {
    ...BASE,
    publishedAt: TIME,
    language: "en",
    title: "T",
    slug: "t",
    summary: "",
    tags: [],
    markdown: "",
    pictures: [],
  },
  revise: {
    ...BASE,
    revises: 0,
    revisedAt: TIME,
    language: "en",
    tags: [],
    text: "",
    pictures: [],
  },
  withdraw: { ...BASE, withdraws: 0 },
  profile: { ...BASE, name: "N", line: "", about: "", language: "en", links: [] },
  address: { ...BASE, address: "https://a.example" },
  follow: { ...BASE, follows: BASE.capsule, address: "https://a.example" },
  unfollow: { ...BASE, follows: BASE.capsule },
};

function isShown(kind: Content["kind"], fields: Record<string, unknown>): boolean {
  const bytes = new TextEncoder().encode(JSON.stringify({ ...KINDS[kind], ...fields }));
  return decodeContent(bytes, kind) !== undefined;
}

/** A text of this many bytes, of characters of two bytes where it can be. */
function text(bytes: number): string {
  return "ä".repeat(Math.floor(bytes / 2)) + "a".repeat(bytes % 2);
}

function host(length: number): string {
  const labels = `${"a".repeat(63)}.`.repeat(4);
  return `https://${(labels + "b".repeat(60)).slice(0, length - 8)}`;
}

type Case = [Content["kind"], string, number, (size: number) => unknown];

const FIELDS: Case[] = [
  ["post", "pictures", limits.POST_PICTURES_MAX, (n) => Array(n).fill(PICTURE)],
  ["post", "tags", limits.TAGS_MAX, (n) => Array(n).fill("t")],
  ["post", "tags", limits.TAG_CHARACTERS_MAX, (n) => ["😀".repeat(n)]],
  [
    "post",
    "language",
    limits.LANGUAGE_CHARACTERS_MAX,
    (n) => `de-${"a2345678-".repeat(9)}`.slice(0, n),
  ],
  ["post", "pictures", limits.BLOB_BYTES_MAX, (n) => [{ ...PICTURE, bytes: n }]],
  ["post", "pictures", limits.PICTURE_SIDE_MAX, (n) => [{ ...PICTURE, width: n }]],
  ["post", "pictures", limits.PICTURE_SIDE_MAX, (n) => [{ ...PICTURE, height: n }]],
  ["post", "pictures", limits.DESCRIPTION_BYTES_MAX, (n) => [{ ...PICTURE, description: text(n) }]],
  ["article", "pictures", limits.ARTICLE_PICTURES_MAX, (n) => Array(n).fill(PICTURE)],
  ["article", "title", limits.TITLE_BYTES_MAX, text],
  ["article", "slug", limits.SLUG_BYTES_MAX, text],
  ["article", "summary", limits.SUMMARY_BYTES_MAX, text],
  ["article", "aliases", limits.ALIASES_MAX, (n) => Array(n).fill("/a")],
  ["article", "aliases", limits.ALIAS_BYTES_MAX, (n) => [`/${text(n - 1)}`]],
  ["article", "authors", limits.AUTHORS_MAX, (n) => Array(n).fill("A")],
  ["article", "authors", limits.NAME_BYTES_MAX, (n) => [text(n)]],
  ["revise", "text", limits.CONTENT_BYTES_MAX, text],
  ["revise", "note", limits.REVISION_NOTE_BYTES_MAX, text],
  ["revise", "revises", limits.INTEGER_MAX, (n) => n],
  ["revise", "pictures", limits.POST_PICTURES_MAX, (n) => Array(n).fill(PICTURE)],
  ["withdraw", "withdraws", limits.INTEGER_MAX, (n) => n],
  ["profile", "name", limits.NAME_BYTES_MAX, text],
  ["profile", "line", limits.LINE_BYTES_MAX, text],
  ["profile", "pinned", limits.INTEGER_MAX, (n) => n],
  ["profile", "links", limits.LINKS_MAX, (n) => Array(n).fill({ label: "L", url: "https://a" })],
  ["profile", "links", limits.NAME_BYTES_MAX, (n) => [{ label: text(n), url: "https://a" }]],
  [
    "profile",
    "links",
    limits.URL_BYTES_MAX,
    (n) => [{ label: "L", url: `https://a/${text(n - 10)}` }],
  ],
  ["address", "address", limits.ADDRESS_BYTES_MAX, host],
];

for (const [kind, name, limit, make] of FIELDS) {
  Deno.test(`${kind}.${name} may reach ${limit}, not ${limit + 1}`, () => {
    equal(isShown(kind, { [name]: make(limit) }), true);
    equal(isShown(kind, { [name]: make(limit + 1) }), false);
  });
}

Deno.test("a post's text and a profile's about fill their 16 KiB together with the rest, no more", () => {
  for (const [kind, name] of [["post", "text"], ["profile", "about"]] as const) {
    const rest = JSON.stringify(KINDS[kind]).length;
    const room = limits.CONTENT_BYTES_MAX - rest;
    equal(isShown(kind, { [name]: "a".repeat(room) }), true);
    try {
      isShown(kind, { [name]: "a".repeat(room + 1) });
      equal("shown", "refused");
    } catch (error) {
      equal(error instanceof ProtocolError && error.code, "content_too_long");
    }
  }
});

Deno.test("an article's Markdown may be longer than any post", () => {
  equal(isShown("article", { markdown: "a".repeat(500_000) }), true);
});

Deno.test("an address of 255 characters is one, of 256 is none", () => {
  equal([host(255).length, isAddress(host(255))].join(), "255,true");
  equal([host(256).length, isAddress(host(256))].join(), "256,false");
});

Deno.test("bundles, tile paths, phrases and proofs end at their limits", () => {
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return error instanceof ProtocolError ? error.code : String(error);
    }
    return "ok";
  };
  const entries = (count: number, bytes: number): Uint8Array[] =>
    Array.from({ length: count }, () => new Uint8Array(bytes));
  equal(encodeEntryBundle(entries(256, 1024)).length, limits.BUNDLE_BYTES_MAX);
  equal(code(() => encodeEntryBundle(entries(257, 1))), "bundle_form");
  equal(code(() => encodeEntryBundle(entries(1, 1025))), "bundle_form");

  const longest = encodeTilePath({ level: "entries", n: limits.INTEGER_MAX, width: 255 });
  equal(longest.length <= limits.TILE_PATH_CHARACTERS_MAX, true);
  equal(decodeTilePath(longest).n, limits.INTEGER_MAX);
  equal(code(() => encodeTilePath({ level: 0, n: limits.INTEGER_MAX + 1, width: 1 })), "tile_path");
  equal(code(() => decodeTilePath("tile/0/x001/x001/x001/x001/x001/001")), "tile_path");
  equal(code(() => decodeTilePath(longest.padEnd(65, "0"))), "tile_path");

  const phrase = encodePhrase(new Uint8Array(16));
  equal(code(() => decodePhrase(phrase.padEnd(1024))), "ok");
  equal(code(() => decodePhrase(phrase.padEnd(1025))), "phrase_words");

  const hash = new Uint8Array(32);
  const proof = (count: number): Uint8Array[] => Array(count).fill(hash);
  equal(code(() => verifyInclusion(hash, 0, 1, proof(101), hash)), "proof_form");
});
