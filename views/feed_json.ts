/** A feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). @module */
import type { Feed, FeedItem } from "./feed.ts";
import { cleanXml } from "./feed_xml.ts";

/** The document; `_capsule` says where each item stands in the author's log and where its proof is. */
export function renderJsonFeed(feed: Feed): string {
  return JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: cleanXml(feed.title),
    home_page_url: feed.pageUrl,
    feed_url: feed.selfUrl,
    ...optional("description", cleanXml(feed.description)),
    ...optional("next_url", feed.olderUrl),
    ...optional("icon", feed.iconUrl),
    favicon: feed.faviconUrl,
    authors: [{
      name: cleanXml(feed.author.name),
      ...optional("url", feed.author.url),
      ...optional("avatar", feed.iconUrl),
    }],
    language: feed.language,
    _capsule: {
      about: feed.aboutUrl,
      id: feed.capsule.id,
      size: feed.capsule.size,
      root: feed.capsule.root,
    },
    items: feed.items.map(jsonItem),
  });
}

function jsonItem(item: FeedItem) {
  return {
    id: item.id,
    url: item.url,
    ...optional("title", cleanXml(item.title)),
    ...(item.html === ""
      ? { content_text: cleanXml(item.summary || item.title || item.url) }
      : { content_html: cleanXml(item.html) }),
    ...optional("summary", cleanXml(item.summary)),
    ...optional("image", item.cover),
    date_published: new Date(item.publishedAtMs).toISOString(),
    ...optional(
      "date_modified",
      item.revisedAtMs === undefined ? "" : new Date(item.revisedAtMs).toISOString(),
    ),
    authors: item.authors.map((author) => ({
      name: cleanXml(author.name),
      ...optional("url", author.url),
    })),
    ...(item.tags.length === 0 ? {} : { tags: item.tags.map(cleanXml) }),
    language: item.language,
    ...(item.pictures.length === 0 ? {} : {
      attachments: item.pictures.map((picture) => ({
        url: picture.url,
        mime_type: picture.type,
        ...optional("title", cleanXml(picture.description)),
        size_in_bytes: picture.bytes,
      })),
    }),
    _capsule: { index: item.index, hash: item.hash, proof: item.proofUrl },
  };
}

/** The pair, or nothing where there is no value. */
function optional(name: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === "" ? {} : { [name]: value };
}
