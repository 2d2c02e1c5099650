/** Writing pieces with everything that is counted or looked up about them, in step. @module */
import type { ArticleContent, PostContent } from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import type { Database } from "./database.ts";
import { insertRows, type RowForm } from "./many_rows.ts";
import { makeFields, type PieceFields } from "./piece_fields.ts";
import { findFreeId, firstId } from "./piece_ids.ts";
import { deletePieceTags, insertPieceTags, insertTagsOfNew, type NewTaggedPiece } from "./tags.ts";
import type { Value } from "./statement.ts";
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

/** Where a piece stands in its log. */
export type PiecePlace = Readonly<{
  /** Position of its entry. */
  index: number;
  /** That entry's leaf hash. */
  hash: Uint8Array;
}>;

const COLUMNS = `pieces (id, log, n, hash, kind, is_page, published_at_ms, revised_at_ms, revisions,
  text_n, language, title, slug, summary, text, words, tags, pictures, cover, authors, reply, quote)`;
const FREE = "on conflict (id) do nothing";

const ARTICLES: RowForm = {
  into: COLUMNS,
  row: "(?, ?, ?, ?, 'article', ?, ?, null, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)",
  tail: FREE,
};

/** What a post has not stands in the statement: it costs less there than as a value. */
const POSTS: RowForm = {
  into: COLUMNS,
  row: "(?, ?, ?, ?, 'post', 0, ?, null, 0, ?, ?, '', '', '', ?, ?, ?, ?, null, '[]', ?, ?)",
  tail: FREE,
};

/** Inserts an article; `slug` is the unique one. Shows the text of its original. */
export function insertArticle(
  db: Database,
  tally: Tally,
  { log, index, hash, slug }: PiecePlace & Readonly<{ log: number; slug: string }>,
  content: ArticleContent,
): void {
  const { kind } = content;
  const fields = makeFields(content);
  const { language, title, summary, text, words, pictures, cover, authors } = fields;
  const publishedAtMs = parseTime(content.publishedAt);
  const isPage = content.isPage === true;
  const tags = encodeTags(fields.tags);
  const rest = [log, index, hash, isPage ? 1 : 0, publishedAtMs, index];
  const said = [language, title, slug, summary, text, words, tags, pictures, cover, authors];
  const insertAt = (id: number) => insertRows(db, ARTICLES, [id], () => [id, ...rest, ...said]);
  let id = firstId(publishedAtMs, index);
  if (insertAt(id) === 0) insertAt(id = findFreeId(db, publishedAtMs, index));
  tallyPiece(tally, { id, log, kind, isPage }, fields);
  if (!isPage) insertTags(db, tally, [{ id, log, kind, labels: fields.tags }]);
}

/** Inserts posts of one log. Shows the texts of their originals. */
export function insertPosts(
  db: Database,
  tally: Tally,
  log: number,
  posts: readonly (PiecePlace & Readonly<{ content: PostContent }>)[],
): void {
  const made = posts.map((post) => makePost(log, post));
  const inserted = insertRows(db, POSTS, made, ({ row }) => row);
  const tagged: NewTaggedPiece[] = [];
  for (const { row, index, publishedAtMs, fields } of made) {
    // Of two that want one id, the second gets another: rare, but for imports without times.
    if (inserted < made.length && findPieceKey(db, log, index) === undefined) {
      row[0] = findFreeId(db, publishedAtMs, index);
      insertRows(db, POSTS, [row], () => row);
    }
    const id = row[0] as number;
    tallyPiece(tally, { id, log, kind: "post", isPage: false }, fields);
    if (fields.tags.length > 0) tagged.push({ id, log, kind: "post", labels: fields.tags });
  }
  insertTags(db, tally, tagged);
}

/** A post's values in the order of POSTS, its id first. */
function makePost(
  log: number,
  { index, hash, content }: PiecePlace & Readonly<{ content: PostContent }>,
): Readonly<{ row: Value[]; index: number; publishedAtMs: number; fields: PieceFields }> {
  const fields = makeFields(content);
  const { language, text, words, pictures } = fields;
  const publishedAtMs = parseTime(content.publishedAt);
  const id = firstId(publishedAtMs, index);
  const tags = encodeTags(fields.tags);
  const reply = content.reply ? JSON.stringify(content.reply) : null;
  const quote = content.quote ? JSON.stringify(content.quote) : null;
  const said = [language, text, words, tags, pictures, reply, quote];
  return {
    row: [id, log, index, hash, publishedAtMs, index, ...said],
    index,
    publishedAtMs,
    fields,
  };
}

function encodeTags(tags: readonly string[]): string {
  return tags.length === 0 ? "[]" : JSON.stringify(tags);
}

/** Counts a piece that was just inserted, and lets it be found. */
function tallyPiece(
  tally: Tally,
  piece: Readonly<{ id: number; log: number; kind: "post" | "article"; isPage: boolean }>,
  { title, body, tags }: PieceFields,
): void {
  const { id, log, kind } = piece;
  tally.addPiece(piece, 1);
  tally.insertSearch({ id, log, kind, title, body, tags });
}

/** Inserts and counts the tags of pieces that were just inserted. */
function insertTags(db: Database, tally: Tally, pieces: readonly NewTaggedPiece[]): void {
  for (const tag of insertTagsOfNew(db, pieces)) tally.addTag(tag, 1);
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
