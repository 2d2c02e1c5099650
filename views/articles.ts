/** One article. @module */
import { type Heading, renderMarkdown } from "../content/markdown.ts";
import type { Piece } from "../storage/pieces.ts";
import { AuthorBox, Neighbours, OwnerActions } from "./endings.ts";
import { type Content, html, type Markup, Raw } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { openGraph } from "./open_graph.ts";
import { Corrected, Published, readingTime, summaryOf, TagList } from "./pieces.ts";
import { Image } from "./pictures.ts";
import type { NeighbourPieces } from "./posts.ts";
import { proseOptions } from "./prose.ts";
import { pieceUrl } from "./urls.ts";

const CONTENTS_HEADINGS_MIN = 4;
const CONTENTS_WORDS_MIN = 700;
const CONTENTS_LEVEL_MAX = 3;
/** A cover is set wider than the text when it has the pixels and the shape for it. */
const WIDE_COVER = { pixels: 1_200, ratio: 1.3 };

/** The page of one article, or of one page outside the lists, at `/a/<slug>`. */
export function ArticlePage(
  { site, piece, neighbours }: { site: Site; piece: Piece; neighbours: NeighbourPieces },
): Markup {
  const rendered = renderMarkdown(piece.text, {
    id: `n${piece.index}`,
    hasPlainIds: true,
    ...proseOptions({ site, path: pieceUrl(piece), pictures: piece.pictures }),
  });
  const body = Raw({ html: rendered.html, class: "e-content prose", dir: "auto" });
  const article = html`
    <article class="h-entry page article-page" lang=${piece.language}>
      ${Opening({ site, piece })} ${Cover({ site, piece })} ${Contents({
        piece,
        headings: rendered.headings,
      })}
      ${body} ${Ending({ site, piece })}
    </article>
  `;
  const preview = openGraph(site, {
    type: "article",
    title: piece.title,
    description: summaryOf(piece),
    path: pieceUrl(piece),
    picture: piece.cover ?? piece.pictures[0],
    publishedAtMs: piece.publishedAtMs,
    revisedAtMs: piece.revisedAtMs,
    tags: piece.tags,
  });
  return Layout({
    site,
    title: piece.title,
    children: [article, Neighbours({ site, neighbours, kind: "article" })],
    path: pieceUrl(piece),
    description: summaryOf(piece),
    canonical: pieceUrl(piece),
    head: preview,
  });
}

function Opening({ site, piece }: { site: Site; piece: Piece }): Markup {
  const summary = piece.summary !== "" && html`
    <p class="p-summary lead" dir="auto">${piece.summary}</p>
  `;
  const authors = piece.authors.length > 0 && html`
    <span class="authors" dir="auto">By ${authorNames(piece.authors)}</span>
  `;
  const when = html`
    <a class="u-url u-uid" href=${pieceUrl(piece, site.base)}>${Published({ piece, site })}</a>
  `;
  const meta = piece.isPage
    ? html`
      <p class="meta" hidden>${when}</p>
    `
    : html`
      <p class="meta" lang=${site.language}>
        ${authors} ${when} <span>${readingTime(piece)}</span> ${Corrected({ piece, site })}
      </p>
    `;
  return html`
    <header class="opening">
      <h1 class="p-name" dir="auto">${piece.title}</h1>
      ${summary} ${meta}
    </header>
  `;
}

function authorNames(authors: readonly string[]): Content {
  return authors.map((name, place) =>
    html`${place > 0 && ", "}<span class="p-author h-card">${name}</span>`
  );
}

function Cover({ site, piece }: { site: Site; piece: Piece }): Markup | null {
  const { cover } = piece;
  if (cover === undefined) return null;
  const isWide = cover.width >= WIDE_COVER.pixels && cover.width >= cover.height * WIDE_COVER.ratio;
  return html`
    <figure class=${isWide ? "cover is-wide" : "cover"}>
      ${Image({
        site,
        picture: cover,
        label: cover.description,
        isLazy: false,
        className: "u-featured",
      })}
    </figure>
  `;
}

/** The table of contents of a long article: beside the text where there is room, folded above it elsewhere. */
function Contents(
  { piece, headings }: { piece: Piece; headings: readonly Heading[] },
): Markup | null {
  const shown = headings.filter(({ level }) => level <= CONTENTS_LEVEL_MAX);
  if (shown.length < CONTENTS_HEADINGS_MIN || piece.words < CONTENTS_WORDS_MIN) return null;
  const items: Content = shown.map(({ level, id, text }) =>
    html`<li class=${`level-${level}`}><a href=${`#${id}`}>${text}</a></li>`
  );
  return html`
    <nav class="contents" aria-label="Contents">
      <details>
        <summary>Contents</summary>
        <ol class="bare" dir="auto">${items}</ol>
      </details>
    </nav>
  `;
}

function Ending({ site, piece }: { site: Site; piece: Piece }): Markup {
  const tags = piece.tags.length > 0 && html`
    <p class="meta">${TagList({ tags: piece.tags, site })}</p>
  `;
  const actions = site.isAuthor && html`<p class="meta">${OwnerActions({ piece, site })}</p>`;
  return html`
    <footer class="ending" lang=${site.language}>
      ${tags} ${actions} ${AuthorBox({
        site,
        isAuthor: piece.isPage || piece.authors.length === 0,
      })}
    </footer>
  `;
}
