/** Revisions: every version of a piece that its author stands by, oldest first. @module */
import type { Content } from "../mesh/protocol/content.ts";
import { parseTime } from "../mesh/protocol/entry.ts";
import { findContent } from "./contents.ts";
import type { Database } from "./database.ts";
import type { Picture } from "./piece_rows.ts";
import { decodeStoredContent } from "./stored_values.ts";

/** One version of a piece. */
export type Revision = Readonly<{
  /** Index of the entry that holds it; the piece's own for the original. */
  index: number;
  /** When it was published (the original) or revised, Unix milliseconds. */
  revisedAtMs: number;
  /** Why it was revised; "" when not said and for the original. */
  note: string;
  /** BCP 47 tag. */
  language: string;
  /** "" for posts. */
  title: string;
  /** "" for posts. */
  summary: string;
  /** A post's text or an article's Markdown, whole. */
  text: string;
  /** Tags as written. */
  tags: string[];
  /** Pictures it names, without the cover. */
  pictures: Picture[];
  /** Picture at the top; undefined where there is none. */
  cover: Picture | undefined;
  /** Names of several authors. */
  authors: string[];
}>;

/** Versions listed at most: the original and the newest. */
export const REVISIONS_MAX = 100;

/**
 * Lists the versions of the piece at an index, oldest first, the original among them; withdrawn ones are left out.
 * Empty when no piece is shown there.
 */
export function listRevisions(db: Database, log: number, index: number): Revision[] {
  const revisions = listRevisionIndexes(db, log, index).map((n) => findVersion(db, log, n));
  const shown = revisions.filter((revision) => revision !== undefined);
  const original = findVersion(db, log, index);
  return original === undefined ? [] : [original, ...shown];
}

/** Lists the entries that revise the piece at an index, oldest first: the newest 99; empty when no piece is shown there. */
export function listRevisionIndexes(db: Database, log: number, index: number): number[] {
  const rows = db.prepare(
    `select r.revision_n as n from pieces p join revisions r on r.log = p.log and r.n = p.n
     and r.kind = p.kind where p.log = ? and p.n = ? order by r.revision_n desc limit ?`,
  ).all(log, index, REVISIONS_MAX - 1) as { n: number }[];
  return rows.map(({ n }) => n).reverse();
}

/** Counts the entries that revise the one at an index as a "post" or an "article". */
export function countRevisions(db: Database, log: number, index: number, kind: string): number {
  const row = db.prepare(
    "select count(*) as n from revisions where log = ? and n = ? and kind = ?",
  ).get(log, index, kind) as { n: number };
  return row.n;
}

/** Finds the newest entry that revises the one at an index as a "post" or an "article". */
export function findNewestRevision(
  db: Database,
  log: number,
  index: number,
  kind: string,
): number | undefined {
  const row = db.prepare(
    "select max(revision_n) as n from revisions where log = ? and n = ? and kind = ?",
  ).get(log, index, kind) as { n: number | null };
  return row.n ?? undefined;
}

/** Lists every entry that says it revises the one at an index, whatever is there. */
export function listRevising(db: Database, log: number, index: number): number[] {
  const rows = db.prepare("select revision_n as n from revisions where log = ? and n = ?")
    .all(log, index) as { n: number }[];
  return rows.map(({ n }) => n);
}

/** Lists which of the entries [from, to) are revised by any that is held. */
export function listRevisedIndexes(db: Database, log: number, from: number, to: number): number[] {
  const rows = db.prepare("select distinct n from revisions where log = ? and n >= ? and n < ?")
    .all(log, from, to) as { n: number }[];
  return rows.map(({ n }) => n);
}

/** A revision: the entry at `revision` revises the one at `index`, which is, or is to be, of a kind. */
export type Revising = Readonly<{ index: number; kind: string; revision: number }>;

/** Inserts a revision; called by the projection, also before its piece comes. */
export function insertRevision(
  db: Database,
  log: number,
  { index, kind, revision }: Revising,
): void {
  db.prepare("insert into revisions (log, n, kind, revision_n) values (?, ?, ?, ?)")
    .run(log, index, kind, revision);
}

/** Takes a revision away; called by the projection. */
export function deleteRevision(
  db: Database,
  log: number,
  { index, kind, revision }: Revising,
): void {
  db.prepare("delete from revisions where log = ? and n = ? and kind = ? and revision_n = ?")
    .run(log, index, kind, revision);
}

function findVersion(db: Database, log: number, index: number): Revision | undefined {
  const entry = db.prepare("select kind from entries where log = ? and n = ?").get(log, index) as
    | { kind: string }
    | undefined;
  const found = findContent(db, log, index);
  if (entry === undefined || found.state !== "held") return undefined;
  const content = decodeStoredContent(found.bytes, entry.kind);
  return content && toRevision(index, content);
}

function toRevision(index: number, content: Content): Revision | undefined {
  if (content.kind !== "post" && content.kind !== "article" && content.kind !== "revise") {
    return undefined;
  }
  const isRevision = content.kind === "revise";
  const shared = {
    index,
    revisedAtMs: parseTime(isRevision ? content.revisedAt : content.publishedAt),
    note: isRevision ? content.note ?? "" : "",
    language: content.language,
    tags: [...content.tags],
    pictures: [...content.pictures],
  };
  if ("text" in content) {
    return { ...shared, title: "", summary: "", text: content.text, cover: undefined, authors: [] };
  }
  return {
    ...shared,
    title: content.title,
    summary: content.summary,
    text: content.markdown,
    cover: content.cover,
    authors: [...content.authors ?? []],
  };
}
