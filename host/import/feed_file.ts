/** A feed file (RSS, Atom, RDF, JSON Feed) as pieces: its HTML becomes Markdown, nothing is fetched. @module */
import { parseFeed } from "feedsmith";
import { cleanText } from "../../content/escape.ts";
import { htmlToMarkdown } from "../../content/html_to_markdown.ts";
import { countGraphemes, findTags } from "../../content/post_text.ts";
import { excerpt, plainProse, plainText } from "../../content/excerpt.ts";
import { makeSlug } from "../../content/slug.ts";
import { findImport } from "../../storage/imports.ts";
import { findArticle, findPiece } from "../../storage/pieces.ts";
import type { Database } from "../../storage/database.ts";
import { pieceUrl } from "../../views/urls.ts";
import { ArchiveLinks, pathBelow } from "./archive_links.ts";
import { type Candidate, type LoadedPiece, makeSourceKey } from "./candidate.ts";
import { readDate } from "./dates.ts";
import { type FeedEntry, readEntries } from "./feed_entries.ts";
import { cutBytes } from "./field_values.ts";
import { rewriteTargets } from "./links.ts";
import type { Problems } from "./problems.ts";

/** The forms a feed may have. */
export type FeedForm = "rss" | "atom" | "json";

/** What an import of a feed needs. */
export type FeedOptions = Readonly<{
  db: Database;
  /** Empty. */
  survey: Database;
  log: number;
  text: string;
  /** Said by the person; found out when absent. */
  form?: FeedForm | undefined;
  /** Address of the old site, when the person named it. */
  base?: string | undefined;
  timeZone: string;
  nowMs: number;
  problems: Problems;
}>;

const POST_GRAPHEMES_MAX = 500;
const TITLE_BYTES_MAX = 1_024;
const SUMMARY_BYTES_MAX = 4_096;
const TITLE_CHARS = 60;
const TAGS_MAX = 32;

type Survey = Readonly<{ options: FeedOptions; links: ArchiveLinks; slugs: Set<string> }>;
type Item = Readonly<{ entry: FeedEntry; source: string; key: Uint8Array; dateMs: number }>;

/** The pieces of a feed, the oldest first; `undefined` when the text is no feed of the named form. */
export function surveyFeed(options: FeedOptions): Candidate[] | undefined {
  const entries = parse(options.text, options.form);
  if (entries === undefined) return undefined;
  const items = entries.map((entry, at) => makeItem(options, entry, at));
  // The oldest gets the plain slug, as they will be published.
  items.sort((a, b) => a.dateMs - b.dateMs || (a.source < b.source ? -1 : 1));
  const survey = {
    options,
    links: new ArchiveLinks(options.survey, options.base),
    slugs: new Set<string>(),
  };
  return items.map((item) => {
    const { source, key, dateMs } = item;
    const slug = surveyItem(survey, item);
    const load = () => Promise.resolve(loadEntry(survey, item, slug));
    return { source, key, dateMs, isDraft: false, load };
  });
}

function makeItem(options: FeedOptions, entry: FeedEntry, at: number): Item {
  const source = entry.title || entry.url || entry.id || `item ${at + 1}`;
  const dateMs = readDate(entry.date, options.timeZone) ?? Date.parse(entry.date);
  const isDated = !Number.isNaN(dateMs);
  if (!isDated) options.problems.add(source, "date", "no date that can be read: today was used");
  const key = makeSourceKey("feed", entry.id || entry.url || `${entry.title}\n${entry.date}`);
  return { entry, source, key, dateMs: isDated ? dateMs : options.nowMs };
}

/** The slug of an item that is an article by its title, made known to the links of all others; "" for others. */
function surveyItem(survey: Survey, { entry, source, key }: Item): string {
  if (entry.title === "") return "";
  const { options: { db, log, base }, links } = survey;
  const known = findImport(db, log, key);
  // It lies among the drafts, or lay there.
  if (known !== undefined && known.index === undefined) return "";
  const slug = known?.index === undefined
    ? freeSlug(survey, entry, entry.title, source)
    : slugAt(survey.options, known.index);
  const path = base === undefined ? undefined : pathBelow(entry.url, base)?.replace(/#.*$/s, "");
  // An address that only its query tells from others is no path.
  if (slug !== "" && path !== undefined && path !== "/" && !path.includes("?")) {
    links.add("", [path], pieceUrl({ kind: "article", index: 0, slug }));
  }
  return slug;
}

function parse(text: string, form: FeedForm | undefined): FeedEntry[] | undefined {
  try {
    const parsed = parseFeed(text);
    const found = parsed.format === "rdf" ? "rss" : parsed.format;
    return form === undefined || form === found ? readEntries(parsed) : undefined;
  } catch {
    return undefined;
  }
}

function loadEntry(
  survey: Survey,
  { entry, source, dateMs: publishedAtMs }: Item,
  knownSlug: string,
): LoadedPiece | undefined {
  const { options: { problems, base }, links } = survey;
  const markdown = readMarkdown(entry, source, base, problems);
  if (markdown === "") {
    problems.add(source, "empty", "there is no text in this item: not imported");
    return undefined;
  }
  for (const url of entry.enclosures) {
    problems.add(
      source,
      "picture_remote",
      `the file ${cutBytes(url, 300)} is on another site: not fetched`,
    );
  }
  const common = {
    publishedAtMs,
    tags: entry.tags,
    pictures: [],
    ...(entry.language !== undefined && { language: entry.language }),
  };
  const words = plainText(markdown);
  if (entry.title === "" && countGraphemes(words) <= POST_GRAPHEMES_MAX && words !== "") {
    const text = postText(markdown);
    return { kind: "post", ...common, tags: joinTags(entry.tags, findTags(text)), text };
  }
  const title = entry.title || excerpt(words, TITLE_CHARS);
  const slug = knownSlug || freeSlug(survey, entry, title, source);
  return {
    kind: "article",
    ...common,
    title: cutBytes(title, TITLE_BYTES_MAX),
    slug,
    summary: isOpening(entry.summary, markdown) ? "" : cutBytes(entry.summary, SUMMARY_BYTES_MAX),
    markdown: rewriteTargets(markdown, (target) => links.resolve(target, ""), () => undefined),
    // Its own path needs no second way.
    aliases: readAlias(entry.url).filter((alias) => alias !== `/a/${slug}`),
    authors: entry.authors,
  };
}

/** The text with whole addresses; relative ones begin at the item, or at the old site. */
function readMarkdown(
  entry: FeedEntry,
  source: string,
  base: string | undefined,
  problems: Problems,
): string {
  if (entry.html === "") return cleanText(entry.text).trim();
  const converted = htmlToMarkdown(entry.html);
  for (const problem of converted.problems) problems.add(source, "html", problem);
  const site = base === undefined ? undefined : `${base}/`;
  const here = URL.parse(entry.url, site)?.href ?? site;
  const markdown = rewriteTargets(
    converted.markdown,
    (target) => URL.parse(target, here)?.href,
    (target) => {
      const url = URL.parse(target, here)?.href;
      problems.add(
        source,
        "picture_remote",
        `the picture ${cutBytes(target, 300)} is on another site: shown as a link`,
      );
      return url === undefined ? { words: "" } : { link: url };
    },
  );
  return markdown.trim();
}

/** Whether a summary only repeats how the text begins, as programs make one where its author wrote none. */
function isOpening(summary: string, markdown: string): boolean {
  const ending = /\s*The post .{1,400} appeared first on .{1,200}$/s;
  const wanted = lettersOf(summary.replace(ending, ""));
  const start = markdown.slice(0, summary.length * 8 + 4_000);
  return [plainProse(start), plainText(start)].some((text) => lettersOf(text).startsWith(wanted));
}

/** Quotes, dashes and "[…]" differ between a text and its excerpt, letters do not. */
function lettersOf(text: string): string {
  return text.normalize().replace(/[^\p{L}\p{M}\p{N}]+/gu, "").toLowerCase();
}

/** Each tag once, whatever its case. */
function joinTags(...lists: readonly (readonly string[])[]): string[] {
  const tags = new Map<string, string>();
  for (const tag of lists.flat()) {
    if (!tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag);
  }
  return [...tags.values()].slice(0, TAGS_MAX);
}

/** The words of a short post: links keep their address, because posts have no Markdown. */
function postText(markdown: string): string {
  const spelled = rewriteTargets(markdown, () => undefined, () => undefined)
    .replace(
      /\[([^\[\]]*)\]\(<?((?:https?:)[^()\s<>]+)>?\)/g,
      (_match, words: string, url: string) =>
        url.includes(words.replace(/…$/, "").trim()) || words.trim() === ""
          ? url
          : /^[#@]/.test(words)
          ? words
          : `${words} ${url}`,
    );
  const text = plainText(spelled);
  return countGraphemes(text) <= POST_GRAPHEMES_MAX ? text : plainText(markdown);
}

function slugAt({ db, log }: FeedOptions, index: number): string {
  const piece = findPiece(db, log, index);
  return piece === undefined || piece === "withdrawn" ? "" : piece.slug;
}

function freeSlug(
  { options: { db, log, problems }, slugs }: Survey,
  entry: FeedEntry,
  title: string,
  source: string,
): string {
  const last = URL.parse(entry.url)?.pathname.split("/").filter((part) => part !== "").at(-1) ?? "";
  const bare = last.replace(/\.(?:html?|php)$/i, "");
  const slug = makeSlug(/[\p{L}]/u.test(bare) ? decodePath(bare) : title);
  let free = slug;
  for (let n = 2; slugs.has(free) || findArticle(db, log, free) !== undefined; n++) {
    free = makeSlug(`${slug.slice(0, 70)}-${n}`);
  }
  if (free !== slug) {
    problems.add(source, "duplicate_slug", `the address ${slug} is taken: published as ${free}`);
  }
  slugs.add(free);
  return free;
}

function readAlias(url: string): string[] {
  const path = URL.parse(url)?.pathname ?? "/";
  const alias = decodePath(path).normalize();
  return alias === "/" || /[\p{Cc}\\]/u.test(alias) || cutBytes(alias, 1_024) !== alias
    ? []
    : [alias];
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
