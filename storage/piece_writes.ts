/** Writing pieces with everything that is counted or looked up about them, in step. @module */
import type { ArticleContent, PostContent } from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import { updateArchive } from "./archive.ts";
import { updatePieceCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { makeFields, type PieceFields } from "./piece_fields.ts";
import { findFreeId } from "./piece_ids.ts";
import { deleteSearchEntry, insertSearchEntry } from "./search.ts";
import { deletePieceTags, insertPieceTags } from "./tags.ts";
import { parseStored } from "./stored_values.ts";

/** A stored piece as far as writing needs it. */
export type PieceKey = Readonly<{
  /** Order by time. */
  id: number;
  /** Local number of the log. */
  log: number;
  /** What it is. */
  kind: "post" | "article";
  /** 1 for a page. */
  isPage: number;
  /** JSON, as written. */
  tags: string;
}>;

/** Finds the piece at an index for writing; undefined when none is shown there. */
export function findPieceKey(db: Database, log: number, index: number): PieceKey | undefined {
  return db.prepare(
    "select id, log, kind, is_page as isPage, tags from pieces where log = ? and n = ?",
  ).get(log, index) as PieceKey | undefined;
}

/** Inserts a post or article; `slug` is the unique one. */
export function insertPiece(
  db: Database,
  place: Readonly<{ log: number; index: number; hash: Uint8Array; timeZone: string }>,
  content: PostContent | ArticleContent,
  slug: string,
): void {
  const { log, index, hash, timeZone } = place;
  const fields = makeFields(content);
  const publishedAtMs = parseTime(content.publishedAt);
  const isPage = content.kind === "article" && content.isPage === true ? 1 : 0;
  const id = findFreeId(db, publishedAtMs, index);
  const reply = content.kind === "post" && content.reply ? JSON.stringify(content.reply) : null;
  const quote = content.kind === "post" && content.quote ? JSON.stringify(content.quote) : null;
  db.prepare(
    `insert into pieces (id, log, n, hash, kind, is_page, published_at_ms, revised_at_ms, revisions,
       text_n, language, title, slug, summary, text, words, tags, pictures, cover, authors, reply, quote)
     values (?, ?, ?, ?, ?, ?, ?, null, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    id,
    log,
    index,
    hash,
    content.kind,
    isPage,
    publishedAtMs,
    index,
    fields.language,
    fields.title,
    slug,
    fields.summary,
    fields.text,
    fields.words,
    JSON.stringify(fields.tags),
    fields.pictures,
    fields.cover,
    fields.authors,
    reply,
    quote,
  );
  const key: PieceKey = { id, log, kind: content.kind, isPage, tags: "" };
  updatePieceCount(db, log, isPage === 1 ? "page" : content.kind, 1);
  if (isPage === 0) {
    insertPieceTags(db, key, fields.tags);
    updateArchive(db, timeZone, key, 1);
  }
  insertSearchEntry(db, { id, log, kind: content.kind, ...fields });
}

/** Gives a piece the text of another version. */
export function updatePiece(
  db: Database,
  key: PieceKey,
  version: Readonly<{
    /** The entry that holds the text. */
    textIndex: number;
    /** Date of that revision; null for the original. */
    revisedAtMs: number | null;
    /** How many revisions are shown. */
    revisions: number;
    /** What the text says. */
    fields: PieceFields;
  }>,
): void {
  const { textIndex, revisedAtMs, revisions, fields } = version;
  db.prepare(
    `update pieces set revised_at_ms = ?, revisions = ?, text_n = ?, language = ?, title = ?,
       summary = ?, text = ?, words = ?, tags = ?, pictures = ?, cover = ?, authors = ? where id = ?`,
  ).run(
    revisedAtMs,
    revisions,
    textIndex,
    fields.language,
    fields.title,
    fields.summary,
    fields.text,
    fields.words,
    JSON.stringify(fields.tags),
    fields.pictures,
    fields.cover,
    fields.authors,
    key.id,
  );
  if (key.isPage === 0) {
    deletePieceTags(db, key, parseStored(key.tags));
    insertPieceTags(db, key, fields.tags);
  }
  deleteSearchEntry(db, key.id);
  insertSearchEntry(db, { id: key.id, log: key.log, kind: key.kind, ...fields });
}

/** Deletes a piece from everything that shows, counts or finds it. */
export function deletePiece(db: Database, key: PieceKey, timeZone: string): void {
  deleteSearchEntry(db, key.id);
  updatePieceCount(db, key.log, key.isPage === 1 ? "page" : key.kind, -1);
  if (key.isPage === 0) {
    deletePieceTags(db, key, parseStored(key.tags));
    updateArchive(db, timeZone, key, -1);
  }
  db.prepare("delete from pieces where id = ?").run(key.id);
}
