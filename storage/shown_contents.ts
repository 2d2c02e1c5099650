/** What one held content shows, and how it goes again: pieces, revisions, profile, follows (docs/protocol.md §10). @module */
import type {
  ArticleContent,
  Content,
  PostContent,
  ReviseContent,
} from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import { deleteBlobUses, insertBlobUses } from "./blobs.ts";
import { findContent } from "./contents.ts";
import { deleteFollow, saveFollow } from "./follows.ts";
import { listNamedPictures, makeFields } from "./piece_fields.ts";
import {
  deletePiece,
  findPieceKey,
  insertArticle,
  insertPosts,
  type PieceKey,
  updatePiece,
  updateRevisionCount,
} from "./piece_writes.ts";
import { findProfileIndex, saveProfile } from "./profiles.ts";
import type { Projection } from "./projection.ts";
import {
  countRevisions,
  deleteRevision,
  findNewestRevision,
  insertRevision,
  type Revising,
} from "./revisions.ts";
import { insertAliases, insertSlug } from "./slugs.ts";
import { decodeStoredContent } from "./stored_values.ts";

/** An entry whose content is shown or hidden. */
export type ShownEntry = Readonly<{
  /** Position in the log. */
  index: number;
  /** Leaf hash. */
  hash: Uint8Array;
}>;

/** Shows what a content says that just became held; a withdrawal is applied elsewhere. */
export function showContent(projection: Projection, entry: ShownEntry, content: Content): void {
  const { db, log } = projection;
  const { index } = entry;
  switch (content.kind) {
    case "post":
    case "article":
      return showPiece(projection, entry, content);
    case "revise":
      return showRevision(projection, index, content);
    case "profile": {
      insertBlobUses(db, log, index, listNamedPictures(content));
      if (projection.isProfileOld) return;
      const newest = findProfileIndex(db, log);
      if (newest === undefined || newest < index) saveProfile(db, log, index, content);
      return;
    }
    case "follow":
    case "unfollow":
      return saveFollow(db, log, index, content);
    case "address":
      projection.isAddressOld = true;
  }
}

/** Takes away what a content showed that is no longer held. */
export function hideContent(projection: Projection, index: number, content: Content): void {
  const { db, log, tally } = projection;
  switch (content.kind) {
    case "post":
    case "article": {
      deleteBlobUses(db, log, index, listNamedPictures(content));
      const key = findPieceKey(db, log, index);
      if (key !== undefined) deletePiece(db, tally, key);
      return;
    }
    case "revise":
      deleteBlobUses(db, log, index, listNamedPictures(content));
      if (content.revises < index) hideRevision(projection, index, content);
      return;
    case "profile":
      deleteBlobUses(db, log, index, listNamedPictures(content));
      if (findProfileIndex(db, log) === index) projection.isProfileOld = true;
      return;
    case "follow":
    case "unfollow":
      if (deleteFollow(db, log, index, content.follows)) projection.addOldFollow(content.follows);
      return;
    case "address":
      projection.isAddressOld = true;
  }
}

/** Keeps an article's paths for it, also while it is not shown: they lead to nothing else. */
export function claimPaths(projection: Projection, index: number, content: ArticleContent): string {
  const { db, log } = projection;
  if (content.aliases !== undefined) insertAliases(db, log, content.aliases, index);
  return insertSlug(db, log, content.slug, index);
}

function showPiece(
  projection: Projection,
  { index, hash }: ShownEntry,
  content: PostContent | ArticleContent,
): void {
  const { db, log, tally } = projection;
  if (content.kind === "article") {
    const slug = claimPaths(projection, index, content);
    insertArticle(db, tally, { log, index, hash, slug }, content);
    insertBlobUses(db, log, index, listNamedPictures(content));
  } else showPosts(projection, [{ index, hash, content }]);
  if (projection.isRevised(index)) refreshPiece(projection, index);
}

/** Shows posts as their originals are. */
export function showPosts(
  { db, log, tally }: Projection,
  posts: readonly (ShownEntry & Readonly<{ content: PostContent }>)[],
): void {
  insertPosts(db, tally, log, posts);
  for (const { index, content } of posts) {
    insertBlobUses(db, log, index, listNamedPictures(content));
  }
}

/** A revision that comes before its piece waits for it. */
function showRevision(projection: Projection, index: number, content: ReviseContent): void {
  const { db, log, tally } = projection;
  if (content.revises >= index) return;
  const revising = makeRevising(index, content);
  insertRevision(db, log, revising);
  projection.addRevised(content.revises);
  insertBlobUses(db, log, index, listNamedPictures(content));
  const key = findPieceKey(db, log, content.revises);
  if (key?.kind !== revising.kind) return;
  const revisions = key.revisions + 1;
  if (index < key.textIndex) return updateRevisionCount(db, key, revisions);
  updatePiece(db, tally, key, {
    textIndex: index,
    revisedAtMs: parseTime(content.revisedAt),
    revisions,
    fields: makeFields(content),
  });
}

/** The piece that it revised shows what is the newest now. Counts by one: an author may revise a piece very often. */
function hideRevision(projection: Projection, index: number, content: ReviseContent): void {
  const { db, log } = projection;
  const revising = makeRevising(index, content);
  deleteRevision(db, log, revising);
  const key = findPieceKey(db, log, content.revises);
  if (key?.kind !== revising.kind) return;
  const revisions = key.revisions - 1;
  if (key.textIndex !== index) return updateRevisionCount(db, key, revisions);
  const newest = findNewestRevision(db, log, content.revises, key.kind);
  showVersion(projection, key, { index: content.revises, newest, revisions });
}

function makeRevising(revision: number, content: ReviseContent): Revising {
  return { index: content.revises, kind: "text" in content ? "post" : "article", revision };
}

/** Gives a piece that just came the text of its newest revision, if any is here. */
function refreshPiece(projection: Projection, index: number): void {
  const { db, log } = projection;
  const key = findPieceKey(db, log, index);
  if (key === undefined) return;
  const newest = findNewestRevision(db, log, index, key.kind);
  if (newest === undefined) return;
  showVersion(projection, key, {
    index,
    newest,
    revisions: countRevisions(db, log, index, key.kind),
  });
}

/** Gives a piece the text of its newest revision, or of its own entry when there is none. */
function showVersion(
  { db, log, capsuleId, tally }: Projection,
  key: PieceKey,
  { index, newest, revisions }: Readonly<{
    index: number;
    newest: number | undefined;
    revisions: number;
  }>,
): void {
  const textIndex = newest ?? index;
  const found = findContent(db, log, textIndex);
  const kind = newest === undefined ? key.kind : "revise";
  const content = found.state === "held" && decodeStoredContent(found.bytes, kind, capsuleId);
  if (!content || !("tags" in content)) return;
  updatePiece(db, tally, key, {
    textIndex,
    revisedAtMs: content.kind === "revise" ? parseTime(content.revisedAt) : null,
    revisions,
    fields: makeFields(content),
  });
}
