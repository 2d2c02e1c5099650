/** Search: a form, and what it found with the words marked. @module */
import { plainProse, plainText } from "../content/excerpt.ts";
import type { Piece } from "../storage/pieces.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { hasWords, markWords, passageAround, wordsOf } from "./marks.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import { Published } from "./pieces.ts";
import { postTitle } from "./posts.ts";
import { pieceUrl } from "./urls.ts";

const PASSAGE_CHARS = 240;

type Props = Readonly<{
  site: Site;
  query: string;
  /** `undefined` before anything was asked. */
  found: readonly Piece[] | undefined;
  paging: Paging;
}>;

/** The page at `/search`. */
export function SearchPage({ site, query, found, paging }: Props): Markup {
  const title = query === "" ? "Search" : `Search: ${query}`;
  const page = html`
    <div class="page">
      <h1 class="page-title">Search</h1>
      ${SearchForm({ site, query, label: `Search in everything by ${site.name}` })}
      ${found !== undefined && Results({ site, query, found })} ${PagingLinks(paging)}
    </div>
  `;
  return Layout({
    site,
    title,
    children: page,
    path: "/search",
    canonical: "/search",
    isIndexed: query === "",
  });
}

/** The form alone, for pages that offer a way on. */
export function SearchForm(
  { site, query, label }: { site: Site; query: string; label: string },
): Markup {
  return html`
    <form class="search" action=${`${site.base}/search`} method="get" role="search">
      <label for="q">${label}</label>
      <div class="search-row">
        <input id="q" name="q" type="search" value=${query} maxlength="200" autocomplete="off" />
        <button type="submit">Search</button>
      </div>
    </form>
  `;
}

function Results(
  { site, query, found }: { site: Site; query: string; found: readonly Piece[] },
): Markup {
  if (found.length === 0) {
    return html`
      <p class="empty" role="status">
        Nothing has the words “${query}”. Try fewer or other words, or look through${" "}
        <a href=${`${site.base}/archive`}>the archive</a>.
      </p>
    `;
  }
  const words = wordsOf(query);
  const items = found.map((piece) => Result({ site, piece, words }));
  return html`<ol class="results bare">${items}</ol>`;
}

function Result(
  { site, piece, words }: { site: Site; piece: Piece; words: readonly string[] },
): Markup {
  const isArticle = piece.kind === "article";
  const url = pieceUrl(piece, site.base);
  // What pictures show is found, too.
  const pictures = piece.pictures.map(({ description }) => description).filter(Boolean).join(" · ");
  const text = isArticle ? articleText(piece, words) : `${piece.text}\n${pictures}`;
  const passage = passageAround(text.replace(/\s+/g, " ").trim(), words, PASSAGE_CHARS);
  const title: Content = isArticle ? markWords(piece.title, words) : postTitle(piece);
  const heading = isArticle
    ? html`
      <h2 dir="auto" lang=${piece.language}><a href=${url}>${title}</a></h2>
    `
    : html`
      <h2 class="visually-hidden" dir="auto" lang=${piece.language}>${title}</h2>
    `;
  return html`
    <li class=${`result ${piece.kind}`}>
      ${heading}
      <p dir="auto" lang=${piece.language}>${markWords(passage, words)}</p>
      <p class="meta"><a href=${url}>${Published({ piece, site })}</a></p>
    </li>
  `;
}

/** Headings are left out, unless only they have the words. */
function articleText({ summary, text }: Piece, words: readonly string[]): string {
  const prose = `${summary}\n${plainProse(text)}`;
  return hasWords(prose, words) ? prose : `${summary}\n${plainText(text)}`;
}
