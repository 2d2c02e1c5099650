/** The studio's first page: the composer, what waits, what is published. @module */
import type { Piece } from "../storage/pieces.ts";
import { Composer, type PostForm } from "./composer.ts";
import { type DraftLine, DraftList } from "./drafts.ts";
import { html, type Markup } from "./html.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import type { Problems } from "./studio_fields.ts";
import { shorten } from "./text.ts";
import { formatDate, isoTime } from "./time.ts";
import { pieceUrl } from "./urls.ts";

type Props = Readonly<{
  frame: Frame;
  form: PostForm;
  onceKey: string;
  problems?: Problems | undefined;
  /** The newest drafts. */
  drafts: readonly DraftLine[];
  pieces: readonly Piece[];
  /** Pages of the site, which stand outside the lists. */
  pages: readonly Piece[];
  /** Index of the pinned piece. */
  pinned: number | undefined;
  /** The page of older pieces. */
  olderUrl: string | undefined;
  newerUrl: string | undefined;
  /** What was just done, in a sentence. */
  done?: string | undefined;
}>;

const TITLE_CHARACTERS = 90;

/** Writing a post, and everything written so far. */
export function StudioHomePage(props: Props): Markup {
  const { frame, form, onceKey, problems, drafts, pieces, pages, done } = props;
  const waiting = drafts.length > 0 && html`
    <section>
      <h2>Drafts</h2>
      ${DraftList({ frame, drafts })}
    </section>
  `;
  const pagesPart = pages.length > 0 && html`
    <section>
      <h2>Pages</h2>
      <ul class="lines bare">
        ${pages.map((piece) => PieceLine({ frame, piece, isPinned: undefined }))}
      </ul>
    </section>
  `;
  const isEmpty = pieces.length === 0 && props.newerUrl === undefined;
  return StudioPage({
    frame,
    title: "Write",
    path: "/studio",
    islands: ["counter", "pictures", "keys"],
    children: html`
      <div class="studio-home">
        <section>
          <h1 class="visually-hidden">Write</h1>
          ${done !== undefined && Done({ children: done })} ${isEmpty && html`
            <p class="intro">
              Your capsule is ready, ${frame.site
                .name}. Say hello: the first post can be one sentence.
            </p>
          `} ${Composer({ form, action: "/studio", onceKey, problems, isFirst: true })}
        </section>
        ${waiting} ${!isEmpty && PieceList(props)} ${pagesPart}
      </div>
    `,
  });
}

function PieceList({ frame, pieces, pinned, olderUrl, newerUrl }: Props): Markup {
  const lines = pieces.map((piece) =>
    PieceLine({ frame, piece, isPinned: piece.index === pinned })
  );
  const hasMore = olderUrl !== undefined || newerUrl !== undefined;
  const paging = hasMore && html`
    <nav class="paging" aria-label="More pieces">
      ${newerUrl !== undefined && html`<a href=${newerUrl} rel="prev">Newer</a>`}
      ${olderUrl !== undefined && html`<a href=${olderUrl} rel="next">Older</a>`}
    </nav>
  `;
  return html`
    <section id="published">
      <h2>Published</h2>
      <ul class="lines bare">${lines}</ul>
      ${paging}
    </section>
  `;
}

function PieceLine(
  { frame, piece, isPinned }: { frame: Frame; piece: Piece; isPinned: boolean | undefined },
): Markup {
  const title = pieceTitle(piece);
  const kind = piece.kind === "post" ? "Post" : piece.isPage ? "Page" : "Article";
  // A page is in the navigation already: there is nothing to pin it to.
  const pin = isPinned !== undefined && html`
    <form method="post" action=${`/studio/pin/${piece.index}`}>
      <button class="plain" type="submit" name="do" value=${isPinned ? "unpin" : "pin"}>
        ${isPinned ? "Unpin" : "Pin"}<span class="visually-hidden">: ${title}</span>
      </button>
    </form>
  `;
  return html`
    <li>
      <a class=${`line-title ${piece.kind}`} href=${pieceUrl(piece)} lang=${piece
        .language}>${title}</a>
      <span class="line-meta">
        ${kind}${isPinned === true && ", pinned"}, <time datetime=${isoTime(piece.publishedAtMs)}>
          ${formatDate(piece.publishedAtMs, frame.site)}
        </time>
      </span>
      <div class="line-actions">
        <a href=${`/studio/revise/${piece.index}`}>
          Edit<span class="visually-hidden">: ${title}</span>
        </a>
        <a href=${`/studio/withdraw/${piece.index}`}>
          Withdraw<span class="visually-hidden">: ${title}</span>
        </a>
        ${pin}
      </div>
    </li>
  `;
}

/** A piece by its title, or by its first words. */
export function pieceTitle(piece: Pick<Piece, "title" | "text" | "pictures">): string {
  if (piece.title !== "") return piece.title;
  const text = shorten(piece.text.replaceAll(/\s+/gu, " ").trim(), TITLE_CHARACTERS);
  if (text !== "") return text;
  return piece.pictures.length === 1 ? "A picture" : `${piece.pictures.length} pictures`;
}
