/** Writing pieces with everything that is counted or looked up about them, in step. @module */
import type { ArticleContent, PostContent } from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import type { Database } from "./database.ts";
import { makeFields, type PieceFields } from "./piece_fields.ts";
import { findFreeId, firstId } from "./piece_ids.ts";
import { deletePieceTags, insertPieceTags } from "./tags.ts";
import { parseStored } from "./stored_values.ts";
import type { Tally } from "./tally.ts";

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
  /** The entry that holds the text. */
  textIndex: number;
  /** How many revisions are shown. */
  revisions: number;
}>;

/** Finds the piece at an index for writing; undefined when none is shown there. */
export function findPieceKey(db: Database, log: number, index: number): PieceKey | undefined {
  return db.prepare(
    `select id, log, kind, is_page as isPage, tags, text_n as textIndex, revisions
     from pieces where log = ? and n = ?`,
  ).get(log, index) as PieceKey | undefined;
}

/** Inserts a post or article; `slug` is the unique one. Shows the text of its original. */
export function insertPiece(
  db: Database,
  tally: Tally,
  place: Readonly<{ log: number; index: number; hash: Uint8Array }>,
  content: PostContent | ArticleContent,
  slug: string,
): void {
  const { log, index, hash } = place;
  const { kind } = content;
  const fields = makeFields(content);
  const publishedAtMs = parseTime(content.publishedAt);
  const isPage = content.kind === "article" && content.isPage === true;
  const reply = content.kind === "post" && content.reply ? JSON.stringify(content.reply) : null;
  const quote = content.kind === "post" && content.quote ? JSON.stringify(content.quote) : null;
  const tags = fields.tags.length === 0 ? "[]" : JSON.stringify(fields.tags);
  const insert = db.prepare(
    `insert into pieces (id, log, n, hash, kind, is_page, published_at_ms, revised_at_ms, revisions,
       text_n, language, title, slug, summary, text, words, tags, pictures, cover, authors, reply, quote)
     values (?, ?, ?, ?, ?, ?, ?, null, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do nothing`,
  );
  const insertAt = (id: number) =>
    insert.run(
      id,
      log,
      index,
      hash,
      kind,
      isPage ? 1 : 0,
      publishedAtMs,
      index,
      fields.language,
      fields.title,
      slug,
      fields.summary,
      fields.text,
      fields.words,
      tags,
      fields.pictures,
      fields.cover,
      fields.authors,
      reply,
      quote,
    ).changes === 1;
  let id = firstId(publishedAtMs, index);
  if (!insertAt(id)) {
    id = findFreeId(db, publishedAtMs, index);
    insertAt(id);
  }
  tally.addPiece({ id, kind, isPage }, 1);
  if (!isPage && fields.tags.length > 0) {
    for (const tag of insertPieceTags(db, { id, log, kind }, fields.tags)) tally.addTag(tag, 1);
  }
  tally.insertSearch({ id, log, kind, ...fields });
}

/** Gives a piece the text of another version. */
export function updatePiece(
  db: Database,
  tally: Tally,
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
    for (const tag of deletePieceTags(db, key, parseStored(key.tags))) tally.addTag(tag, -1);
    for (const tag of insertPieceTags(db, key, fields.tags)) tally.addTag(tag, 1);
  }
  tally.deleteSearch(key.id);
  tally.insertSearch({ id: key.id, log: key.log, kind: key.kind, ...fields });
}

/** Says how many revisions of a piece are shown; its text stays. */
export function updateRevisionCount(db: Database, key: PieceKey, revisions: number): void {
  db.prepare("update pieces set revisions = ? where id = ?").run(revisions, key.id);
}

/** Deletes a piece from everything that shows, counts or finds it. */
export function deletePiece(db: Database, tally: Tally, key: PieceKey): void {
  tally.deleteSearch(key.id);
  tally.addPiece({ id: key.id, kind: key.kind, isPage: key.isPage === 1 }, -1);
  if (key.isPage === 0) {
    for (const tag of deletePieceTags(db, key, parseStored(key.tags))) tally.addTag(tag, -1);
  }
  db.prepare("delete from pieces where id = ?").run(key.id);
}
