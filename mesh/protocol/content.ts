/** Contents: the JSON that an entry names by hash (docs/protocol.md §10). */
import { sha256 } from "@noble/hashes/sha2.js";
import { readers } from "./content_reader.ts";
import type { Entry } from "./entry.ts";
import { ProtocolError } from "./errors.ts";
import { decodeJsonObject } from "./json.ts";
import { CONTENT_DEPTH_MAX, contentBytesMax } from "./limits.ts";
import { decodeUtf8, encodeUtf8, equalBytes } from "./text.ts";

/** A picture that a content shows. */
export type Picture = Readonly<{
  /** SHA-256 of the blob, 64 hex digits. */
  hash: string;
  /** What the blob's bytes are. */
  type: "image/jpeg" | "image/png" | "image/webp" | "image/avif" | "image/gif";
  /** Length of the blob, 1 to 16 MiB. */
  bytes: number;
  /** Pixels, 1 to 65,535. */
  width: number;
  /** Pixels, 1 to 65,535. */
  height: number;
  /** For people who do not see it; may be empty. */
  description: string;
}>;

/** Names an entry of any log. */
export type Reference = Readonly<{
  /** The log's capsule id. */
  capsule: string;
  /** The entry's leaf hash, 64 hex digits. */
  hash: string;
  /** Where the capsule was reached: a hint that only the owner's own act follows. */
  address: string;
}>;

/** What a reply answers: the post that began the conversation, and the one right above. */
export type Reply = Readonly<{
  /** The first post of the conversation. */
  root: Reference;
  /** The post that is answered. */
  parent: Reference;
}>;

/** A link on a profile. */
export type ProfileLink = Readonly<{
  /** What people read. */
  label: string;
  /** An absolute `https:`, `http:` or `mailto:` URL. */
  url: string;
}>;

/** What every content begins with. */
export type ContentBase = Readonly<{
  /** The author's capsule id. */
  capsule: string;
  /** 16 random bytes, 32 hex digits: makes the hash of a withdrawn content unguessable. */
  salt: string;
}>;

/** A short text, up to 8 pictures. */
export type PostContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "post";
    /** RFC 3339 UTC with milliseconds. */
    publishedAt: string;
    /** BCP 47 language tag. */
    language: string;
    /** Plain text. */
    text: string;
    /** At most 8. */
    pictures: readonly Picture[];
    /** NFC, without `#`. */
    tags: readonly string[];
    /** Absent when it answers nothing. */
    reply?: Reply;
    /** Absent when it quotes nothing. */
    quote?: Reference;
  }>;

/** A long text in Markdown. */
export type ArticleContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "article";
    /** RFC 3339 UTC with milliseconds. */
    publishedAt: string;
    /** BCP 47 language tag. */
    language: string;
    /** One line. */
    title: string;
    /** Last part of its path; never changes. */
    slug: string;
    /** Plain text, may be empty. */
    summary: string;
    /** Absent when there is none. */
    cover?: Picture;
    /** NFC, without `#`. */
    tags: readonly string[];
    /** Markdown source; pictures are `![description](blob:<64 hex>)`. */
    markdown: string;
    /** At most 64: the blobs that the Markdown names. */
    pictures: readonly Picture[];
    /** Present on pages that stand outside the lists. */
    isPage?: true;
    /** Old paths that lead here, each beginning with `/`. */
    aliases?: readonly string[];
    /** Names of several authors. */
    authors?: readonly string[];
  }>;

/** What both forms of a revision share. */
export type RevisionBase =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "revise";
    /** Index of the post or article in the same log. */
    revises: number;
    /** RFC 3339 UTC with milliseconds. */
    revisedAt: string;
    /** Why, one line; absent when not said. */
    note?: string;
    /** BCP 47 language tag. */
    language: string;
    /** NFC, without `#`. */
    tags: readonly string[];
    /** As in what it revises. */
    pictures: readonly Picture[];
  }>;

/** The new whole of a post. */
export type PostRevision =
  & RevisionBase
  & Readonly<{
    /** Plain text. */
    text: string;
  }>;

/** The new whole of an article; slug, date, `isPage` and aliases stay. */
export type ArticleRevision =
  & RevisionBase
  & Readonly<{
    /** One line. */
    title: string;
    /** Plain text, may be empty. */
    summary: string;
    /** Absent when there is none. */
    cover?: Picture;
    /** Markdown source. */
    markdown: string;
    /** Names of several authors. */
    authors?: readonly string[];
  }>;

/** A revision; `"text" in content` tells a post's from an article's. */
export type ReviseContent = PostRevision | ArticleRevision;

/** The author's wish that the content of an earlier entry be gone. */
export type WithdrawContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "withdraw";
    /** Index of the entry in the same log. */
    withdraws: number;
  }>;

/** Kinds of entries that their author can withdraw (docs/protocol.md §10.5). */
export const WITHDRAWABLE_KINDS: readonly string[] = [
  "post",
  "article",
  "revise",
  "profile",
  "repost",
];

/** Who the author is. */
export type ProfileContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "profile";
    /** Not empty. */
    name: string;
    /** One line, may be empty. */
    line: string;
    /** Markdown, may be empty. */
    about: string;
    /** BCP 47 language tag. */
    language: string;
    /** Absent when there is none. */
    picture?: Picture;
    /** At most 32. */
    links: readonly ProfileLink[];
    /** Index of the pinned piece; absent when none is. */
    pinned?: number;
  }>;

/** Where the capsule is reached from now on. */
export type AddressContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "address";
    /** An origin. */
    address: string;
  }>;

/** The author follows another capsule, openly. */
export type FollowContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "follow";
    /** Id of the other capsule. */
    follows: string;
    /** Where it was reached: a hint. */
    address: string;
  }>;

/** The author follows it no more. */
export type UnfollowContent =
  & ContentBase
  & Readonly<{
    /** Not in the JSON: the entry's kind. */
    kind: "unfollow";
    /** Id of the other capsule. */
    follows: string;
  }>;

/** A content of a kind that this version shows. */
export type Content =
  | PostContent
  | ArticleContent
  | ReviseContent
  | WithdrawContent
  | ProfileContent
  | AddressContent
  | FollowContent
  | UnfollowContent;

/**
 * Encodes a content for our own log: names in the order of docs/protocol.md §10, no white space. Throws
 * `ProtocolError` `content_form` when readers would not show it, `content_too_long`, `utf8_form`.
 */
export function encodeContent(content: Content): Uint8Array {
  const written = decodeContent(encodeJson(content), content.kind);
  if (written === undefined) {
    throw new ProtocolError("content_form", `Cannot encode ${content.kind}: would not be shown`);
  }
  return encodeJson(written);
}

/**
 * Decodes a content of this kind; `undefined` when the kind is unknown or a rule about it is broken: it is
 * kept and passed on, and not shown. With `capsuleId` it must name that capsule as its author.
 * Unknown fields are left out. Throws `ProtocolError` only for what is refused:
 * `content_too_long`, `utf8_form`. docs/protocol.md §10.
 */
export function decodeContent(
  bytes: Uint8Array,
  kind: string,
  capsuleId?: string,
): Content | undefined {
  checkContentSize(bytes, kind);
  return decodeContentText(decodeUtf8(bytes), kind, capsuleId);
}

/** The same for the text of bytes whose size was checked before. */
export function decodeContentText(
  text: string,
  kind: string,
  capsuleId?: string,
): Content | undefined {
  const read = Object.hasOwn(readers, kind) ? readers[kind as Content["kind"]] : undefined;
  const fields = read === undefined ? undefined : decodeJsonObject(text, CONTENT_DEPTH_MAX);
  const content = fields === undefined ? undefined : read?.(fields);
  return capsuleId === undefined || content?.capsule === capsuleId ? content : undefined;
}

/**
 * Checks bytes against the entry that names them. Throws `ProtocolError` `content_too_long`,
 * `content_mismatch` (length or hash) or `utf8_form`: exactly what a content is refused for.
 */
export function verifyContent(bytes: Uint8Array, entry: Entry): void {
  checkContentSize(bytes, entry.kind);
  if (bytes.length !== entry.contentBytes || !equalBytes(sha256(bytes), entry.contentHash)) {
    throw new ProtocolError("content_mismatch", `Cannot verify content of entry ${entry.index}`);
  }
  decodeUtf8(bytes);
}

function checkContentSize(bytes: Uint8Array, kind: string): void {
  if (bytes.length > contentBytesMax(kind)) {
    throw new ProtocolError("content_too_long", `Cannot use content: ${bytes.length} bytes`);
  }
}

function encodeJson({ kind: _kind, ...fields }: Content): Uint8Array {
  return encodeUtf8(JSON.stringify(fields));
}
