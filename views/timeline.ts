/** The timeline: everybody followed, the newest first, each thing with who said it. @module */
import { excerpt } from "../content/excerpt.ts";
import type { FeedItem } from "../storage/feeds.ts";
import type { Piece } from "../storage/pieces.ts";
import { describeAge } from "./ages.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import type { Site } from "./layout.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import { Image, PictureGrid, Portrait } from "./pictures.ts";
import { Corrected, PostBody, PostContext, readingTime, summaryOf } from "./pieces.ts";
import { Initial } from "./studio_faces.ts";
import { type Frame, StudioPage } from "./studio.ts";
import { safeUrl } from "./text.ts";
import { formatDate, formatDateTime, isoTime } from "./time.ts";
import { originUrl, pieceUrl } from "./urls.ts";

/** One thing to show: a piece with the site of its author as it is mirrored here, or an item of a feed. */
export type TimelineLine = Readonly<{ piece: Piece; site: Site }> | Readonly<{ item: FeedItem }>;

type Props = Readonly<{
  frame: Frame;
  nowMs: number;
  lines: readonly TimelineLine[];
  paging: Paging;
  /** What is above this id is new to the owner. */
  seenId: number | undefined;
  isFirst: boolean;
  /** True when somebody is followed already. */
  isFollowing: boolean;
}>;

const EXCERPT_CHARS = 320;
const DAY_MS = 86_400_000;
/** Clocks differ by less. */
const AHEAD_MS = 10 * 60_000;

/** The page at `/studio/timeline`. */
export function TimelinePage(props: Props): Markup {
  const { frame, lines, paging } = props;
  return StudioPage({
    frame,
    title: "Timeline",
    path: "/studio/timeline",
    children: html`
      <div class="timeline">
        <h1 class="visually-hidden">Timeline</h1>
        ${lines.length === 0 ? Empty(props) : Stream(props)} ${PagingLinks(paging)}
      </div>
    `,
  });
}

function Empty({ isFollowing, isFirst }: Props): Markup {
  if (isFollowing || !isFirst) {
    return html`
      <div class="empty-state">
        <p>Nothing has arrived yet. The first copies come within minutes, the newest pieces first.</p>
        <p><a class="button" href="/studio/mesh">See how far they are</a></p>
      </div>
    `;
  }
  return html`
    <div class="empty-state">
      <p>
        Here you read the people you follow. Begin with one: the address of a capsule, or of any site
        that has a feed.
      </p>
      <p><a class="button primary" href="/studio/follow">Follow somebody</a></p>
    </div>
  `;
}

function Stream(props: Props): Markup {
  const { lines, seenId, isFirst } = props;
  const newCount = seenId === undefined ? 0 : lines.filter((line) => idOf(line) > seenId).length;
  const hasLine = newCount > 0 && newCount < lines.length;
  const items = lines.flatMap((line, place): Content[] => [
    ...(hasLine && place === newCount ? [Mark()] : []),
    html`
      <li key=${idOf(line)}>${"piece" in line
        ? PieceItem({ ...props, line })
        : FeedLine({ ...props, item: line.item })}</li>
    `,
  ]);
  const news = isFirst && newCount > 0 && html`
    <p class="timeline-news">
      ${newCount === lines.length
        ? `${newCount} or more`
        : newCount} new since you last looked${hasLine &&
        html`: <a href="#seen">go to where you were</a>`}
    </p>
  `;
  return html`
    <div>
      ${news}
      <ol class="stream bare">${items}</ol>
    </div>
  `;
}

function Mark(): Markup {
  return html`<li class="timeline-mark" id="seen"><span>You have seen what follows</span></li>`;
}

function idOf(line: TimelineLine): number {
  return "piece" in line ? line.piece.id : line.item.id;
}

type PieceLine = Extract<TimelineLine, { piece: Piece }>;

function PieceItem({ frame, nowMs, line }: Props & { line: PieceLine }): Markup {
  const { piece, site } = line;
  return html`
    <article class=${`card h-entry ${piece.kind}`} lang=${piece.language}>
      ${Byline({ site })}
      <div class="card-body">${piece.kind === "post" ? PostPart(line) : ArticlePart(line)}</div>
      <footer class="meta" lang="en">
        <a class="u-url" href=${pieceUrl(piece, site.base)}>${When({
          ms: piece.publishedAtMs,
          nowMs,
          frame,
        })}</a>
        ${piece.kind === "article" && html`<span>${readingTime(piece)}</span>`} ${Corrected({
          piece,
          site,
        })} ${Original({ url: originUrl(site, pieceUrl(piece)) })}
      </footer>
    </article>
  `;
}

function Byline({ site }: { site: Site }): Markup {
  const host = site.origin === undefined ? "" : URL.parse(site.origin)?.host ?? "";
  const name = site.name || host || "Somebody without a name yet";
  return html`
    <p class="byline p-author h-card" lang="en">
      <a class="u-url" href=${`${site.base}/`}>
        ${Portrait({ site, size: 40 }) ?? Initial({ name })}
        <span class="byline-words">
          <span class="byline-name p-name" dir="auto">${name}</span>
          ${host !== name && html`<span class="byline-host">${host}</span>`}
        </span>
      </a>
    </p>
  `;
}

function PostPart({ piece, site }: PieceLine): Content {
  return [
    PostContext({ piece, site }),
    PostBody({ piece, site }),
    PictureGrid({ site, pictures: piece.pictures }),
  ];
}

function ArticlePart({ piece, site }: PieceLine): Content {
  const url = pieceUrl(piece, site.base);
  const cover = piece.cover !== undefined && !site.missing.has(piece.cover.hash) && html`
    <a class="card-cover" href=${url} tabindex="-1" aria-hidden="true">
      ${Image({ site, picture: piece.cover, label: "", className: "u-featured" })}
    </a>
  `;
  return [
    cover,
    html`<h2 class="card-title" dir="auto"><a class="p-name" href=${url}>${piece.title}</a></h2>`,
    html`<p class="p-summary card-summary" dir="auto">${summaryOf(piece)}</p>`,
  ];
}

/** An item of an ordinary feed: nobody signed it, and it says so. */
function FeedLine({ frame, nowMs, item }: Props & { item: FeedItem }): Markup {
  const url = safeUrl(item.url);
  const text = excerpt(item.text, EXCERPT_CHARS);
  const title = item.title !== "" && html`
    <h2 class="card-title" dir="auto">
      ${url === undefined
        ? item.title
        : html`<a href=${url} rel="noopener nofollow">${item.title}</a>`}
    </h2>
  `;
  const author = item.author !== "" && item.author !== item.feedTitle ? ` · ${item.author}` : "";
  return html`
    <article class="card feed-item">
      <p class="byline">
        <span class="portrait initial" aria-hidden="true">${Icon({ name: "feed" })}</span>
        <span class="byline-words">
          <span class="byline-name" dir="auto">${item.feedTitle}${author}</span>
          <span class="byline-host">Ordinary feed, unsigned</span>
        </span>
      </p>
      <div class="card-body">
        ${title} ${text !== "" && html`
          <p class=${item.title === "" ? "post-text" : "card-summary"} dir="auto">${text}</p>
        `}
      </div>
      <footer class="meta">
        <a href=${`/studio/timeline/feed/${item.id}`}>${When({
          ms: item.publishedAtMs,
          nowMs,
          frame,
        })}</a>
        ${Original({ url })}
      </footer>
    </article>
  `;
}

/** How long ago on the first day, then the date. A time that is yet to come is a claim, and says so. */
function When({ ms, nowMs, frame }: { ms: number; nowMs: number; frame: Frame }): Markup {
  const words = ms > nowMs + AHEAD_MS
    ? `${formatDate(ms, frame.site)}, a time that is yet to come`
    : nowMs - ms < DAY_MS
    ? describeAge(ms, nowMs)
    : formatDate(ms, frame.site);
  return html`
    <time class="dt-published" datetime=${isoTime(ms)} title=${formatDateTime(
      ms,
      frame.site,
    )}>${words}</time>
  `;
}

function Original({ url }: { url: string | undefined }): Markup | null {
  const href = url === undefined ? undefined : safeUrl(url);
  return href === undefined ? null : html`<a href=${href} rel="noopener">Original</a>`;
}
