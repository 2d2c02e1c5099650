/** What every kind of feed is made from: one value, three writers beside this file. @module */

/** A picture that belongs to an item, at a whole URL. */
export type FeedPicture = Readonly<{
  url: string;
  /** Media type. */
  type: string;
  bytes: number;
  /** Pixels. */
  width: number;
  height: number;
  description: string;
}>;

/** Somebody who wrote; `url` where there is one. */
export type FeedAuthor = Readonly<{ name: string; url: string | undefined }>;

/** One post or article. */
export type FeedItem = Readonly<{
  /** Stable and independent of any address: `urn:sha256:` and the hash of the log entry. */
  id: string;
  url: string;
  /** "" for a post: then the item has no title at all. */
  title: string;
  /** Safe HTML, every address in it whole; "" where there is no text. */
  html: string;
  /** Plain text, or "". */
  summary: string;
  language: string;
  publishedAtMs: number;
  /** `undefined` when it was never revised. */
  revisedAtMs: number | undefined;
  tags: readonly string[];
  authors: readonly FeedAuthor[];
  /** A post's pictures; an article's cover and those in its text. */
  pictures: readonly FeedPicture[];
  /** URL of an article's cover; `undefined` where there is none. */
  cover: string | undefined;
  /** Position in the author's log. */
  index: number;
  /** Hash of the log entry, hex. */
  hash: string;
  proofUrl: string;
}>;

/** One document of a feed. All URLs are whole. */
export type Feed = Readonly<{
  /** The same on every address of this capsule. */
  id: string;
  title: string;
  description: string;
  language: string;
  /** The page that shows the same. */
  pageUrl: string;
  /** This document. */
  selfUrl: string;
  /** The document that has the newest items. */
  firstUrl: string;
  /** The document with the items before these; `undefined` at the end. */
  olderUrl: string | undefined;
  /** What explains the fields of our own. */
  aboutUrl: string;
  /** True for every document but the first. */
  isArchive: boolean;
  iconUrl: string | undefined;
  faviconUrl: string;
  author: FeedAuthor;
  updatedAtMs: number;
  capsule: Readonly<{ id: string; size: number; root: string }>;
  items: readonly FeedItem[];
}>;
