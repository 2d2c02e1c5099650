/** The HTML of one piece as feeds carry it: whole addresses, no ids or links that only mean something on its page. @module */
import { escapeHtml } from "../content/escape.ts";
import { renderMarkdown } from "../content/markdown.ts";
import { renderPostText } from "../content/post_text.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import type { Piece } from "../storage/pieces.ts";
import type { Site } from "./layout.ts";
import { proseOptions } from "./prose.ts";
import { absoluteUrl, blobUrl, pieceUrl, relOf, tagUrl } from "./urls.ts";

/** Safe HTML of a whole post or article for readers elsewhere. */
export function renderFeedContent(piece: Piece, site: Site): string {
  const figures = (pictures: readonly Picture[]) =>
    pictures.map((picture) => figure(picture, site)).join("");
  if (piece.kind === "post") {
    const text = renderPostText(piece.text, {
      tagUrl: (tag) => tagUrl(tag, site.base),
      rel: relOf(site),
    });
    return completeUrls(text + figures(piece.pictures), piece, site);
  }
  const { html } = renderMarkdown(piece.text, {
    id: `e${piece.index}`,
    ...proseOptions({ site, path: pieceUrl(piece), pictures: piece.pictures }),
    isExternal: () => true,
    hasHeadingLinks: false,
  });
  const cover = piece.cover === undefined ? "" : figures([piece.cover]);
  return completeUrls(cover + html, piece, site);
}

function figure({ hash, width, height, description }: Picture, { missing }: Site): string {
  if (missing.has(hash)) return description === "" ? "" : `<p>${escapeHtml(description)}</p>`;
  return `<figure><img src="${blobUrl(hash)}" width="${width}" height="${height}" alt="${
    escapeHtml(description)
  }"></figure>`;
}

/**
 * Paths and fragments become whole addresses. Only our own renderers' markup comes in: attributes stand in double quotes,
 * and quotes in text are escaped, so the pattern meets attributes only.
 */
function completeUrls(html: string, piece: Piece, { address, base }: Site): string {
  const page = absoluteUrl(address, pieceUrl(piece, base));
  return html.replace(
    /( (?:href|src)=")([^"]*)"/g,
    (_match, before: string, url: string) => `${before}${completeUrl(url, page, address)}"`,
  );
}

function completeUrl(url: string, page: string, origin: string): string {
  if (url.startsWith("/")) return origin + url;
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return url;
  return url.startsWith("#") ? page + url : `${page}/../${url}`;
}
