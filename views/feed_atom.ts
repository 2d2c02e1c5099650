/** A feed as Atom (RFC 4287), its older documents linked as RFC 5005 has it. @module */
import type { Feed, FeedAuthor, FeedItem } from "./feed.ts";
import { element, textElement } from "./feed_xml.ts";

/** The document. */
export function renderAtomFeed(feed: Feed): string {
  const attributes = {
    xmlns: "http://www.w3.org/2005/Atom",
    "xmlns:fh": "http://purl.org/syndication/history/1.0",
    "xmlns:media": "http://search.yahoo.com/mrss/",
    "xml:lang": feed.language,
  };
  const type = "application/atom+xml";
  const inner = [
    textElement("id", feed.id),
    textElement("title", feed.title),
    feed.description === "" ? "" : textElement("subtitle", feed.description),
    textElement("updated", isoTime(feed.updatedAtMs)),
    atomAuthor(feed.author),
    element("link", { rel: "self", type, href: feed.selfUrl }),
    element("link", { rel: "alternate", type: "text/html", href: feed.pageUrl }),
    ...historyLinks(feed, "link", type),
    feed.isArchive ? element("fh:archive", {}) : "",
    textElement("icon", feed.iconUrl ?? feed.faviconUrl),
    feed.iconUrl === undefined ? "" : textElement("logo", feed.iconUrl),
    ...feed.items.map(atomEntry),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>\n${element("feed", attributes, lines(inner))}\n`;
}

/** The links between the documents of one feed, for Atom and (as `atom:link`) for RSS. */
export function historyLinks(feed: Feed, name: string, type: string): string[] {
  const links = [element(name, { rel: "first", type, href: feed.firstUrl })];
  if (feed.isArchive) links.push(element(name, { rel: "current", type, href: feed.firstUrl }));
  if (feed.olderUrl !== undefined) {
    links.push(
      element(name, { rel: "next", type, href: feed.olderUrl }),
      element(name, { rel: "prev-archive", type, href: feed.olderUrl }),
    );
  }
  return links;
}

function atomEntry(item: FeedItem): string {
  return element("entry", { "xml:lang": item.language }, lines(["", ...entryParts(item)]));
}

function entryParts(item: FeedItem): string[] {
  return [
    textElement("id", item.id),
    // The format demands the element; a post has no title, so it stays empty.
    textElement("title", item.title),
    element("link", { rel: "alternate", type: "text/html", href: item.url }),
    textElement("published", isoTime(item.publishedAtMs)),
    textElement("updated", isoTime(item.revisedAtMs ?? item.publishedAtMs)),
    ...item.authors.map(atomAuthor),
    ...item.tags.map((tag) => element("category", { term: tag.toLowerCase(), label: tag })),
    item.summary === "" ? "" : textElement("summary", item.summary),
    item.html === "" ? "" : textElement("content", item.html, { type: "html" }),
    ...item.pictures.map((picture) =>
      element("link", {
        rel: "enclosure",
        type: picture.type,
        length: picture.bytes,
        title: picture.description || undefined,
        href: picture.url,
      })
    ),
  ];
}

function atomAuthor(author: FeedAuthor): string {
  const uri = author.url === undefined ? "" : textElement("uri", author.url);
  return element("author", {}, textElement("name", author.name) + uri);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").map((part) => `\n${part}`).join("") + "\n";
}
