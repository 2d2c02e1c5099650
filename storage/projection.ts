/** From the log to what pages read: applies one entry at a time, for own logs and all others alike. @module */
import {
  type ArticleContent,
  type Content,
  decodeContent,
  type PostContent,
  type ReviseContent,
  WITHDRAWABLE_KINDS,
} from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import { deleteBlobUses, insertBlobUses } from "./blobs.ts";
import { updateCapsuleAddress } from "./capsules.ts";
import { findContent, updateContentWithdrawn } from "./contents.ts";
import type { Database } from "./database.ts";
import { findNewestHeld } from "./entries.ts";
import { listPictureHashes, makeFields } from "./piece_fields.ts";
import { deletePiece, findPieceKey, insertPiece, updatePiece } from "./piece_writes.ts";
import { deleteProfile, saveProfile } from "./profiles.ts";
import {
  countRevisions,
  deleteRevision,
  findNewestRevision,
  insertRevision,
  listRevisionIndexes,
} from "./revisions.ts";
import { countRunningDays } from "./running_days.ts";
import { insertAliases, insertSlug } from "./slugs.ts";
import { decodeStoredContent } from "./stored_values.ts";

/** What applying needs to know of the log. */
export type Projection = Readonly<{
  /** Local number. */
  log: number;
  /** Its author, whom every content must name. */
  capsuleId: string;
  /** The capsule's time zone, for the archive. */
  timeZone: string;
}>;

/** An entry that was just stored, with its content stored too. */
export type AppliedEntry = Readonly<{
  /** Position in the log. */
  index: number;
  /** What its content is. */
  kind: string;
  /** Leaf hash. */
  hash: Uint8Array;
}>;

/**
 * Applies one entry. A content that breaks a rule, or is of an unknown kind, changes nothing that is shown
 * (docs/protocol.md, contents). Runs inside the transaction that stores the entry.
 */
export function applyEntry(
  db: Database,
  projection: Projection,
  entry: AppliedEntry,
  bytes: Uint8Array,
): void {
  const content = decodeContent(bytes, entry.kind, projection.capsuleId);
  if (content === undefined) return;
  const { log } = projection;
  switch (content.kind) {
    case "post":
    case "article":
      applyPiece(db, projection, entry, content);
      return;
    case "revise":
      applyRevision(db, projection, entry.index, content);
      return;
    case "withdraw":
      if (content.withdraws < entry.index) {
        applyWithdrawal(db, projection, content.withdraws, entry.index);
      }
      return;
    case "profile":
      saveProfile(db, log, entry.index, content);
      insertBlobUses(db, log, entry.index, listPictureHashes(content));
      return;
    case "address":
      updateCapsuleAddress(db, log, content.address);
  }
}

function applyPiece(
  db: Database,
  { log, timeZone }: Projection,
  { index, hash }: AppliedEntry,
  content: PostContent | ArticleContent,
): void {
  const slug = content.kind === "article" ? insertSlug(db, log, content.slug, index) : "";
  if (content.kind === "article") insertAliases(db, log, content.aliases ?? [], index);
  insertPiece(db, { log, index, hash, timeZone }, content, slug);
  insertBlobUses(db, log, index, listPictureHashes(content));
}

function applyRevision(
  db: Database,
  { log, capsuleId }: Projection,
  index: number,
  content: ReviseContent,
): void {
  if (content.revises >= index) return;
  const key = findPieceKey(db, log, content.revises);
  if (key === undefined) {
    hideLateRevision(db, log, content.revises, index);
    return;
  }
  const kind = "text" in content ? "post" : "article";
  if (key.kind !== kind) return;
  insertRevision(db, log, content.revises, index);
  insertBlobUses(db, log, index, listPictureHashes(content));
  refreshPiece(db, log, capsuleId, content.revises);
}

/** A revision of a withdrawn piece is hidden with it; one of anything else is kept, and not shown. */
function hideLateRevision(db: Database, log: number, revised: number, index: number): void {
  const kind = findKind(db, log, revised);
  if (kind !== "post" && kind !== "article") return;
  const found = findContent(db, log, revised);
  if (found.state !== "withdrawn") return;
  updateContentWithdrawn(db, log, index, found.by, countRunningDays(db));
}

/** Withdraws the entry at `index` by the one at `by`: hidden at once, its bytes set aside. */
function applyWithdrawal(db: Database, projection: Projection, index: number, by: number): void {
  const { log, capsuleId } = projection;
  const kind = findKind(db, log, index);
  if (kind === undefined || !WITHDRAWABLE_KINDS.includes(kind)) return;
  const content = setAside(db, projection, index, kind, by);
  if (kind === "post" || kind === "article") {
    withdrawPiece(db, projection, index, by);
  } else if (content?.kind === "revise") {
    deleteRevision(db, log, content.revises, index);
    refreshPiece(db, log, capsuleId, content.revises);
  } else if (kind === "profile") {
    refreshProfile(db, projection);
  }
}

/** Sets a content and its pictures aside; answers what it was, when it was shown until now. */
function setAside(
  db: Database,
  { log, capsuleId }: Projection,
  index: number,
  kind: string,
  by: number,
): Content | undefined {
  const found = findContent(db, log, index);
  if (found.state !== "held") return undefined;
  const content = decodeStoredContent(found.bytes, kind, capsuleId);
  updateContentWithdrawn(db, log, index, by, countRunningDays(db));
  if (content !== undefined) deleteBlobUses(db, log, index, listPictureHashes(content));
  return content;
}

/** A piece goes with all of its revisions: they hold nearly the same words. */
function withdrawPiece(db: Database, projection: Projection, index: number, by: number): void {
  const { log, timeZone } = projection;
  const key = findPieceKey(db, log, index);
  if (key === undefined) return;
  deletePiece(db, key, timeZone);
  let revisions = listRevisionIndexes(db, log, index);
  while (revisions.length > 0) {
    for (const revision of revisions) {
      setAside(db, projection, revision, "revise", by);
      deleteRevision(db, log, index, revision);
    }
    revisions = listRevisionIndexes(db, log, index);
  }
}

/** Gives a piece the text of its newest shown version. */
function refreshPiece(db: Database, log: number, capsuleId: string, index: number): void {
  const key = findPieceKey(db, log, index);
  if (key === undefined) return;
  const revision = findNewestRevision(db, log, index);
  const textIndex = revision ?? index;
  const kind = revision === undefined ? key.kind : "revise";
  const found = findContent(db, log, textIndex);
  const content = found.state === "held" && decodeStoredContent(found.bytes, kind, capsuleId);
  if (!content || !("tags" in content)) return;
  updatePiece(db, key, {
    textIndex,
    revisedAtMs: content.kind === "revise" ? parseTime(content.revisedAt) : null,
    revisions: countRevisions(db, log, index),
    fields: makeFields(content),
  });
}

/** Shows the newest profile that is still held and keeps every rule. */
function refreshProfile(db: Database, { log, capsuleId }: Projection): void {
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

function findKind(db: Database, log: number, index: number): string | undefined {
  const row = db.prepare("select kind from entries where log = ? and n = ?").get(log, index) as
    | { kind: string }
    | undefined;
  return row?.kind;
}
