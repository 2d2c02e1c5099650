/** One post. @module */
import type { Piece } from "../storage/pieces.ts";
import { AuthorBox, Neighbours, OwnerActions } from "./endings.ts";
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { openGraph } from "./open_graph.ts";
import { Corrected, otherTags, PostBody, PostContext, Published, TagList } from "./pieces.ts";
import { PictureGrid } from "./pictures.ts";
import { shorten } from "./text.ts";
import { pieceUrl } from "./urls.ts";

/** The posts or articles before and after one. */
export type NeighbourPieces = Readonly<{ older?: Piece; newer?: Piece }>;

const TITLE_CHARS = 60;
const DESCRIPTION_CHARS = 200;

/** The page of one post at `/p/<index>`. */
export function PostPage(
  { site, piece, neighbours }: { site: Site; piece: Piece; neighbours: NeighbourPieces },
): Markup {
  const title = postTitle(piece);
  const description = shorten(piece.text.replace(/\s+/g, " ").trim(), DESCRIPTION_CHARS) || title;
  const page = html`
    <article class="h-entry page post-page">
      <h1 class="visually-hidden" dir="auto">${title}</h1>
      <div class="post" lang=${piece.language}>
        ${PostContext({ piece, site })} ${PostBody({ piece, site })}
        ${PictureGrid({ site, pictures: piece.pictures, isFirst: true })}
      </div>
      <footer class="meta">
        <a class="u-url u-uid" href=${pieceUrl(piece, site.base)}>${Published({
          piece,
          site,
          hasTime: true,
        })}</a>
        ${Corrected({ piece, site })} ${TagList({ tags: otherTags(piece), site })}
        ${OwnerActions({ piece, site })}
      </footer>
      ${AuthorBox({ site })}
    </article>
    ${Neighbours({ site, neighbours, kind: "post" })}
  `;
  return Layout({
    site,
    title,
    children: page,
    lang: site.language,
    description,
    canonical: pieceUrl(piece),
    head: openGraph(site, {
      type: "article",
      title: piece.text === "" ? title : site.name,
      description,
      path: pieceUrl(piece),
      picture: piece.pictures[0],
      publishedAtMs: piece.publishedAtMs,
      revisedAtMs: piece.revisedAtMs,
      tags: piece.tags,
    }),
  });
}

/** What stands for a post where a title is needed. */
export function postTitle(piece: Piece): string {
  const words = piece.text.replace(/\s+/g, " ").trim();
  if (words !== "") return shorten(words, TITLE_CHARS);
  const [picture] = piece.pictures;
  return shorten(picture?.description ?? "", TITLE_CHARS) || `Post ${piece.index}`;
}
