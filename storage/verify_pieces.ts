/** Verifies what pages read against the contents it was made from. @module */
import {
  type ArticleContent,
  type Content,
  decodeContent,
  type PostContent,
  type ReviseContent,
} from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import type { StoredEntry } from "./entries.ts";
import { fromHex } from "../mesh/protocol/hex.ts";
import { listPictureHashes, type TextContent } from "./piece_fields.ts";
import { idMs, minId } from "./piece_ids.ts";
import { makeOpening } from "./piece_rows.ts";
import { makeTagKey } from "./tags.ts";
import type { ContentRow, VerifiedLog } from "./verify_report.ts";

type PieceRow = Readonly<{
  n: number;
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

const COLUMNS = `n, id, hash, kind, is_page as isPage, published_at_ms as publishedAtMs,
  revised_at_ms as revisedAtMs, revisions, text_n as textIndex, language, title, slug, summary, text,
  tags, pictures, cover, authors, reply, quote`;

/** What a post may differ in from every other plain one. */
type PlainRow = Pick<
  PieceRow,
  "n" | "id" | "hash" | "publishedAtMs" | "language" | "text" | "tags"
>;

/** A post that was never revised, with nothing but words: everything else in its row is as it must be then. */
const IS_PLAIN =
  `kind = 'post' and revisions = 0 and revised_at_ms is null and text_n = n and is_page = 0
  and title = '' and slug = '' and summary = '' and pictures = '[]' and cover is null and authors = '[]'
  and reply is null and quote is null`;

/** What this needs of an entry. */
export type ShownEntry = Pick<StoredEntry, "index" | "hash" | "kind">;

type Pending = { entry: ShownEntry; bytes: Uint8Array };

/** Compares pieces, revisions, tags, slugs, old paths and picture uses with one log's contents. */
export class PieceVerifier {
  readonly #verified: VerifiedLog;
  #run: Pending[] = [];
  #pieces = 0;
  #revisions = 0;
  #uses = 0;
  #tags = 0;

  /** Starts before a log's first entry. */
  constructor(verified: VerifiedLog) {
    this.#verified = verified;
  }

  /** Takes one entry with its content's row, whose hash was compared before. */
  verifyContent(entry: ShownEntry, row: ContentRow): void {
    const place = `Log ${this.#verified.log}, entry ${entry.index}`;
    if (row.state !== "held" || row.bytes === null) return;
    if (entry.kind === "post" || entry.kind === "article") {
      this.#run.push({ entry, bytes: row.bytes });
      return;
    }
    const content = decodeContent(row.bytes, entry.kind, this.#verified.capsuleId);
    if (content === undefined) return;
    this.#verifyUses(place, entry.index, content);
    if (content.kind === "revise") this.#verifyRevision(place, entry.index, content);
  }

  /** Compares the pieces of a run of entries. */
  finishRun(from: number, count: number): void {
    const { db, log, report } = this.#verified;
    const rows = db.prepare(
      `select n, id, hash, published_at_ms as publishedAtMs, language, text, tags, ${IS_PLAIN} as isPlain
       from pieces where log = ? and n >= ? and n < ? order by n`,
    ).all(log, from, from + count) as (PlainRow & { isPlain: number })[];
    const find = db.prepare(`select ${COLUMNS} from pieces where log = ? and n = ?`);
    let next = 0;
    for (const { entry, bytes } of this.#run) {
      const row = rows[next]?.n === entry.index ? rows[next] : undefined;
      if (row !== undefined) next += 1;
      if (row?.isPlain === 1 && isPlainCopy(entry, bytes, row)) {
        if (row.tags !== "[]") this.#verifyTags(entry, "post", row);
      } else {
        const whole = row && find.get(log, row.n) as PieceRow | undefined;
        this.#verifyPiece(entry, bytes, whole);
      }
    }
    report.check(
      next === rows.length,
      `Log ${log}: pieces from entry ${from} on that nobody wrote`,
    );
    this.#pieces += rows.length;
    this.#run = [];
  }

  /** Compares what only the whole log can tell. */
  finish(): void {
    const { db, log, report } = this.#verified;
    const count = (sql: string) => (db.prepare(sql).get(log) as { n: number | null }).n ?? 0;
    const check = (what: string, expected: number, found: number) =>
      report.check(expected === found, `Log ${log}: expected ${expected} ${what}, found ${found}`);
    check("pieces", this.#pieces, count("select count(*) as n from pieces where log = ?"));
    check("revisions", this.#revisions, count("select count(*) as n from revisions where log = ?"));
    check(
      "tags of pieces",
      this.#tags,
      count("select count(*) as n from piece_tags where log = ?"),
    );
    check(
      "uses of pictures",
      this.#uses,
      count("select count(*) as n from blob_uses where log = ?"),
    );
    check(
      "revisions in pieces",
      this.#revisions,
      count("select sum(revisions) as n from pieces where log = ?"),
    );
  }

  #verifyUses(place: string, index: number, content: Content): void {
    if (!("pictures" in content || "picture" in content)) return;
    const { db, log, report } = this.#verified;
    const isShown = content.kind !== "revise" || this.#isRevision(content.revises, index);
    const hashes = isShown ? new Set(listPictureHashes(content)) : [];
    for (const hash of hashes) {
      this.#uses += 1;
      const use = db.prepare("select 1 from blob_uses where hash = ? and log = ? and n = ?")
        .get(fromHex(hash), log, index);
      report.check(use !== undefined, `${place}: its use of a picture is not recorded`);
    }
  }

  #isRevision(index: number, revision: number): boolean {
    return this.#verified.db.prepare(
      "select 1 from revisions where log = ? and n = ? and revision_n = ?",
    ).get(this.#verified.log, index, revision) !== undefined;
  }

  #verifyRevision(place: string, index: number, content: ReviseContent): void {
    const { db, log, report } = this.#verified;
    const row = db.prepare(`select ${COLUMNS} from pieces where log = ? and n = ?`)
      .get(log, content.revises) as PieceRow | undefined;
    const kind = "text" in content ? "post" : "article";
    const isShown = content.revises < index && row?.kind === kind;
    report.check(this.#isRevision(content.revises, index) === isShown, `${place}: revision`);
    if (!isShown || row === undefined) return;
    this.#revisions += 1;
    report.check(row.textIndex >= index, `${place}: an older revision is shown`);
    if (row.textIndex !== index) return;
    report.check(isSameText(row, content), `${place}: the piece it revises shows another text`);
    const isDate = row.revisedAtMs === parseTime(content.revisedAt);
    report.check(isDate, `${place}: the piece it revises shows another date`);
  }

  #verifyPiece(entry: ShownEntry, bytes: Uint8Array, row: PieceRow | undefined): void {
    const { capsuleId, report, log } = this.#verified;
    const place = placeOf(log, entry);
    const content = decodeContent(bytes, entry.kind, capsuleId);
    if (content?.kind !== "post" && content?.kind !== "article") {
      return report.check(row === undefined, `${place}: a piece is shown that should not be`);
    }
    this.#verifyUses(place, entry.index, content);
    if (row === undefined) return report.add(`${place}: its piece is not shown`);
    const isSame = isSamePiece(row, entry, content);
    report.check(isSame, `${place}: the piece shown is another`);
    if (row.revisions === 0) {
      const isText = row.textIndex === entry.index && row.revisedAtMs === null &&
        isSameText(row, content);
      report.check(isText, `${place}: the piece shows another text`);
    }
    if (content.kind === "article") this.#verifyPaths(place, entry.index, row, content);
    if (row.isPage === 0 && row.tags !== "[]") this.#verifyTags(entry, row.kind, row);
  }

  #verifyPaths(place: string, index: number, row: PieceRow, { aliases }: ArticleContent): void {
    const { db, log, report } = this.#verified;
    const slug = db.prepare("select n from slugs where log = ? and slug = ?").get(log, row.slug) as
      | { n: number }
      | undefined;
    report.check(slug?.n === index, `${place}: its slug leads elsewhere`);
    const find = db.prepare("select n from aliases where log = ? and path = ?");
    for (const path of aliases ?? []) {
      const found = find.get(log, path) as { n: number } | undefined;
      // A path that an earlier article had stays with that one.
      const isKept = found !== undefined && found.n <= index;
      report.check(isKept, `${place}: its old path ${path} leads elsewhere`);
    }
  }

  #verifyTags(entry: ShownEntry, kind: string, row: Pick<PieceRow, "id" | "tags">): void {
    const { db, log, report } = this.#verified;
    const tags = new Set((JSON.parse(row.tags) as string[]).map(makeTagKey));
    this.#tags += tags.size;
    for (const tag of tags) {
      const found = db.prepare(
        "select 1 from piece_tags where log = ? and tag = ? and kind = ? and id = ?",
      ).get(log, tag, kind, row.id);
      const place = placeOf(log, entry);
      report.check(found !== undefined, `${place}: its tag ${tag} does not lead to it`);
    }
  }
}

const decoder = new TextDecoder();

/**
 * The common case fast: a plain post whose row says what its content says. Whether the content keeps every rule is left out
 * here: it was decided when the entry was applied, and the bytes are the same.
 */
function isPlainCopy(entry: ShownEntry, bytes: Uint8Array, row: PlainRow): boolean {
  if (entry.kind !== "post") return false;
  let content: PostContent;
  try {
    content = JSON.parse(decoder.decode(bytes));
  } catch {
    return false;
  }
  const publishedAtMs = Date.parse(content.publishedAt);
  return content.reply === undefined && content.quote === undefined && !("isPage" in content) &&
    row.text === content.text && row.language === content.language &&
    row.tags === JSON.stringify(content.tags) && content.pictures?.length === 0 &&
    row.publishedAtMs === publishedAtMs && equalBytes(row.hash, entry.hash) &&
    idMs(row.id) >= idMs(minId(publishedAtMs));
}

function placeOf(log: number, { index }: ShownEntry): string {
  return `Log ${log}, entry ${index}`;
}

function isSamePiece(
  row: PieceRow,
  entry: ShownEntry,
  content: PostContent | ArticleContent,
): boolean {
  const publishedAtMs = Date.parse(content.publishedAt);
  const isPage = "isPage" in content && content.isPage === true;
  return row.kind === entry.kind && (row.kind === "article" || row.slug === "") &&
    row.publishedAtMs === publishedAtMs &&
    row.isPage === (isPage ? 1 : 0) && equalBytes(row.hash, entry.hash) &&
    isSameOptional(row.reply, "reply" in content ? content.reply : undefined) &&
    isSameOptional(row.quote, "quote" in content ? content.quote : undefined) &&
    idMs(row.id) >= idMs(minId(publishedAtMs));
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
