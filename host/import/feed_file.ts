/** A feed file (RSS, Atom, RDF, JSON Feed) as pieces: its HTML becomes Markdown, nothing is fetched. @module */
import { parseFeed } from "feedsmith";
import { cleanText } from "../../content/escape.ts";
import { htmlToMarkdown } from "../../content/html_to_markdown.ts";
import { countGraphemes, findTags } from "../../content/post_text.ts";
import { excerpt, plainText } from "../../content/excerpt.ts";
import { makeSlug } from "../../content/slug.ts";
import { findArticle } from "../../storage/pieces.ts";
import type { Database } from "../../storage/database.ts";
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
  log: number;
  text: string;
  /** Said by the person; found out when absent. */
  form?: FeedForm | undefined;
  timeZone: string;
  nowMs: number;
  problems: Problems;
}>;

const POST_GRAPHEMES_MAX = 500;
const TITLE_BYTES_MAX = 1_024;
const SUMMARY_BYTES_MAX = 4_096;
const TITLE_CHARS = 60;
const TAGS_MAX = 32;

/** The pieces of a feed; `undefined` when the text is no feed of the named form. */
export function surveyFeed(options: FeedOptions): Candidate[] | undefined {
  const entries = parse(options.text, options.form);
  if (entries === undefined) return undefined;
  const slugs = new Set<string>();
  return entries.map((entry, at) => {
    const source = entry.title || entry.url || entry.id || `item ${at + 1}`;
    const dateMs = readDate(entry.date, options.timeZone) ?? Date.parse(entry.date);
    const isDated = !Number.isNaN(dateMs);
    if (!isDated) options.problems.add(source, "date", "no date that can be read: today was used");
    const key = makeSourceKey("feed", entry.id || entry.url || `${entry.title}\n${entry.date}`);
    const publishedAtMs = isDated ? dateMs : options.nowMs;
    const load = () => Promise.resolve(loadEntry(options, slugs, entry, source, publishedAtMs));
    return { source, key, dateMs: publishedAtMs, isDraft: false, load };
  });
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
  options: FeedOptions,
  slugs: Set<string>,
  entry: FeedEntry,
  source: string,
  publishedAtMs: number,
): LoadedPiece | undefined {
  const { problems } = options;
  const markdown = readMarkdown(entry, source, problems);
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
  return {
    kind: "article",
    ...common,
    title: cutBytes(title, TITLE_BYTES_MAX),
    slug: freeSlug(options, slugs, entry, title, source),
    summary: cutBytes(entry.summary, SUMMARY_BYTES_MAX),
    markdown,
    aliases: readAlias(entry.url),
    authors: entry.authors,
  };
}

function readMarkdown(entry: FeedEntry, source: string, problems: Problems): string {
  if (entry.html === "") return cleanText(entry.text).trim();
  const converted = htmlToMarkdown(entry.html);
  for (const problem of converted.problems) problems.add(source, "html", problem);
  const markdown = rewriteTargets(
    converted.markdown,
    (target) => URL.parse(target, entry.url || undefined)?.href,
    (target) => {
      const url = URL.parse(target, entry.url || undefined)?.href;
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

function freeSlug(
  { db, log, problems }: FeedOptions,
  slugs: Set<string>,
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
  const alias = decodePath(path);
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
