/** Posts and articles wherever several stand below each other. @module */
import { excerpt, readingMinutes } from "../content/excerpt.ts";
import { countGraphemes, findTags, renderPostText } from "../content/post_text.ts";
import type { Piece } from "../storage/pieces.ts";
import { type Content, html, type Markup, Raw } from "./html.ts";
import { Icon } from "./icons.ts";
import type { Site } from "./layout.ts";
import { Image, PictureGrid } from "./pictures.ts";
import { safeUrl } from "./text.ts";
import { formatDate, formatDateTime, isoTime } from "./time.ts";
import { historyUrl, pieceUrl, relOf, tagUrl } from "./urls.ts";

/** A piece with the capsule whose page it is on. */
export type PieceProps = Readonly<{ piece: Piece; site: Site; isPinned?: boolean }>;

const SUMMARY_CHARS = 220;
const SHORT_CHARS = 80;

/** A list of pieces, posts and articles mixed, as a microformats feed named `name`. */
export function PieceList(
  { pieces, site, pinned }: {
    pieces: readonly Piece[];
    site: Site;
    pinned?: Piece | undefined;
  },
): Markup {
  const items = pieces.filter((piece) => piece.id !== pinned?.id).map((piece) =>
    html`<li key=${piece.id}>${PieceCard({ piece, site })}</li>`
  );
  const first = pinned !== undefined && html`
    <li>${PieceCard({ piece: pinned, site, isPinned: true })}</li>
  `;
  return html`<ol class="stream bare">${first} ${items}</ol>`;
}

/** Who wrote a list, for programs: people see it in the header. */
export function FeedAuthor({ site }: { site: Site }): Markup {
  return html`
    <span class="p-author h-card" hidden><a class="p-name u-url" href=${`${site.base}/`}>${site
      .name}</a></span>
  `;
}

/** A post or an article, whichever it is. */
function PieceCard(props: PieceProps): Markup {
  return props.piece.kind === "post" ? PostCard(props) : ArticleCard(props);
}

/** A post in a list: the words, the pictures, then when. */
function PostCard({ piece, site, isPinned = false }: PieceProps): Markup {
  return html`
    <article class="h-entry card post" lang=${piece.language}>
      <div class="card-body">
        ${PostContext({ piece, site })} ${PostBody({ piece, site })} ${PictureGrid({
          site,
          pictures: piece.pictures,
        })}
      </div>
      ${Meta({ piece, site, isPinned })}
    </article>
  `;
}

/** An article in a list: its cover, title and summary. */
function ArticleCard({ piece, site, isPinned = false }: PieceProps): Markup {
  const url = pieceUrl(piece, site.base);
  const cover = piece.cover !== undefined && !site.missing.has(piece.cover.hash) && html`
    <a class="card-cover" href=${url} tabindex="-1" aria-hidden="true">
      ${Image({ site, picture: piece.cover, label: "", className: "u-featured" })}
    </a>
  `;
  return html`
    <article class="h-entry card article" lang=${piece.language}>
      <div class="card-body">
        ${cover}
        <h2 class="card-title" dir="auto">
          <a class="p-name" href=${url}>${piece.title}</a>
        </h2>
        <p class="p-summary card-summary" dir="auto">${summaryOf(piece)}</p>
      </div>
      ${Meta({ piece, site, isPinned })}
    </article>
  `;
}

/** The words of a post. A few words are set larger: they stand alone. */
export function PostBody({ piece, site }: PieceProps): Markup | null {
  const text = renderPostText(piece.text, {
    tagUrl: (tag) => tagUrl(tag, site.base),
    rel: relOf(site),
  });
  if (text === "") return null;
  const isShort = piece.text.length <= SHORT_CHARS * 4 && !piece.text.includes("\n") &&
    countGraphemes(piece.text) <= SHORT_CHARS;
  const className = `e-content p-name post-text${isShort ? " is-short" : ""}`;
  return Raw({ html: text, class: className, dir: "auto" });
}

/** What a post answers or quotes. */
export function PostContext({ piece, site }: PieceProps): Markup | null {
  const { reply, quote } = piece;
  const to = reply === undefined ? undefined : safeUrl(reply.parent.address);
  const of = quote === undefined ? undefined : safeUrl(quote.address);
  if (to === undefined && of === undefined) return null;
  const answer = to !== undefined && html`
    <span>${Icon({ name: "reply" })} In reply to <a class="u-in-reply-to" href=${to}
        rel=${relOf(site)}>${hostOf(to)}</a></span>
  `;
  const source = of !== undefined && html`
    <span>${Icon({ name: "quote" })} Quoting <a class="u-quotation-of" href=${of}
        rel=${relOf(site)}>${hostOf(of)}</a></span>
  `;
  return html`<p class="context">${answer} ${source}</p>`;
}

/** When, and what else one wants to know before reading. */
function Meta({ piece, site, isPinned }: Required<PieceProps>): Markup {
  const isArticle = piece.kind === "article";
  const minutes = isArticle && html`
    <span>${readingTime(piece)}</span>
  `;
  const pin = isPinned && html`
    <span class="pin">${Icon({ name: "pin" })} Pinned</span>
  `;
  const tags = otherTags(piece);
  return html`
    <footer class="meta" lang=${site.language}>
      ${pin}
      <a class="u-url u-uid" href=${pieceUrl(piece, site.base)}>${Published({
        piece,
        site,
      })}</a>
      ${minutes} ${Corrected({ piece, site })} ${TagList({ tags, site })}
    </footer>
  `;
}

/** The date of a piece as people and programs read it. */
export function Published(
  { piece, site, hasTime = false }: PieceProps & { hasTime?: boolean },
): Markup {
  const date = hasTime
    ? formatDateTime(piece.publishedAtMs, site)
    : formatDate(piece.publishedAtMs, site);
  return html`<time class="dt-published" datetime=${isoTime(piece.publishedAtMs)}>${date}</time>`;
}

/** A corrected piece says so and leads to its history. */
export function Corrected({ piece, site }: PieceProps): Markup | null {
  if (piece.revisedAtMs === undefined) return null;
  const date = formatDate(piece.revisedAtMs, site);
  return html`
    <span>
      <a class="corrected"
        href=${historyUrl(piece, site.base)}>Corrected <time class="dt-updated" datetime=${isoTime(
          piece.revisedAtMs,
        )}>${date}</time></a>
    </span>
  `;
}

/** Tags, each a link to everything under it. */
export function TagList(
  { tags, site }: { tags: readonly string[]; site: Site },
): Markup | null {
  if (tags.length === 0) return null;
  const items: Content[] = tags.map((tag) =>
    html`<a class="p-category" rel="tag" href=${tagUrl(tag, site.base)} dir="auto">#${tag}</a>`
  );
  return html`<span class="tags">${items.flatMap((item) => [item, " "])}</span>`;
}

/** The tags of a piece that its text does not show already. */
export function otherTags(piece: Piece): string[] {
  if (piece.kind === "article" || piece.tags.length === 0) return piece.tags;
  const shown = new Set(findTags(piece.text).map((tag) => tag.toLowerCase()));
  return piece.tags.filter((tag) => !shown.has(tag.toLowerCase()));
}

/** What an article is about: its summary, else its opening. */
export function summaryOf(piece: Piece): string {
  return piece.summary || excerpt(piece.text, SUMMARY_CHARS);
}

/** "6 min read". */
export function readingTime(piece: Piece): string {
  return `${readingMinutes(piece.words, piece.language)} min read`;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host || url;
}
