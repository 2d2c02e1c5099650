/** The archive: years with their counts, and one year month by month. @module */
import type { MonthCount, YearCount } from "../storage/archive.ts";
import type { Piece } from "../storage/pieces.ts";
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { type Paging, pagingHead, PagingLinks } from "./paging.ts";
import { FeedAuthor } from "./pieces.ts";
import { postTitle } from "./posts.ts";
import { countWords } from "./tags.ts";
import { shorten } from "./text.ts";
import { formatMonth, isoTime, month as monthOf } from "./time.ts";
import { pieceUrl } from "./urls.ts";

const WORDS_CHARS = 110;

/** The page at `/archive`. */
export function ArchivePage({ site, years }: { site: Site; years: readonly YearCount[] }): Markup {
  const items = years.map(({ year, count }) =>
    html`
      <li>
        <a
          href=${`${site.base}/archive/${year}`}><span class="year">${year}</span><span class="count">${countWords(
            count,
          )}</span></a>
      </li>
    `
  );
  const list = years.length === 0
    ? html`<p class="empty">Nothing is published here yet.</p>`
    : html`<ol class="years bare">${items}</ol>`;
  const page = html`
    <div class="page">
      <h1 class="page-title">Archive</h1>
      ${list}
      <p class="quiet">Also by <a href=${`${site.base}/tags`}>tag</a>, or${" "}
        <a href=${`${site.base}/search`}>search</a> it.</p>
    </div>
  `;
  return Layout({
    site,
    title: "Archive",
    children: page,
    path: "/archive",
    description: `Everything by ${site.name}, year by year.`,
    canonical: "/archive",
  });
}

type YearProps = Readonly<{
  site: Site;
  year: number;
  months: readonly MonthCount[];
  pieces: readonly Piece[];
  paging: Paging;
  path: string;
}>;

/** The page at `/archive/<year>`: a line for each piece, under its month. */
export function YearPage(props: YearProps): Markup {
  const { site, year, months, pieces, paging, path } = props;
  const groups = Map.groupBy(pieces, (piece) => monthOf(piece.publishedAtMs, site.timeZone));
  const counts = new Map(months.map(({ month, count }) => [month, count]));
  const sections = [...groups].map(([month, group]) => {
    const [first] = group;
    const name = first === undefined ? "" : formatMonth(first.publishedAtMs, site);
    return html`
      <section class="month">
        <h2>${name} <span class="count">${counts.get(month) ?? group.length}</span></h2>
        <ol class="bare">${group.map((piece) => Line({ site, piece }))}</ol>
      </section>
    `;
  });
  const count = months.reduce((sum, month) => sum + month.count, 0);
  const page = html`
    <div class="page h-feed">
      <div class="page-title">
        <h1 class="p-name">${year}</h1>
        <p class="quiet">${countWords(count)} · <a href=${`${site.base}/archive`}>All years</a></p>
      </div>
      ${FeedAuthor({ site })} ${sections} ${PagingLinks(paging)}
    </div>
  `;
  return Layout({
    site,
    title: String(year),
    children: page,
    path: "/archive",
    description: `What ${site.name} published in ${year}.`,
    canonical: path,
    head: pagingHead(paging),
  });
}

function Line({ site, piece }: { site: Site; piece: Piece }): Markup {
  const isArticle = piece.kind === "article";
  const words = isArticle
    ? piece.title
    : shorten(piece.text.replace(/\s+/g, " ").trim(), WORDS_CHARS);
  const day = dayOf(piece.publishedAtMs, site.timeZone);
  return html`
    <li class=${`h-entry line ${piece.kind}`}>
      <time class="dt-published" datetime=${isoTime(piece.publishedAtMs)}>${day}</time>
      <a class="p-name u-url" href=${pieceUrl(piece, site.base)} lang=${piece.language} dir="auto">
        ${words || postTitle(piece)}
      </a>
    </li>
  `;
}

const days = new Map<string, Intl.DateTimeFormat>();

function dayOf(ms: number, timeZone: string): string {
  let format = days.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en", { day: "numeric", timeZone });
    if (days.size > 8) days.clear();
    days.set(timeZone, format);
  }
  return format.format(ms);
}
