/** What the fields of an archive's article mean, whichever program wrote them. @module */
import { makeSlug } from "../../content/slug.ts";
import { decode } from "./archive_links.ts";
import { findDay, readDate } from "./dates.ts";
import { isRecord } from "./front_matter.ts";
import {
  cutBytes,
  readAuthors,
  readLanguage,
  readTags,
  readText,
  readTexts,
} from "./field_values.ts";

/** What is known of an article before its text is converted. */
export type ArticleFields = Readonly<{
  /** "" when no field names one. */
  title: string;
  slug: string;
  /** Unix milliseconds; `undefined` when neither field nor name tells. */
  dateMs: number | undefined;
  /** A date that was there and could not be read. */
  badDate: string | undefined;
  summary: string;
  tags: string[];
  authors: string[];
  language: string | undefined;
  /** Old paths, each with a slash in front. */
  aliases: string[];
  /** Path of the cover picture as written. */
  cover: string | undefined;
  isDraft: boolean;
  isPage: boolean;
}>;

type Fields = Readonly<Record<string, unknown>>;

const DATE_NAMES = [
  "date",
  "published",
  "publishDate",
  "publishdate",
  "pubDate",
  "pubdate",
  "datePublished",
  "published_at",
  "publishedAt",
  "created",
  "created_at",
  "createdAt",
];
const SUMMARY_NAMES = ["description", "summary", "excerpt", "subtitle", "lead"];
const PATH_NAMES = ["path", "permalink", "url"];
const ALIAS_NAMES = ["aliases", "redirect_from", "alias", "old_paths"];
const COVER_NAMES = [
  "cover",
  "image",
  "featured_image",
  "featuredImage",
  "hero",
  "banner",
  "thumbnail",
];
const languages = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
const ALIASES_MAX = 64;
const ALIAS_BYTES_MAX = 1_024;
const TITLE_BYTES_MAX = 1_024;
const SUMMARY_BYTES_MAX = 4_096;

/** Reads the fields of the file at `file` (its path below the folder, with "/"). */
export function readArticleFields(fields: Fields, file: string, timeZone: string): ArticleFields {
  const name = baseName(file);
  const path = firstText(fields, PATH_NAMES)?.replace(/^https?:\/\/[^/]+/i, "");
  const dateField = DATE_NAMES.map((key) => fields[key]).find(isDateLike);
  const fieldMs = readDate(dateField, timeZone);
  const day = findDay(path ?? "") ?? findDay(file);
  const dateMs = fieldMs ?? (day === undefined ? undefined : readDate(day, timeZone));
  const suffix = languageSuffix(file);
  const bare = name.replace(/^\d{4}-\d{2}-\d{2}[-_]?/, "") +
    (suffix === undefined ? "" : `-${suffix}`);
  const pathName = path?.split("/").filter((part) => part !== "" && !part.startsWith(":")).at(-1);
  const wish = readText(fields["slug"]) ?? pathName?.replace(/\.(?:html?|php)$/i, "") ?? bare;
  return {
    title: cutBytes(readText(fields["title"])?.replace(/\s+/g, " ") ?? "", TITLE_BYTES_MAX),
    slug: makeSlug(wish || name),
    dateMs,
    badDate: dateField !== undefined && fieldMs === undefined ? String(dateField) : undefined,
    summary: cutBytes(firstText(fields, SUMMARY_NAMES) ?? "", SUMMARY_BYTES_MAX),
    tags: readTags(fields),
    authors: readAuthors(fields),
    language: readLanguage(fields, suffix),
    aliases: readAliases(fields, file, path),
    cover: readCover(fields),
    isDraft: fields["draft"] === true || fields["published"] === false ||
      /(?:^|\/)_?drafts\//.test(file),
    isPage: fields["layout"] === "page" || fields["type"] === "page" ||
      /^page(?:\.html)?$/.test(readText(fields["template"]) ?? ""),
  };
}

/** The language in a name such as `index.de.md`; the "rs" of `main.rs.md` is none. */
function languageSuffix(file: string): string | undefined {
  const [, typed, language = ""] = /\.(([a-z]{2})(?:-[A-Z]{2})?)\.[^./]+$/.exec(file) ?? [];
  return typed !== undefined && languages.of(language) !== undefined ? typed : undefined;
}

/** The name that stands for a file, without its language: of the folder, where the file is its index. */
export function baseName(file: string): string {
  const parts = file.split("/");
  const last = (parts.at(-1) ?? "").replace(/\.(?:md|markdown|mdown|mkd)$/i, "");
  const suffix = languageSuffix(file);
  const bare = suffix === undefined ? last : last.slice(0, -suffix.length - 1);
  return /^_?index$/.test(bare) ? parts.at(-2) ?? bare : bare;
}

/** Old paths by which readers and links may ask for the article. */
function readAliases(fields: Fields, file: string, path: string | undefined): string[] {
  const typed = ALIAS_NAMES.flatMap((name) => readTexts(fields[name]));
  const day = findDay(file.slice(file.lastIndexOf("/") + 1));
  const own = path !== undefined && !path.includes(":")
    ? [path]
    : day !== undefined
    ? [`${day.replaceAll("-", "/")}/${baseName(file).slice(11)}.html`]
    : [];
  const aliases = new Set<string>();
  for (const alias of [...own, ...typed]) {
    const clean = cleanAlias(alias);
    if (clean !== undefined && aliases.size < ALIASES_MAX) aliases.add(clean);
  }
  return [...aliases];
}

function cleanAlias(alias: string): string | undefined {
  const path = decode(alias.trim().replace(/^https?:\/\/[^/]+/i, "").replace(/[?#].*$/, ""))
    .normalize();
  const clean = `/${path.replace(/^\/+/, "")}`;
  const isUsable = clean !== "/" && !/[\p{Cc}\\]/u.test(clean) && clean.isWellFormed() &&
    new TextEncoder().encode(clean).length <= ALIAS_BYTES_MAX;
  return isUsable ? clean : undefined;
}

function readCover(fields: Fields): string | undefined {
  for (const source of [fields, fields["extra"], fields["params"], fields["header"]]) {
    if (!isRecord(source)) continue;
    for (const name of COVER_NAMES) {
      const value = source[name];
      const nested = isRecord(value) ? value["image"] ?? value["src"] ?? value["url"] : value;
      const text = readText(nested);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

function firstText(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = readText(fields[name]);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** `published: true` is no date. */
function isDateLike(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== "boolean" && value !== "";
}
