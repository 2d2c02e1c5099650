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
import { findNewestHeld } from "./entries.ts";
import { deleteFollow, saveFollow } from "./follows.ts";
import { listNamedPictures, makeFields } from "./piece_fields.ts";
import { deletePiece, findPieceKey, insertPiece, updatePiece } from "./piece_writes.ts";
import { deleteProfile, findProfileIndex, saveProfile } from "./profiles.ts";
import type { Projection } from "./projection.ts";
import { deleteRevision, findRevised, insertRevision, type Revising } from "./revisions.ts";
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
      if (content.revises >= index) return;
      deleteRevision(db, log, makeRevising(index, content));
      return refreshPiece(projection, content.revises);
    case "profile":
      deleteBlobUses(db, log, index, listNamedPictures(content));
      if (findProfileIndex(db, log) === index) refreshProfile(projection);
      return;
    case "follow":
    case "unfollow":
      return deleteFollow(db, log, index, content);
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
  const slug = content.kind === "article" ? claimPaths(projection, index, content) : "";
  insertPiece(db, tally, { log, index, hash }, content, slug);
  insertBlobUses(db, log, index, listNamedPictures(content));
  if (projection.isRevised(index)) refreshPiece(projection, index);
}

/** A revision that comes before its piece waits for it. */
function showRevision(projection: Projection, index: number, content: ReviseContent): void {
  const { db, log } = projection;
  if (content.revises >= index) return;
  insertRevision(db, log, makeRevising(index, content));
  projection.addRevised(content.revises);
  insertBlobUses(db, log, index, listNamedPictures(content));
  refreshPiece(projection, content.revises);
}

function makeRevising(revision: number, content: ReviseContent): Revising {
  return { index: content.revises, kind: "text" in content ? "post" : "article", revision };
}

/** Gives a piece, if it is shown, the text of its newest version. */
function refreshPiece({ db, log, capsuleId, tally }: Projection, index: number): void {
  const key = findPieceKey(db, log, index);
  if (key === undefined) return;
  const { revisions, newest } = findRevised(db, log, index, key.kind);
  if (revisions === key.revisions && (newest ?? index) === key.textIndex) return;
  const textIndex = newest ?? index;
  const found = findContent(db, log, textIndex);
  const kind = newest === null ? key.kind : "revise";
  const content = found.state === "held" && decodeStoredContent(found.bytes, kind, capsuleId);
  if (!content || !("tags" in content)) return;
  updatePiece(db, tally, key, {
    textIndex,
    revisedAtMs: content.kind === "revise" ? parseTime(content.revisedAt) : null,
    revisions,
    fields: makeFields(content),
  });
}

/** Shows the newest profile that is still held and keeps every rule. */
function refreshProfile({ db, log, capsuleId }: Projection): void {
  let index = findNewestHeld(db, log, "profile", Number.MAX_SAFE_INTEGER);
  while (index !== undefined) {
    const found = findContent(db, log, index);
    const content = found.state === "held"
      ? decodeStoredContent(found.bytes, "profile", capsuleId)
      : undefined;
    if (content?.kind === "profile") return saveProfile(db, log, index, content);
    index = findNewestHeld(db, log, "profile", index);
  }
  deleteProfile(db, log);
}
