/** One piece on its way in: known by its date and key first, loaded when its turn comes. @module */
import { createHash } from "node:crypto";
import type { Picture, Reference, Reply } from "../../mesh/protocol/content.ts";

/** A piece ready to be published. Fields as `publishPost` and `publishArticle` take them. */
export type LoadedPiece =
  | Readonly<{
    kind: "post";
    publishedAtMs: number;
    language?: string;
    text: string;
    tags: string[];
    pictures: Picture[];
    reply?: Reply;
    quote?: Reference;
  }>
  | Readonly<{
    kind: "article";
    publishedAtMs: number;
    language?: string;
    title: string;
    slug: string;
    summary: string;
    cover?: Picture;
    tags: string[];
    markdown: string;
    pictures: Picture[];
    isPage?: true;
    aliases: string[];
    authors: string[];
  }>;

/** What an import sorts, skips and loads. */
export type Candidate = Readonly<{
  /** A file below the folder, or an item of a feed: for people. */
  source: string;
  /** 32 bytes, the same at every import of the same piece. */
  key: Uint8Array;
  /** Unix milliseconds. */
  dateMs: number;
  isDraft: boolean;
  /** Reads the piece; `undefined` when there is nothing to publish (the problem is noted). */
  load: () => Promise<LoadedPiece | undefined>;
}>;

/** Everything that an archive holds, the oldest first. */
export type Candidates = Iterable<Candidate> & Readonly<{ length: number }>;

/** The key of a piece: a hash of what names it where it came from. */
export function makeSourceKey(...parts: readonly string[]): Uint8Array {
  return new Uint8Array(createHash("sha256").update(JSON.stringify(parts)).digest());
}
