/**
 * Surveys: what an import learns of an archive before it takes anything over. They stand in a temporary file that is gone
 * with the program, so that an archive of any size needs the same memory.
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Database } from "./database.ts";

/** One piece of an archive. */
export type SurveyedPiece = Readonly<{
  /** In the order of the survey, from 1. */
  n: number;
  /** The file below the folder. */
  source: string;
  /** 32 bytes that name the piece where it came from. */
  key: Uint8Array;
  /** Unix milliseconds. */
  dateMs: number;
  /** True for one that becomes a draft. */
  isDraft: boolean;
  /** Its slug, "" for a post. */
  slug: string;
}>;

/** What a name is: a file, an old path, the file whose old path is wanted, or a slug that is taken. */
export type SurveyedName = "file" | "path" | "path_of_file" | "slug";

/** Memory for pages; the rest lies in the file. */
const CACHE_KIB = 1_024;

const TABLES = `
pragma temp_store = file;
pragma temp.journal_mode = off;
pragma temp.synchronous = off;
pragma temp.cache_size = -${CACHE_KIB};
create temp table surveyed_pieces (
  n integer primary key,
  source text not null,
  key blob not null unique,
  date_ms integer not null,
  is_draft integer not null,
  slug text not null
) strict;
create index temp.surveyed_pieces_time on surveyed_pieces (date_ms, source, n);
create temp table surveyed_names (
  kind text not null,
  name text not null,
  target text not null,
  primary key (kind, name)
) strict, without rowid;
`;

/** Opens an empty survey; closing it erases it. */
export function openSurvey(): Database {
  const survey = new Database(new DatabaseSync(":memory:"), ":memory:");
  survey.exec(TABLES);
  return survey;
}

/** Inserts a piece; false, and nothing, when another one has its key. */
export function insertSurveyedPiece(survey: Database, piece: Omit<SurveyedPiece, "n">): boolean {
  const { source, key, dateMs, isDraft, slug } = piece;
  return survey.prepare(
    `insert into surveyed_pieces (source, key, date_ms, is_draft, slug) values (?, ?, ?, ?, ?)
     on conflict do nothing`,
  ).run(source, key, dateMs, isDraft ? 1 : 0, slug).changes === 1;
}

/** Whether a piece with this key was inserted. */
export function hasSurveyedPiece(survey: Database, key: Uint8Array): boolean {
  return survey.prepare("select 1 from surveyed_pieces where key = ?").get(key) !== undefined;
}

/** Counts the pieces. */
export function countSurveyedPieces(survey: Database): number {
  const row = survey.prepare("select count(*) as n from surveyed_pieces").get() as { n: number };
  return row.n;
}

/** Lists at most `limit` pieces behind one, or from the first on: the oldest first, then by source. */
export function listSurveyedPieces(
  survey: Database,
  after: SurveyedPiece | undefined,
  limit: number,
): SurveyedPiece[] {
  const columns =
    `n, source, key, date_ms as dateMs, is_draft as isDraft, slug from surveyed_pieces`;
  const order = "order by date_ms, source, n limit ?";
  const rows = after === undefined
    ? survey.prepare(`select ${columns} ${order}`).all(limit)
    : survey.prepare(`select ${columns} where (date_ms, source, n) > (?, ?, ?) ${order}`)
      .all(after.dateMs, after.source, after.n, limit);
  return (rows as (Omit<SurveyedPiece, "isDraft"> & { isDraft: number })[])
    .map((row) => ({ ...row, isDraft: row.isDraft === 1 }));
}

/** Inserts what a name stands for, unless it stands for something already. */
export function insertSurveyedName(
  survey: Database,
  kind: SurveyedName,
  name: string,
  target: string,
): void {
  survey.prepare(
    "insert into surveyed_names (kind, name, target) values (?, ?, ?) on conflict do nothing",
  ).run(kind, name, target);
}

/** Finds what a name stands for; undefined when it is not known. */
export function findSurveyedName(
  survey: Database,
  kind: SurveyedName,
  name: string,
): string | undefined {
  const row = survey.prepare("select target from surveyed_names where kind = ? and name = ?")
    .get(kind, name) as { target: string } | undefined;
  return row?.target;
}
