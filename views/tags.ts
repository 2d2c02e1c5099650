/** Tags: all of them, and everything under one. @module */
import type { Piece } from "../storage/pieces.ts";
import type { TagCount } from "../storage/tags.ts";
import { html, type Markup } from "./html.ts";
import { feedLinks, Layout, type Site } from "./layout.ts";
import { type Paging, pagingHead, PagingLinks } from "./paging.ts";
import { FeedAuthor, PieceList } from "./pieces.ts";
import { tagUrl } from "./urls.ts";

const WEIGHTS = 4;

/** The page at `/tags`: in the order of the alphabet, the frequent ones larger. */
export function TagsPage({ site, tags }: { site: Site; tags: readonly TagCount[] }): Markup {
  const most = Math.max(1, ...tags.map(({ count }) => count));
  const order = new Intl.Collator(collation(site.language));
  const sorted = [...tags].sort((a, b) => order.compare(a.label, b.label));
  const items = sorted.map(({ tag, label, count }) =>
    html`
      <li class=${`weight-${weightOf(count, most)}`}>
        <a href=${tagUrl(
          tag,
          site.base,
        )}><span dir="auto">${label}</span> <span class="count">${count}</span></a>
      </li>
    `
  );
  const list = tags.length === 0
    ? html`<p class="empty">No tags are in use yet.</p>`
    : html`<ul class="tag-cloud bare">${items}</ul>`;
  const page = html`<div class="page"><h1 class="page-title">Tags</h1>${list}</div>`;
  return Layout({
    site,
    title: "Tags",
    children: page,
    path: "/tags",
    description: `What ${site.name} writes about.`,
    canonical: "/tags",
  });
}

/** The page at `/tags/<tag>`. */
export function TagPage(
  { site, tag, pieces, paging, path }: {
    site: Site;
    tag: TagCount;
    pieces: readonly Piece[];
    paging: Paging;
    path: string;
  },
): Markup {
  const page = html`
    <div class="h-feed">
      <div class="page-title">
        <h1 class="p-name" dir="auto">#${tag.label}</h1>
        <p class="quiet">${countWords(tag.count)} · <a href=${`${
          tagUrl(tag.tag, site.base)
        }/feed.atom`}>Feed</a></p>
      </div>
      ${FeedAuthor({ site })} ${PieceList({ pieces, site })} ${PagingLinks(paging)}
    </div>
  `;
  return Layout({
    site,
    title: `#${tag.label}`,
    children: page,
    path: tagUrl(tag.tag),
    description: `What ${site.name} wrote about ${tag.label}.`,
    canonical: path,
    feeds: feedLinks(`${site.name}: #${tag.label}`, tagUrl(tag.tag)),
    head: pagingHead(paging),
  });
}

/** "1 piece", "12 pieces". */
export function countWords(count: number): string {
  return count === 1 ? "1 piece" : `${count.toLocaleString("en")} pieces`;
}

// Frequencies fall off steeply: logarithms make the steps even.
function weightOf(count: number, most: number): number {
  if (most <= 1) return 1;
  return 1 + Math.round((Math.log(count) / Math.log(most)) * (WEIGHTS - 1));
}

function collation(language: string): string {
  try {
    return Intl.Collator.supportedLocalesOf([language])[0] ?? "en";
  } catch (error) {
    // A tag may have the form of one and name nothing: "en-a".
    if (!(error instanceof RangeError)) throw error;
    return "en";
  }
}
