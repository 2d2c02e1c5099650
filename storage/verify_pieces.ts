/** Verifies what pages read against the content it was made from, one entry at a time. @module */
import {
  type ArticleContent,
  type Content,
  decodeContent,
  type PostContent,
  type ReviseContent,
} from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import { fromHex } from "../mesh/protocol/hex.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import { listPictureHashes, type TextContent } from "./piece_fields.ts";
import { minId } from "./piece_ids.ts";
import { makeOpening } from "./piece_rows.ts";
import type { VerifiedLog } from "./verify_report.ts";
import type { TaggedRow } from "./verify_tags.ts";

/** What was found of a log so far. */
export type Tally = {
  /** Rows of pieces. */
  pieces: number;
  /** Revisions, also of pieces that are not shown. */
  revisions: number;
  /** Revisions of shown pieces. */
  shownRevisions: number;
  /** Uses of pictures. */
  uses: number;
};

type PieceRow = Readonly<{
  id: number;
  hash: Uint8Array;
  kind: string;
  isPage: number;
  publishedAtMs: number;
  revisedAtMs: number | null;
  revisions: number;
  textIndex: number;
  language: string;
  title: string;
  slug: string;
  summary: string;
  text: string;
  tags: string;
  pictures: string;
  cover: string | null;
  authors: string;
  reply: string | null;
  quote: string | null;
}>;

type Entry = Readonly<{ index: number; hash: Uint8Array; kind: string; bytes: Uint8Array }>;

/** One log, and what was found of it. */
type Walk = Readonly<{ verified: VerifiedLog; tally: Tally; place: string }>;

/** Compares what one entry's held content says with what is shown; answers its piece if that has tags. */
export function verifyContent(
  verified: VerifiedLog,
  tally: Tally,
  index: number,
): TaggedRow | undefined {
  const { db, log, capsuleId } = verified;
  const entry = db.prepare(
    `select e.n as "index", e.hash, e.kind, c.bytes from entries e
     join contents c on c.log = e.log and c.n = e.n where e.log = ? and e.n = ?`,
  ).get(log, index) as Entry;
  const walk = { verified, tally, place: `Log ${log}, entry ${index}` };
  if (entry.kind === "post" || entry.kind === "article") return verifyPiece(walk, entry);
  const content = decodeContent(entry.bytes, entry.kind, capsuleId);
  if (content === undefined) return undefined;
  verifyUses(walk, index, content);
  if (content.kind === "revise") verifyRevision(walk, index, content);
  return undefined;
}

function findRow({ db, log }: VerifiedLog, index: number): PieceRow | undefined {
  return db.prepare(
    `select id, hash, kind, is_page as isPage, published_at_ms as publishedAtMs,
     revised_at_ms as revisedAtMs, revisions, text_n as textIndex, language, title, slug, summary, text,
     tags, pictures, cover, authors, reply, quote from pieces where log = ? and n = ?`,
  ).get(log, index) as PieceRow | undefined;
}

function verifyPiece({ verified, tally, place }: Walk, entry: Entry): TaggedRow | undefined {
  const { capsuleId, report } = verified;
  const { index } = entry;
  const row = findRow(verified, index);
  if (row !== undefined) tally.pieces += 1;
  const content = decodeContent(entry.bytes, entry.kind, capsuleId);
  if (content?.kind !== "post" && content?.kind !== "article") {
    report.check(row === undefined, `${place}: a piece is shown that should not be`);
    return undefined;
  }
  verifyUses({ verified, tally, place }, index, content);
  if (row === undefined) {
    report.add(`${place}: its piece is not shown`);
    return undefined;
  }
  report.check(isSamePiece(row, entry, content), `${place}: the piece shown is another`);
  if (row.revisions === 0) {
    const isText = row.textIndex === index && row.revisedAtMs === null && isSameText(row, content);
    report.check(isText, `${place}: the piece shows another text`);
  }
  if (content.kind === "article") verifyPaths({ verified, tally, place }, index, row, content);
  const isTagged = row.isPage === 0 && row.tags !== "[]";
  return isTagged ? { index, id: row.id, kind: row.kind, tags: row.tags } : undefined;
}

function verifyUses({ verified, tally, place }: Walk, index: number, content: Content): void {
  if (!("pictures" in content || "picture" in content)) return;
  const { db, log, report } = verified;
  const isShown = content.kind !== "revise" || content.revises < index;
  const hashes = isShown ? new Set(listPictureHashes(content)) : [];
  const find = db.prepare("select 1 from blob_uses where hash = ? and log = ? and n = ?");
  for (const hash of hashes) {
    tally.uses += 1;
    const use = find.get(fromHex(hash), log, index);
    report.check(use !== undefined, `${place}: its use of a picture is not recorded`);
  }
}

function verifyRevision({ verified, tally, place }: Walk, index: number, content: ReviseContent) {
  const { db, log, report } = verified;
  const row = findRow(verified, content.revises);
  const kind = "text" in content ? "post" : "article";
  const isSaved = db.prepare(
    "select 1 from revisions where log = ? and n = ? and kind = ? and revision_n = ?",
  ).get(log, content.revises, kind, index) !== undefined;
  report.check(isSaved === content.revises < index, `${place}: revision`);
  if (isSaved) tally.revisions += 1;
  if (content.revises >= index || row?.kind !== kind) return;
  tally.shownRevisions += 1;
  report.check(row.textIndex >= index, `${place}: an older revision is shown`);
  if (row.textIndex !== index) return;
  report.check(isSameText(row, content), `${place}: the piece it revises shows another text`);
  const isDate = row.revisedAtMs === parseTime(content.revisedAt);
  report.check(isDate, `${place}: the piece it revises shows another date`);
}

function verifyPaths(
  { verified, place }: Walk,
  index: number,
  row: PieceRow,
  { aliases }: ArticleContent,
): void {
  const { db, log, report } = verified;
  const slug = db.prepare("select n from slugs where log = ? and slug = ?").get(log, row.slug) as
    | { n: number }
    | undefined;
  report.check(slug?.n === index, `${place}: its slug leads elsewhere`);
  const find = db.prepare("select 1 from aliases where log = ? and path = ? and n = ?");
  for (const path of aliases ?? []) {
    const isKept = find.get(log, path, index) !== undefined;
    report.check(isKept, `${place}: its old path ${path} leads elsewhere`);
  }
}

function isSamePiece(row: PieceRow, entry: Entry, content: PostContent | ArticleContent): boolean {
  const publishedAtMs = Date.parse(content.publishedAt);
  const isPage = "isPage" in content && content.isPage === true;
  return row.kind === entry.kind && (row.kind === "article" || row.slug === "") &&
    row.publishedAtMs === publishedAtMs &&
    row.isPage === (isPage ? 1 : 0) && equalBytes(row.hash, entry.hash) &&
    isSameOptional(row.reply, "reply" in content ? content.reply : undefined) &&
    isSameOptional(row.quote, "quote" in content ? content.quote : undefined) &&
    row.id >= minId(publishedAtMs);
}

function isSameText(row: PieceRow, content: TextContent): boolean {
  const isShared = row.language === content.language &&
    isSameJson(row.tags, content.tags) && isSameJson(row.pictures, content.pictures);
  if ("text" in content) return isShared && isBare(row) && row.text === content.text;
  return isShared && row.title === content.title && row.summary === content.summary &&
    row.text === makeOpening(content.markdown) && isSameOptional(row.cover, content.cover) &&
    isSameJson(row.authors, content.authors ?? []);
}

/** A post has nothing that only articles have. */
function isBare(row: PieceRow): boolean {
  return row.title === "" && row.summary === "" && row.cover === null && row.authors === "[]";
}

function isSameOptional(stored: string | null, value: unknown): boolean {
  return stored === (value === undefined ? null : JSON.stringify(value));
}

function isSameJson(stored: string, list: readonly unknown[]): boolean {
  return list.length === 0 ? stored === "[]" : stored === JSON.stringify(list);
}
