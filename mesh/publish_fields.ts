/** What callers hand to publishing, checked and brought into the protocol's form. @module */
import { isAddress } from "./protocol/address.ts";
import type { Content, Picture, Reference, Reply } from "./protocol/content.ts";
import { formatTime } from "./protocol/entry.ts";
import { toHex } from "./protocol/hex.ts";
import {
  NAME_BYTES_MAX,
  TAG_CHARACTERS_MAX,
  TAGS_MAX,
  TITLE_BYTES_MAX,
} from "./protocol/limits.ts";
import { findKeptBlob } from "../storage/blobs.ts";
import type { Database } from "../storage/database.ts";
import { makeTagKey } from "../storage/tags.ts";
import { PublishProblem } from "./publish_problem.ts";

/** Characters of a post, as a person counts them. */
export const POST_CHARACTERS_MAX = 500;

/** A picture to publish: everything but its description is read from the stored blob. */
export type PictureField = Readonly<{
  /** 64 hex digits; `saveBlob` answered it. */
  hash: string;
  /** For people who do not see it; may be "". */
  description: string;
}>;

/** A post to publish. */
export type PostFields = Readonly<{
  /** Plain text, at most 500 characters as a person counts them; may be "" only beside a picture. */
  text: string;
  /** BCP 47 tag; the profile's when absent. */
  language?: string | undefined;
  /** At most 8. */
  pictures?: readonly PictureField[] | undefined;
  /** With or without #; at most 32. */
  tags?: readonly string[] | undefined;
  /** Unix milliseconds; now when absent. */
  publishedAtMs?: number | undefined;
  /** What it answers. */
  reply?: Reply | undefined;
  /** What it quotes. */
  quote?: Reference | undefined;
  /** Names the form that was sent: a second call with the same key publishes nothing and answers the same. */
  onceKey?: string | undefined;
}>;

/** An article to publish. */
export type ArticleFields = Readonly<{
  /** One line. */
  title: string;
  /** Markdown; pictures are `![description](blob:<64 hex>)`. */
  markdown: string;
  /** The wished last part of its path; -2, -3 … is added when it is taken. */
  slug: string;
  /** Plain text. */
  summary?: string | undefined;
  /** Picture at the top. */
  cover?: PictureField | undefined;
  /** With or without #; at most 32. */
  tags?: readonly string[] | undefined;
  /** BCP 47 tag; the profile's when absent. */
  language?: string | undefined;
  /** The pictures that the Markdown names; read from the Markdown when absent. At most 64. */
  pictures?: readonly PictureField[] | undefined;
  /** True for a page that stands outside the lists. */
  isPage?: boolean | undefined;
  /** Old paths that lead here, each beginning with "/". */
  aliases?: readonly string[] | undefined;
  /** Names of several authors. */
  authors?: readonly string[] | undefined;
  /** Unix milliseconds; now when absent. */
  publishedAtMs?: number | undefined;
  /** As in PostFields. */
  onceKey?: string | undefined;
}>;

/** A new version of a piece; what is absent stays as it is. */
export type RevisionFields = Readonly<{
  /** A post's text. */
  text?: string | undefined;
  /** An article's title. */
  title?: string | undefined;
  /** An article's Markdown. */
  markdown?: string | undefined;
  /** An article's summary. */
  summary?: string | undefined;
  /** An article's cover; null takes it away. */
  cover?: PictureField | null | undefined;
  /** A post's pictures; an article's are read from its Markdown when absent. */
  pictures?: readonly PictureField[] | undefined;
  /** With or without #. */
  tags?: readonly string[] | undefined;
  /** BCP 47 tag. */
  language?: string | undefined;
  /** Names of several authors. */
  authors?: readonly string[] | undefined;
  /** Why, one line. */
  note?: string | undefined;
  /** As in PostFields. */
  onceKey?: string | undefined;
}>;

/** Who the author is; what is absent stays as it is. */
export type ProfileFields = Readonly<{
  /** Not empty. */
  name?: string | undefined;
  /** One line. */
  line?: string | undefined;
  /** Markdown. */
  about?: string | undefined;
  /** BCP 47 tag. */
  language?: string | undefined;
  /** Null takes it away. */
  picture?: PictureField | null | undefined;
  /** At most 32. */
  links?: readonly Readonly<{ label: string; url: string }>[] | undefined;
  /** Index of the pinned piece; null unpins. */
  pinned?: number | null | undefined;
  /** As in PostFields. */
  onceKey?: string | undefined;
}>;

/** 16 random bytes that make the hash of a withdrawn content unguessable. */
function makeSalt(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** Says what the shared fields of every content are. */
export function makeBase(capsuleId: string): Readonly<Pick<Content, "capsule" | "salt">> {
  return { capsule: capsuleId, salt: makeSalt() };
}

/** Tags in NFC without #, each once. Throws "too_many_tags" or "tag_form". */
export function makeTags(tags: readonly string[]): string[] {
  const kept = new Map<string, string>();
  for (const tag of tags) {
    const label = tag.trim().replace(/^#+/, "").trim().normalize("NFC");
    if (label === "") continue;
    if ([...label].length > TAG_CHARACTERS_MAX || /[\p{Cc}\u2028\u2029#]/u.test(label)) {
      throw new PublishProblem(
        "tag_form",
        `A tag has at most ${TAG_CHARACTERS_MAX} characters and no # inside: found “${
          label.slice(0, 80)
        }”.`,
      );
    }
    if (!kept.has(makeTagKey(label))) kept.set(makeTagKey(label), label);
  }
  if (kept.size <= TAGS_MAX) return [...kept.values()];
  throw new PublishProblem(
    "too_many_tags",
    `A piece has at most ${TAGS_MAX} tags: found ${kept.size}.`,
  );
}

/** Pictures with what their blobs say. Throws "unknown_picture" or "too_many_pictures". */
export function makePictures(
  db: Database,
  fields: readonly PictureField[],
  max: number,
): Picture[] {
  if (fields.length > max) {
    throw new PublishProblem(
      "too_many_pictures",
      `There can be ${max} pictures: found ${fields.length}.`,
    );
  }
  return fields.map((field) => makePicture(db, field));
}

/** One picture with what its blob says. Throws "unknown_picture". */
export function makePicture(db: Database, { hash, description }: PictureField): Picture {
  const blob = findKeptBlob(db, hash);
  if (blob === undefined) {
    throw new PublishProblem(
      "unknown_picture",
      "One of the pictures is not stored here any more: add it again.",
    );
  }
  // The closed list of types is decided where blobs are made; the protocol checks it again.
  const type = blob.type as Picture["type"];
  return { hash, type, bytes: blob.bytes, width: blob.width, height: blob.height, description };
}

/** The pictures that Markdown names, each once, in order. */
export function findMarkdownPictures(markdown: string): PictureField[] {
  const hashes = new Map<string, string>();
  for (const [, description = "", hash = ""] of markdown.matchAll(MARKDOWN_PICTURE)) {
    if (!hashes.has(hash)) hashes.set(hash, description);
  }
  for (const [, hash = ""] of markdown.matchAll(/\bblob:([0-9a-f]{64})\b/g)) {
    if (!hashes.has(hash)) hashes.set(hash, "");
  }
  return [...hashes].map(([hash, description]) => ({ hash, description }));
}

const MARKDOWN_PICTURE = /!\[([^\]\n]{0,1000})\]\(blob:([0-9a-f]{64})\b/g;

/** The signed date. Throws "date_form" for one that has no RFC 3339 form. */
export function makeTime(ms: number): string {
  // The years 0000 to 9999.
  if (ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999) return formatTime(Math.floor(ms));
  throw new PublishProblem("date_form", "A date must lie between the years 0 and 9999.");
}

/** A post's text. Throws "empty" or "text_too_long". */
export function checkText(text: string, pictures: number): string {
  const clean = makeClean(text).trim();
  if (isBlank(clean) && pictures === 0) {
    throw new PublishProblem("empty", "There is nothing to publish yet: write something.");
  }
  const characters = countCharacters(clean);
  if (characters <= POST_CHARACTERS_MAX) return clean;
  throw new PublishProblem(
    "text_too_long",
    `A post has at most ${POST_CHARACTERS_MAX} characters: found ${characters}. Make it shorter, or an article.`,
  );
}

/** One line that says something. Throws "title_missing" or "title_too_long". */
export function checkTitle(title: string): string {
  const clean = makeLine(title);
  if (isBlank(clean)) throw new PublishProblem("title_missing", "An article needs a title.");
  if (new TextEncoder().encode(clean).length > TITLE_BYTES_MAX) {
    throw new PublishProblem("title_too_long", "The title is too long: make it one line.");
  }
  return clean;
}

/** The owner's name. Throws "name_missing". */
export function checkName(name: string): string {
  const clean = makeLine(name);
  const isFit = !isBlank(clean) && new TextEncoder().encode(clean).length <= NAME_BYTES_MAX;
  if (isFit) return clean;
  throw new PublishProblem("name_missing", "A capsule needs a name of at most 256 bytes.");
}

/** An origin in its one spelling. Throws "address_form". */
export function checkOrigin(address: string): string {
  // The form lets "xn--" names through that no browser can open.
  const isFit: boolean = isAddress(address) && URL.canParse(address);
  if (isFit) return address;
  throw new PublishProblem(
    "address_form",
    `Expected an address such as https://capsule.example.org: found “${address.slice(0, 80)}”.`,
  );
}

/** A language tag. Throws "language_form". */
export function checkLanguage(language: string): string {
  if (/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/.test(language) && language.length <= 35) {
    return language;
  }
  throw new PublishProblem(
    "language_form",
    `Expected a language such as “en” or “pt-BR”: found “${language.slice(0, 40)}”.`,
  );
}

/** Text as it may be signed: whole characters, no U+0000, lines ended by LF, composed (NFC is left to the writer). */
export function makeClean(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd").replace(/\r\n?/g, "\n");
}

/** One line: white space and control characters become single spaces. */
export function makeLine(text: string): string {
  return makeClean(text).replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/** True for a text of which nothing would be seen: only space, control and format characters. */
function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Cf}]/u.test(text);
}

function countCharacters(text: string): number {
  // Never more graphemes than code units; short texts need no segmenter.
  if (text.length <= POST_CHARACTERS_MAX) return text.length;
  let count = 0;
  for (const _ of segmenter.segment(text)) count += 1;
  return count;
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
