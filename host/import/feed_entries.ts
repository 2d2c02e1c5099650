/** The items of a parsed feed in one shape, whichever form they came in. @module */
import type { AnyFeed, AtomFeed, JsonFeed, RdfFeed, RssFeed } from "feedsmith";
import { plainText } from "../../content/excerpt.ts";
import { htmlToMarkdown } from "../../content/html_to_markdown.ts";
import { cleanTag, readText } from "./field_values.ts";

/** One item. Texts are "" where there are none. */
export type FeedEntry = Readonly<{
  id: string;
  url: string;
  title: string;
  /** The whole content as HTML. */
  html: string;
  /** The content as plain text, where there is no HTML. */
  text: string;
  summary: string;
  /** As written. */
  date: string;
  tags: string[];
  authors: string[];
  language: string | undefined;
  /** Files that belong to it. */
  enclosures: string[];
}>;

const TAGS_MAX = 32;
const AUTHORS_MAX = 64;
/** Items of one feed file. */
const ITEMS_MAX = 100_000;

/** The items of a feed, as they stand in it. */
export function readEntries(parsed: AnyFeed): FeedEntry[] {
  switch (parsed.format) {
    case "json":
      return (parsed.feed.items ?? []).slice(0, ITEMS_MAX).map((item) =>
        fromJson(item, parsed.feed)
      );
    case "atom":
      return (parsed.feed.entries ?? []).slice(0, ITEMS_MAX).map(fromAtom);
    case "rss":
      return (parsed.feed.items ?? []).slice(0, ITEMS_MAX).map((item) =>
        fromRss(item, parsed.feed)
      );
    case "rdf":
      return (parsed.feed.items ?? []).slice(0, ITEMS_MAX).map(fromRdf);
  }
}

function fromJson(item: JsonFeed.Item<string>, feed: JsonFeed.Feed<string>): FeedEntry {
  return {
    id: item.id ?? "",
    url: item.url ?? item.external_url ?? "",
    title: readTitle(item.title),
    html: item.content_html ?? "",
    text: item.content_text ?? "",
    summary: readText(item.summary) ?? "",
    date: item.date_published ?? item.date_modified ?? "",
    tags: readTags(item.tags),
    authors: readNames(
      (item.authors ?? feed.authors)?.map(({ name }) => name),
      feed.authors?.length === 1,
    ),
    language: item.language ?? feed.language,
    enclosures: readUrls(item.attachments?.map(({ url }) => url)),
  };
}

function fromAtom(entry: AtomFeed.Entry<string>): FeedEntry {
  const links = entry.links ?? [];
  const isPlain = entry.content?.type === "text";
  const whole = entry.content?.value ?? entry.summary?.value ?? "";
  return {
    id: entry.id ?? "",
    url: links.find(({ rel }) => rel === undefined || rel === "alternate")?.href ?? "",
    title: readTitle(entry.title?.value),
    html: isPlain ? "" : whole,
    text: isPlain ? whole : "",
    summary: entry.content === undefined ? "" : readWords(entry.summary?.value),
    date: entry.published ?? entry.updated ?? "",
    tags: readTags(entry.categories?.map(({ label, term }) => label ?? term)),
    authors: readNames(entry.authors?.map(({ name }) => name), true),
    language: undefined,
    enclosures: readUrls(links.filter(({ rel }) => rel === "enclosure").map(({ href }) => href)),
  };
}

function fromRss(item: RssFeed.Item<string>, feed: RssFeed.Feed<string>): FeedEntry {
  const encoded = item.content?.encoded;
  return {
    id: item.guid?.value ?? "",
    url: item.link ?? (item.guid?.isPermaLink === false ? "" : item.guid?.value ?? ""),
    title: readTitle(item.title),
    html: encoded ?? item.description ?? "",
    text: "",
    summary: encoded === undefined ? "" : readWords(item.description),
    date: item.pubDate ?? item.dc?.dates?.[0] ?? "",
    tags: readTags(item.categories?.map(({ name }) => name)),
    authors: readNames(
      [...(item.dc?.creators ?? []), ...(item.authors ?? []).map(readAuthor)],
      true,
    ),
    language: item.dc?.languages?.[0] ?? feed.language,
    enclosures: readUrls([
      ...(item.enclosures ?? []).map(({ url }) => url),
      ...(item.media?.contents ?? []).map(({ url }) => url),
    ]),
  };
}

function fromRdf(item: RdfFeed.Item<string>): FeedEntry {
  return {
    id: item.link ?? "",
    url: item.link ?? "",
    title: readTitle(item.title),
    html: item.content?.encoded ?? item.description ?? "",
    text: "",
    summary: "",
    date: item.dc?.dates?.[0] ?? "",
    tags: readTags(item.dc?.subjects),
    authors: readNames(item.dc?.creators, true),
    language: item.dc?.languages?.[0],
    enclosures: [],
  };
}

/** A title is one line of words, whatever its feed made of it. */
function readTitle(title: string | undefined): string {
  return readWords(title).replace(/\s+/g, " ");
}

/** The words of what may be HTML. */
function readWords(html: string | undefined): string {
  const isMarked = html !== undefined && /[<&]/.test(html);
  return readText(isMarked ? plainText(htmlToMarkdown(html).markdown) : html) ?? "";
}

function readTags(names: readonly (string | undefined)[] | undefined): string[] {
  const tags = new Map<string, string>();
  for (const name of names ?? []) {
    const tag = cleanTag(readText(name) ?? "");
    if (tag !== undefined && tags.size < TAGS_MAX) tags.set(tag.toLowerCase(), tag);
  }
  return [...tags.values()];
}

/** Several authors are named; one author is the owner, who needs no name on every piece. */
function readNames(names: readonly (string | undefined)[] | undefined, isAlone: boolean): string[] {
  const known = (names ?? []).map((name) => readText(name)).filter((name) => name !== undefined);
  const unique = [...new Set(known)].slice(0, AUTHORS_MAX);
  return isAlone && unique.length < 2 ? [] : unique;
}

/** RSS has "address (name)". */
function readAuthor(author: unknown): string | undefined {
  if (typeof author === "string") return /\(([^()]+)\)\s*$/.exec(author)?.[1] ?? author;
  if (typeof author !== "object" || author === null || !("name" in author)) return undefined;
  return typeof author.name === "string" ? author.name : undefined;
}

function readUrls(urls: readonly (string | undefined)[] | undefined): string[] {
  return [...new Set((urls ?? []).filter((url) => url !== undefined))].slice(0, 64);
}
