/** Reading ordinary feeds: RSS, Atom, RDF and JSON Feed in one bounded shape, and pages that name one. @module */
import type { AnyFeed, AtomFeed, JsonFeed, RdfFeed, RssFeed } from "feedsmith";

/** One item as its feed has it; texts are "" where there are none. */
export type FeedEntry = Readonly<{
  /** What tells it from others of its feed. */
  id: string;
  url: string;
  /** May hold HTML. */
  title: string;
  /** Foreign HTML: not safe. */
  html: string;
  author: string;
  /** The claimed time, Unix milliseconds; absent when none can be read. */
  atMs: number | undefined;
}>;

/** A feed that could be read. */
export type FeedDocument = Readonly<{
  /** May hold HTML. */
  title: string;
  siteUrl: string;
  /** The newest, at most `ENTRIES_MAX`. */
  entries: FeedEntry[];
}>;

/** Bytes of a feed, decompressed. */
export const FEED_BYTES_MAX = 4 * 1024 * 1024;
/** Items taken from one feed at once. */
export const ENTRIES_MAX = 100;

const PARSED_MAX = 1_000;
const HTML_CHARS_MAX = 128 * 1024;
const LINE_CHARS_MAX = 1_000;
const URL_CHARS_MAX = 2_048;
const PAGE_CHARS_MAX = 512 * 1024;
const LINKS_MAX = 8;
const FEED_TYPE = /^(?:application\/(?:rss\+xml|atom\+xml|feed\+json|rdf\+xml|json)|text\/xml)\b/i;

/** Decodes a feed in any form; undefined for what is none. Never throws for what the bytes hold. */
export async function decodeFeed(
  bytes: Uint8Array,
  contentType: string | null,
): Promise<FeedDocument | undefined> {
  // Few capsules follow feeds, and the library is large.
  const { parseFeed } = await import("feedsmith");
  try {
    return readFeed(parseFeed(decodeText(bytes, contentType), { maxItems: PARSED_MAX }));
  } catch {
    // The library tells in many ways that this is no feed.
    return undefined;
  }
}

/** The URLs of the feeds that an HTML page names in its head, in its order. */
export function findFeedLinks(
  bytes: Uint8Array,
  contentType: string | null,
  pageUrl: string,
): string[] {
  const page = decodeText(bytes, contentType).slice(0, PAGE_CHARS_MAX);
  const links = new Set<string>();
  for (const [tag] of page.matchAll(/<link\s[^<>]{1,4000}>/gi)) {
    const isFeed = /\balternate\b/i.test(readAttribute(tag, "rel")) &&
      FEED_TYPE.test(readAttribute(tag, "type").trim());
    const url = isFeed
      ? URL.parse(decodeEntities(readAttribute(tag, "href").trim()), pageUrl)
      : null;
    if (url !== null && readUrl(url.href) !== "") links.add(url.href);
    if (links.size === LINKS_MAX) break;
  }
  return [...links];
}

function readAttribute(tag: string, name: string): string {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(
    tag,
  );
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? "";
}

function decodeEntities(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&#38;", "&").replaceAll("&#x26;", "&");
}

/** By the header, else by what XML or HTML says of itself, else UTF-8. */
function decodeText(bytes: Uint8Array, contentType: string | null): string {
  const opening = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  const label = /charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(contentType ?? "")?.[1] ??
    /<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]{1,40})/i.exec(opening)?.[1] ??
    /<meta[^>]{1,200}?charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(opening)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    // An encoding that nobody knows.
    return new TextDecoder().decode(bytes);
  }
}

function readFeed(parsed: AnyFeed): FeedDocument {
  switch (parsed.format) {
    case "json": {
      const { feed } = parsed;
      const entries = (feed.items ?? []).map((item) => fromJson(item, feed));
      return finish(feed.title, feed.home_page_url, entries);
    }
    case "atom": {
      const { feed } = parsed;
      return finish(feed.title?.value, findPage(feed.links), (feed.entries ?? []).map(fromAtom));
    }
    case "rss": {
      const { feed } = parsed;
      return finish(feed.title, feed.link, (feed.items ?? []).map(fromRss));
    }
    case "rdf": {
      const { feed } = parsed;
      return finish(feed.title, feed.link, (feed.items ?? []).map(fromRdf));
    }
  }
}

function finish(
  title: string | undefined,
  siteUrl: string | undefined,
  entries: readonly FeedEntry[],
): FeedDocument {
  // Most feeds begin with the newest; those that do not say when they were written keep their places.
  const newest = entries.map((entry, place) => ({ entry, place })).sort((a, b) =>
    (b.entry.atMs ?? Infinity) - (a.entry.atMs ?? Infinity) || a.place - b.place
  );
  return {
    title: cut(title),
    siteUrl: readUrl(siteUrl),
    entries: newest.slice(0, ENTRIES_MAX).map(({ entry }) => entry),
  };
}

function fromJson(item: JsonFeed.Item<string>, feed: JsonFeed.Feed<string>): FeedEntry {
  const names = (item.authors ?? feed.authors)?.map(({ name }) => name);
  return makeEntry({
    id: item.id,
    url: item.url ?? item.external_url,
    title: item.title,
    html: item.content_html ?? (escape(item.content_text ?? "") || item.summary),
    names,
    date: item.date_published ?? item.date_modified,
  });
}

function fromAtom(entry: AtomFeed.Entry<string>): FeedEntry {
  const words = entry.content ?? entry.summary;
  const value = words?.value ?? "";
  return makeEntry({
    id: entry.id,
    url: findPage(entry.links) ?? entry.links?.[0]?.href,
    title: entry.title?.value,
    html: words?.type === "text" ? escape(value) : value,
    names: entry.authors?.map(({ name }) => name),
    date: entry.published ?? entry.updated,
  });
}

function fromRss(item: RssFeed.Item<string>): FeedEntry {
  const guid = item.guid?.value;
  const names = [...(item.dc?.creators ?? []), ...(item.authors ?? []).map(readAuthor)];
  return makeEntry({
    id: guid,
    // Many ids that call themselves links are none.
    url: item.link ?? (/^https?:\/\//i.test(guid ?? "") ? guid : item.enclosures?.[0]?.url),
    title: item.title,
    html: item.content?.encoded ?? item.description,
    names,
    date: item.pubDate ?? item.dc?.dates?.[0],
  });
}

function fromRdf(item: RdfFeed.Item<string>): FeedEntry {
  return makeEntry({
    id: item.link,
    url: item.link,
    title: item.title,
    html: item.content?.encoded ?? item.description,
    names: item.dc?.creators,
    date: item.dc?.dates?.[0],
  });
}

type Loose = Readonly<{
  id: string | undefined;
  url: string | undefined;
  title: string | undefined;
  html: string | undefined;
  names: readonly (string | undefined)[] | undefined;
  date: string | undefined;
}>;

function makeEntry({ id, url, title, html, names, date }: Loose): FeedEntry {
  const atMs = Date.parse(date ?? "");
  const known = (names ?? []).filter((name) => name !== undefined && name.trim() !== "");
  return {
    id: cut(id) || cut(url) || `${cut(title)}\n${cut(date)}`,
    url: readUrl(url),
    title: cut(title),
    html: (html ?? "").slice(0, HTML_CHARS_MAX),
    author: cut([...new Set(known)].slice(0, 5).join(", ")),
    atMs: Number.isNaN(atMs) ? undefined : atMs,
  };
}

/** RSS has "address (name)". */
function readAuthor(author: unknown): string | undefined {
  if (typeof author === "string") return /\(([^()]+)\)\s*$/.exec(author)?.[1] ?? author;
  if (typeof author !== "object" || author === null || !("name" in author)) return undefined;
  return typeof author.name === "string" ? author.name : undefined;
}

function findPage(links: readonly AtomFeed.Link<string>[] | undefined): string | undefined {
  return links?.find(({ rel }) => rel === undefined || rel === "alternate")?.href;
}

function cut(text: string | undefined): string {
  return (text ?? "").slice(0, LINE_CHARS_MAX).trim();
}

/** A whole URL of a page, or ""; relative ones are for whoever knows where the feed is. */
function readUrl(url: string | undefined): string {
  const text = (url ?? "").trim();
  if (text.length > URL_CHARS_MAX) return "";
  const parsed = URL.parse(text);
  if (parsed === null) return /^[a-z][a-z0-9+.-]*:/i.test(text) ? "" : text;
  return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : "";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
