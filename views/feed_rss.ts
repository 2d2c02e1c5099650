/** A feed as RSS 2.0, with full contents, pictures as media elements, and links to the older documents. @module */
import { escapeHtml } from "../content/escape.ts";
import type { Feed, FeedItem, FeedPicture } from "./feed.ts";
import { historyLinks } from "./feed_atom.ts";
import { element, textElement } from "./feed_xml.ts";

const NAMESPACES = {
  version: "2.0",
  "xmlns:atom": "http://www.w3.org/2005/Atom",
  "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
  "xmlns:dc": "http://purl.org/dc/elements/1.1/",
  "xmlns:fh": "http://purl.org/syndication/history/1.0",
  "xmlns:media": "http://search.yahoo.com/mrss/",
};

/** The document. */
export function renderRssFeed(feed: Feed): string {
  const type = "application/rss+xml";
  const channel = [
    textElement("title", feed.title),
    textElement("link", feed.pageUrl),
    textElement("description", feed.description || feed.title),
    textElement("language", feed.language),
    textElement("lastBuildDate", rssTime(feed.updatedAtMs)),
    element("atom:link", { rel: "self", type, href: feed.selfUrl }),
    ...historyLinks(feed, "atom:link", type),
    feed.isArchive ? element("fh:archive", {}) : "",
    feed.iconUrl === undefined ? "" : element(
      "image",
      {},
      textElement("url", feed.iconUrl) + textElement("title", feed.title) +
        textElement("link", feed.pageUrl),
    ),
    ...feed.items.map((item) => element("item", {}, lines(itemParts(item)))),
  ];
  const document = element("rss", NAMESPACES, element("channel", {}, lines(channel)));
  return `<?xml version="1.0" encoding="utf-8"?>\n${document}\n`;
}

function itemParts(item: FeedItem): string[] {
  const first = item.pictures[0];
  // Plain readers know only the description: a post is there whole, an article with its summary and its text beside it.
  const isWhole = item.title === "" || item.summary === "";
  return [
    item.title === "" ? "" : textElement("title", item.title),
    textElement("link", item.url),
    textElement("guid", item.id, { isPermaLink: "false" }),
    textElement("pubDate", rssTime(item.publishedAtMs)),
    item.revisedAtMs === undefined
      ? ""
      : textElement("atom:updated", new Date(item.revisedAtMs).toISOString()),
    ...item.authors.map((author) => textElement("dc:creator", author.name)),
    textElement("dc:language", item.language),
    ...item.tags.map((tag) => textElement("category", tag)),
    textElement(
      "description",
      isWhole ? item.html || escapeHtml(item.title) : escapeHtml(item.summary),
    ),
    item.html === "" || isWhole ? "" : textElement("content:encoded", item.html),
    // RSS has room for one enclosure; the media elements name all pictures, with their descriptions.
    first === undefined
      ? ""
      : element("enclosure", { url: first.url, length: first.bytes, type: first.type }),
    ...item.pictures.map(mediaContent),
  ];
}

function mediaContent(picture: FeedPicture): string {
  const { url, type, width, height } = picture;
  const attributes = { url, fileSize: picture.bytes, type, medium: "image", width, height };
  return element(
    "media:content",
    attributes,
    picture.description === ""
      ? ""
      : textElement("media:description", picture.description, { type: "plain" }),
  );
}

/** RFC 822 with a four-digit year, as RSS asks. */
function rssTime(ms: number): string {
  return new Date(ms).toUTCString();
}

function lines(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").map((part) => `\n${part}`).join("") + "\n";
}
