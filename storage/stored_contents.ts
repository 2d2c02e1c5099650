/** Storing contents, and the withdrawals among them, in any order (docs/protocol.md §10.5). @module */
import {
  type Content,
  decodeContent,
  decodeContentText,
  type PostContent,
  WITHDRAWABLE_KINDS,
} from "../mesh/protocol/content.ts";
import {
  deleteContent,
  findStoredContent,
  insertContent,
  listHiddenBy,
  updateContent,
  updateHidingEntry,
} from "./contents.ts";
import {
  deleteMissingContent,
  insertMissingContent,
  type MissingReason,
} from "./missing_contents.ts";
import type { Projection } from "./projection.ts";
import { listRevising } from "./revisions.ts";
import { claimPaths, hideContent, showContent } from "./shown_contents.ts";
import { decodeStoredContent } from "./stored_values.ts";
import { isRefused } from "./refused_contents.ts";

/** An entry that was just stored. */
export type AppliedEntry = Readonly<{
  /** Position in the log. */
  index: number;
  /** What its content is. */
  kind: string;
  /** Leaf hash. */
  hash: Uint8Array;
  /** Its lines. */
  bytes: Uint8Array;
}>;

/**
 * The post that an entry's content is, if nothing here is about it: no withdrawal, no revision, no takedown. All that there is to do
 * with it is to store and to show it. Undefined for everything else.
 */
export function findPlainPost(
  projection: Projection,
  entry: AppliedEntry,
  bytes: Uint8Array,
  text?: string,
): PostContent | undefined {
  const { index, kind } = entry;
  if (kind !== "post" || projection.isRevised(index)) return undefined;
  if (projection.findWithdrawal(index) !== undefined) return undefined;
  const content = decode(projection, kind, bytes, text);
  if (content?.kind !== "post") return undefined;
  return projection.hasTakedowns && isRefused(projection, entry, content) ? undefined : content;
}

function decode(
  { capsuleId }: Projection,
  kind: string,
  bytes: Uint8Array,
  text?: string,
): Content | undefined {
  return text === undefined
    ? decodeContent(bytes, kind, capsuleId)
    : decodeContentText(text, kind, capsuleId);
}

/**
 * Stores the content of an entry that has none yet and shows what it says; hidden from the first moment where it was withdrawn,
 * refused where it was taken down. A content that breaks a rule, or is of an unknown kind, changes nothing that is shown.
 */
export function storeContent(
  projection: Projection,
  entry: AppliedEntry,
  bytes: Uint8Array,
  text?: string,
): void {
  const { db, log, day } = projection;
  const { index, kind } = entry;
  const content = decode(projection, kind, bytes, text);
  if (projection.hasTakedowns && isRefused(projection, entry, content)) {
    return storeTakenDown(projection, index);
  }
  const by = findHiding(projection, index, kind, content);
  if (!isPiece(kind)) revealMistaken(projection, index);
  if (by === undefined) {
    insertContent(db, log, index, { state: "held", bytes });
    countContent(projection, bytes, 1);
    if (content !== undefined) show(projection, entry, content);
    return;
  }
  insertContent(db, log, index, { state: "withdrawn", bytes, by, day });
  if (content?.kind === "article") claimPaths(projection, index, content);
}

/**
 * Records that an entry came without its content; one that an entry here withdraws needs none. That a revision went with its piece
 * nobody can see without its bytes: it counts as missing, so that no source can make one vanish by saying so (P4).
 */
export function storeAbsence(
  projection: Projection,
  { index, kind }: AppliedEntry,
  absence: Exclude<MissingReason, "withdrawn"> | Readonly<{ withdrawnBy: number }>,
): void {
  const { db, log, day } = projection;
  const by = findHiding(projection, index, kind, undefined);
  if (!isPiece(kind)) revealMistaken(projection, index);
  if (by !== undefined) {
    insertContent(db, log, index, { state: "erased", bytes: null, by, day });
  } else {
    insertMissingContent(db, log, index, typeof absence === "object" ? "withdrawn" : absence);
  }
}

/** A content that was taken down here: its row stays empty, and its revisions' too. */
export function storeTakenDown(projection: Projection, index: number): void {
  const { db, log } = projection;
  const row = findStoredContent(db, log, index);
  deleteMissingContent(db, log, index);
  if (row === undefined) {
    insertContent(db, log, index, { state: "takendown", bytes: null });
  } else if (row.state !== "takendown") {
    updateContent(db, log, index, { state: "takendown", bytes: null });
    if (row.state === "held") unshow(projection, index, row.bytes);
  }
  for (const revision of listRevising(db, log, index)) storeTakenDown(projection, revision);
}

/** Takes an entry's content away with everything that it shows or hides; answers its bytes, null when they were not here. */
export function removeContent(
  projection: Projection,
  index: number,
): Uint8Array | null {
  const { db, log } = projection;
  const row = findStoredContent(db, log, index);
  deleteMissingContent(db, log, index);
  if (row === undefined) return null;
  deleteContent(db, log, index);
  if (row.state === "held") unshow(projection, index, row.bytes);
  return row.bytes;
}

/** Counts a held content, and shows it or does what it orders. */
function show(projection: Projection, entry: Omit<AppliedEntry, "bytes">, content: Content): void {
  if (content.kind !== "withdraw") return showContent(projection, entry, content);
  if (content.withdraws < entry.index) applyWithdrawal(projection, content.withdraws, entry.index);
}

/** The opposite of `show`, for bytes that were held until now. */
function unshow(projection: Projection, index: number, bytes: Uint8Array): void {
  const { capsuleId } = projection;
  countContent(projection, bytes, -1);
  const content = decodeStoredContent(bytes, findEntryOf(projection, index).kind, capsuleId);
  if (content === undefined) return;
  if (content.kind !== "withdraw") return hideContent(projection, index, content);
  if (content.withdraws < index) undoWithdrawal(projection, content.withdraws, index);
}

/** Counts a content that is held from now on, or no longer. */
export function countContent({ tally }: Projection, bytes: Uint8Array, change: 1 | -1): void {
  tally.contents += change;
  tally.contentBytes += change * bytes.length;
}

/** The entry that hides a content: its own withdrawal, else, for a revision, that of its piece; the lowest of several. */
function findHiding(
  projection: Projection,
  index: number,
  kind: string,
  content: Content | undefined,
): number | undefined {
  if (!WITHDRAWABLE_KINDS.includes(kind)) return undefined;
  const own = projection.findWithdrawal(index);
  if (own !== undefined || content?.kind !== "revise" || content.revises >= index) return own;
  const by = projection.findWithdrawal(content.revises);
  return by !== undefined && isPiece(findKind(projection, content.revises)) ? by : undefined;
}

/** What is not here yet may be a piece: its revisions are hidden until that is known. */
function isPiece(kind: string | undefined): boolean {
  return kind === undefined || kind === "post" || kind === "article";
}

/** What says that it revises an entry which turns out to be no piece is not withdrawn with it. */
function revealMistaken(projection: Projection, target: number): void {
  const by = projection.findWithdrawal(target);
  if (by === undefined) return;
  for (const index of listHiddenBy(projection.db, projection.log, by)) {
    if (index !== target) revealAt(projection, { index, target });
  }
}

/** Withdraws the entry at `target`, and its revisions: they hold nearly the same words. */
function applyWithdrawal(projection: Projection, target: number, by: number): void {
  const { db, log } = projection;
  const known = projection.findWithdrawal(target);
  projection.insertWithdrawal(target, by);
  if (known !== undefined && known < by) return;
  const kind = findKind(projection, target);
  if (kind !== undefined && WITHDRAWABLE_KINDS.includes(kind)) hide(projection, target, by);
  const revisions = isPiece(kind) ? listRevising(db, log, target) : [];
  for (const revision of revisions) hide(projection, revision, by);
  if (known !== undefined) updateHidingEntry(db, log, known, by);
}

/** Hides one content at once; its bytes are set aside. */
function hide(projection: Projection, index: number, by: number): void {
  const { db, log, day } = projection;
  const row = findStoredContent(db, log, index);
  switch (row?.state) {
    case undefined:
      deleteMissingContent(db, log, index);
      return insertContent(db, log, index, { state: "erased", bytes: null, by, day });
    case "held":
      updateContent(db, log, index, { state: "withdrawn", bytes: row.bytes, by, day });
      return unshow(projection, index, row.bytes);
    case "withdrawn":
    case "erased":
      updateContent(db, log, index, { ...row, by });
  }
}

/** Undoes a withdrawal that a newer cut leaves out: what it hid is shown again, or asked for again where it was erased. */
function undoWithdrawal(projection: Projection, target: number, by: number): void {
  const { db, log } = projection;
  projection.deleteWithdrawal(target, by);
  for (const index of listHiddenBy(db, log, by)) revealAt(projection, { index, target });
}

type Hidden = Readonly<{ index: number; target: number }>;

function revealAt(projection: Projection, { index, target }: Hidden): void {
  const { db, log, capsuleId } = projection;
  const row = findStoredContent(db, log, index);
  if (row?.state !== "withdrawn" && row?.state !== "erased") return;
  const entry = findEntryOf(projection, index);
  const content = row.bytes === null
    ? undefined
    : decodeStoredContent(row.bytes, entry.kind, capsuleId);
  const isUnread = row.bytes === null && entry.kind === "revise";
  const by = findHiding(projection, index, entry.kind, content) ??
    (isUnread ? projection.findWithdrawal(target) : undefined);
  if (by !== undefined) return updateContent(db, log, index, { ...row, by });
  if (row.bytes === null) {
    deleteContent(db, log, index);
    return insertMissingContent(db, log, index, "later");
  }
  updateContent(db, log, index, { state: "held", bytes: row.bytes });
  countContent(projection, row.bytes, 1);
  if (content !== undefined) show(projection, { index, ...entry }, content);
}

function findEntryOf({ db, log }: Projection, index: number): { kind: string; hash: Uint8Array } {
  return db.prepare("select kind, hash from entries where log = ? and n = ?").get(log, index) as {
    kind: string;
    hash: Uint8Array;
  };
}

function findKind({ db, log }: Projection, index: number): string | undefined {
  const row = db.prepare("select kind from entries where log = ? and n = ?").get(log, index) as
    | { kind: string }
    | undefined;
  return row?.kind;
}
