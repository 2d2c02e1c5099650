/** What stands at the end of a piece: who wrote it, how to get the next, what else there is. @module */
import type { Piece } from "../storage/pieces.ts";
import { html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import type { Site } from "./layout.ts";
import { Portrait } from "./pictures.ts";
import { shorten } from "./text.ts";
import { pieceUrl } from "./urls.ts";

const TITLE_CHARS = 80;

/** Whose capsule this is, with one thing to do: subscribe. Programs take it for the author unless a piece names others. */
export function AuthorBox(
  { site, isAuthor = true }: { site: Site; isAuthor?: boolean },
): Markup {
  const line = site.line !== "" && html`<p class="p-note" dir="auto">${site.line}</p>`;
  return html`
    <aside class="author-box" aria-label="About the author">
      <div class=${isAuthor ? "p-author h-card" : "h-card"}>
        ${Portrait({ site, size: 56 })}
        <div>
          <p class="author-name"><a class="p-name u-url" rel="author" href=${`${site.base}/`} dir="auto">${site
            .name}</a></p>
          ${line}
        </div>
      </div>
      <a class="button" href=${`${site.base}/feeds`}>${Icon({ name: "feed" })} Subscribe</a>
    </aside>
  `;
}

/** What the owner can do with a piece; nobody else sees it. */
export function OwnerActions({ piece, site }: { piece: Piece; site: Site }): Markup | null {
  if (!site.isAuthor) return null;
  return html`
    <span class="owner-actions">
      <a href=${`/studio/revise/${piece.index}`}>Edit</a>
      <a href=${`/studio/withdraw/${piece.index}`}>Withdraw</a>
    </span>
  `;
}

/** The next newer and older piece of the same kind. */
export function Neighbours(
  { site, neighbours, kind }: {
    site: Site;
    neighbours: Readonly<{ older?: Piece; newer?: Piece }>;
    kind: Piece["kind"];
  },
): Markup | null {
  const { older, newer } = neighbours;
  if (older === undefined && newer === undefined) return null;
  const label = kind === "post" ? "Newer and older posts" : "Newer and older articles";
  return html`
    <nav class="neighbours" aria-label=${label} lang=${site.language}>
      ${newer && Neighbour(newer, "newer", site.base)} ${older &&
        Neighbour(older, "older", site.base)}
    </nav>
  `;
}

function Neighbour(piece: Piece, side: "newer" | "older", base: string): Markup {
  const words = piece.title || shorten(piece.text.replace(/\s+/g, " ").trim(), TITLE_CHARS) ||
    "A post with pictures";
  return html`
    <a class=${side} rel=${side === "newer" ? "prev" : "next"} href=${pieceUrl(piece, base)}>
      <span class="side">${Icon({ name: side })} ${side === "newer" ? "Newer" : "Older"}</span>
      <span class="words" lang=${piece.language} dir="auto">${words}</span>
    </a>
  `;
}
