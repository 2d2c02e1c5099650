/** Storing entries side by side with what came of their contents; plain posts, nearly all of a log, many at a time. @module */
import type { PostContent } from "../mesh/protocol/content.ts";
import { insertHeldContents } from "./contents.ts";
import { insertEntries, type StoredEntry } from "./entries.ts";
import type { Projection } from "./projection.ts";
import { showPosts } from "./shown_contents.ts";
import { countContent, findPlainPost, storeAbsence, storeContent } from "./stored_contents.ts";

/**
 * What came of an entry's content: its bytes, checked against the entry; or why there are none. That it was withdrawn is believed
 * only when an entry that says so is held; until then, and for a revision that went with its piece, it is missing.
 */
export type RunContent =
  | Uint8Array
  | "later"
  | "absent"
  | "takendown"
  | "too_long"
  | Readonly<{ withdrawnBy: number }>;

/** Entries that follow one another, none of which is here. */
export type EntryRun = Readonly<{
  /** Index of the first. */
  from: number;
  /** The entries in order. */
  entries: readonly StoredEntry[];
  /** The content of each entry, in the same order. */
  contents: readonly RunContent[];
  /** The contents as texts, from whoever decoded them already; undefined where it is no text. Only makes this faster. */
  texts?: readonly (string | undefined)[] | undefined;
}>;

/** Stores entries and contents and shows what they say. Throws RangeError for an entry that is out of its place. */
export function storeEntries(projection: Projection, run: EntryRun): void {
  const { db, log } = projection;
  const { from, entries, contents, texts } = run;
  const misplaced = entries.find(({ index }, i) => index !== from + i || contents[i] === undefined);
  if (misplaced !== undefined) {
    throw new RangeError(`Cannot store run: entry ${misplaced.index} is out of place`);
  }
  projection.prepare(from, from + entries.length);
  insertEntries(db, log, entries);
  projection.tally.entries += entries.length;
  let posts: PlainPost[] = [];
  // What is no plain post may be about those before it.
  const flush = () => {
    storePosts(projection, posts);
    posts = [];
  };
  for (const [i, entry] of entries.entries()) {
    const bytes = contents[i] as RunContent;
    if (!(bytes instanceof Uint8Array)) {
      flush();
      storeAbsence(projection, entry, bytes);
      continue;
    }
    const content = findPlainPost(projection, entry, bytes, texts?.[i]);
    if (content !== undefined) posts.push({ index: entry.index, hash: entry.hash, bytes, content });
    else {
      flush();
      storeContent(projection, entry, bytes, texts?.[i]);
    }
  }
  flush();
}

type PlainPost = Readonly<{
  index: number;
  hash: Uint8Array;
  bytes: Uint8Array;
  content: PostContent;
}>;

function storePosts(projection: Projection, posts: readonly PlainPost[]): void {
  insertHeldContents(projection.db, projection.log, posts);
  for (const { bytes } of posts) countContent(projection, bytes, 1);
  showPosts(projection, posts);
}
