/** A folder of Markdown files: looked through once for addresses and dates, then read file by file. @module */
import { makeSlug } from "../../content/slug.ts";
import { findImport } from "../../storage/imports.ts";
import type { Database } from "../../storage/database.ts";
import { findArticle, findPiece } from "../../storage/pieces.ts";
import {
  countSurveyedPieces,
  findSurveyedName,
  hasSurveyedPiece,
  insertSurveyedName,
  insertSurveyedPiece,
  listSurveyedPieces,
} from "../../storage/surveys.ts";
import { pieceUrl } from "../../views/urls.ts";
import { ArchiveLinks } from "./archive_links.ts";
import { makeArchivePictures } from "./archive_pictures.ts";
import { type Candidate, type Candidates, type LoadedPiece, makeSourceKey } from "./candidate.ts";
import { type ArticleFields, readArticleFields } from "./fields.ts";
import { findMarkdown, type FoundFile, readText } from "./files.ts";
import { type FrontMatter, readFrontMatter } from "./front_matter.ts";
import { takeTitle } from "./headings.ts";
import { type Archive, loadArticle } from "./markdown_file.ts";
import { isOwnExport, loadOwnFile } from "./own_file.ts";
import type { Problems } from "./problems.ts";

/** What an import of a folder needs. */
export type FolderOptions = Readonly<{
  db: Database;
  /** Empty. */
  survey: Database;
  log: number;
  /** The folder. */
  root: string;
  /** One file below it; every Markdown file when absent. */
  only?: string | undefined;
  /** Address of the old site, when the person named it. */
  base?: string | undefined;
  timeZone: string;
  isDryRun: boolean;
  now: () => number;
  problems: Problems;
}>;

/** What the folder holds. */
export type Folder = Readonly<{ archive: Archive; candidates: Candidates }>;

type Survey = Readonly<{ options: FolderOptions; archive: Archive }>;

/** Pieces that are known by their date and key at once, while they wait for their turn. */
const RUN = 250;

/** Files without front matter by these names are about a repository, not writing. */
const HOUSEKEEPING =
  /(?:^|\/)(?:readme|license|licence|contributing|changelog|code_of_conduct)\.[a-z]+$/i;

/** Looks through the folder. Reads every file, keeps of each in the survey what links, order and keys need. */
export function surveyFolder(options: FolderOptions): Folder {
  const { root, problems, db, survey: known, now, isDryRun } = options;
  const archive: Archive = {
    root,
    problems,
    links: new ArchiveLinks(known, options.base),
    pictures: makeArchivePictures(root, isDryRun ? undefined : db, now),
  };
  const survey = { options, archive };
  known.transaction(() => {
    for (const found of findMarkdown(root, problems)) {
      if (options.only === undefined || options.only === found.path) surveyFile(survey, found);
    }
  });
  archive.links.settle();
  const candidates = {
    length: countSurveyedPieces(known),
    [Symbol.iterator]: () => listCandidates(survey),
  };
  return { archive, candidates };
}

function* listCandidates(survey: Survey): Generator<Candidate> {
  const list = (after: Parameters<typeof listSurveyedPieces>[1]) =>
    listSurveyedPieces(survey.options.survey, after, RUN);
  for (let pieces = list(undefined); pieces.length > 0; pieces = list(pieces.at(-1))) {
    for (const { source, key, dateMs, isDraft, slug } of pieces) {
      yield { source, key, dateMs, isDraft, load: () => loadFile(survey, source, slug, dateMs) };
    }
  }
}

function surveyFile(survey: Survey, found: FoundFile): void {
  const { options, archive } = survey;
  const { problems, timeZone } = options;
  const file = found.path;
  const text = readText(options.root, file, problems);
  if (text === undefined) return;
  const front = readFrontMatter(text);
  if (front.problem !== undefined) problems.add(file, "front_matter", front.problem);
  if (isLeftOut(front, file, problems)) return;
  const article = readFields(front.fields, file, timeZone);
  if (article.badDate !== undefined) {
    problems.add(file, "date", `the date ${article.badDate} cannot be read: another date was used`);
  }
  if (article.dateMs === undefined && !article.isDraft) {
    problems.add(file, "date", "no date in the fields or the name: the file's own date was used");
  }
  const dateMs = article.dateMs ?? found.modifiedMs;
  const kind = front.fields["kind"] === "post" ? "post" : "article";
  const key = findKey(survey, file, article, front, kind);
  const known = findImport(options.db, options.log, key);
  const slug = known?.index === undefined
    ? kind === "post" ? "" : freeSlug(survey, article, file)
    : slugAt(options, known.index);
  if (kind === "article" && !article.isDraft) {
    archive.links.add(file, article.aliases, pieceUrl({ kind, index: 0, slug }));
  }
  archive.links.observe(front.body);
  const piece = { source: file, key, dateMs, isDraft: article.isDraft, slug };
  insertSurveyedPiece(options.survey, piece);
}

/** An export's own slug stands as it is, whichever form it has. */
function readFields(fields: FrontMatter["fields"], file: string, timeZone: string): ArticleFields {
  const article = readArticleFields(fields, file, timeZone);
  const slug = fields["slug"];
  return isOwnExport(fields) && typeof slug === "string" ? { ...article, slug } : article;
}

/** Reads the file again, now that every other one is known. */
async function loadFile(
  { archive, options }: Survey,
  file: string,
  slug: string,
  dateMs: number,
): Promise<LoadedPiece | undefined> {
  // What was wrong with its bytes was noted the first time.
  const silent = { ...archive.problems, add: () => {} };
  const text = readText(archive.root, file, silent);
  if (text === undefined) return undefined;
  const { fields, body } = readFrontMatter(text);
  if (isOwnExport(fields)) {
    return await loadOwnFile(archive, { file, fields, body, slug, dateMs });
  }
  const article = readArticleFields(fields, file, options.timeZone);
  const loaded = await loadArticle(archive, { file, fields: article, body, slug, dateMs });
  if (loaded?.kind !== "article" || fields["kind"] !== "post") return loaded;
  const { publishedAtMs, language, tags, pictures, markdown } = loaded;
  return {
    kind: "post",
    publishedAtMs,
    tags,
    pictures,
    text: markdown,
    ...(language !== undefined && { language }),
  };
}

/** Lists of a site generator and a repository's own files are no articles. */
function isLeftOut(front: FrontMatter, file: string, problems: Problems): boolean {
  const isSection = /(?:^|\/)_index(?:\.[a-z-]+)?\.[a-z]+$/i.test(file);
  const isBare = Object.keys(front.fields).length === 0 && front.problem === undefined;
  if (isSection) {
    if (front.body.trim() !== "") {
      problems.add(file, "empty", "the text above a list of articles: not imported");
    }
    return true;
  }
  if (isBare && HOUSEKEEPING.test(file)) {
    problems.add(file, "empty", "a file about the folder, without fields: not imported");
    return true;
  }
  if (front.body.trim() !== "") return false;
  problems.add(file, "empty", "there is no text in this file: not imported");
  return true;
}

/** The key of a file: what names the piece, wherever the file lies; with the file, for a second copy in the same archive. */
function findKey(
  { options }: Survey,
  file: string,
  article: ArticleFields,
  front: FrontMatter,
  kind: string,
): Uint8Array {
  const title = article.title || takeTitle(front.body).title;
  const date = article.dateMs === undefined ? "" : new Date(article.dateMs).toISOString();
  const isNameless = kind === "post" || title === "";
  const parts = [kind, article.slug, date, title, isNameless ? front.body : ""];
  const key = makeSourceKey("markdown", ...parts, article.language ?? "");
  if (!hasSurveyedPiece(options.survey, key)) return key;
  return makeSourceKey("markdown", ...parts, article.language ?? "", file);
}

/** A slug that no other article has: with its year, its month or a number behind it, where the wish is taken. */
function freeSlug(survey: Survey, article: ArticleFields, file: string): string {
  const { options: { db, survey: known, log, problems } } = survey;
  const { slug, isDraft, dateMs } = article;
  if (isDraft) return slug;
  const isTaken = (wish: string) =>
    findSurveyedName(known, "slug", wish) !== undefined || findArticle(db, log, wish) !== undefined;
  const day = dateMs === undefined ? "" : new Date(dateMs).toISOString();
  const endings = day === "" ? [] : [day.slice(0, 4), day.slice(0, 7)];
  const append = (ending: string | number) => makeSlug(`${slug.slice(0, 70)}-${ending}`);
  let free = [slug, ...endings.map(append)].find((wish) => !isTaken(wish));
  for (let n = 2; free === undefined; n++) free = isTaken(append(n)) ? undefined : append(n);
  if (free !== slug) {
    problems.add(file, "duplicate_slug", `the address ${slug} is taken: published as ${free}`);
  }
  insertSurveyedName(known, "slug", free, "");
  return free;
}

function slugAt({ db, log }: FolderOptions, index: number): string {
  const piece = findPiece(db, log, index);
  return piece === undefined || piece === "withdrawn" ? "" : piece.slug;
}
