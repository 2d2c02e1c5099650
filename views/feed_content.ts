/** The HTML of one piece as feeds carry it: whole addresses, no ids or links that only mean something on its page. @module */
import { escapeHtml } from "../content/escape.ts";
import { renderMarkdown } from "../content/markdown.ts";
import { renderPostText } from "../content/post_text.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import type { Piece } from "../storage/pieces.ts";
import { absoluteUrl, blobUrl, pieceUrl, tagUrl } from "./urls.ts";

/** Safe HTML of a whole post or article for readers elsewhere; `origin` has no slash at its end. */
export function renderFeedContent(piece: Piece, origin: string): string {
  if (piece.kind === "post") {
    const text = renderPostText(piece.text, { tagUrl });
    return completeUrls(text + piece.pictures.map(figure).join(""), piece, origin);
  }
  const { html } = renderMarkdown(piece.text, {
    id: `e${piece.index}`,
    pictures: piece.pictures,
    blobUrl,
    hasHeadingLinks: false,
  });
  const cover = piece.cover === undefined ? "" : figure(piece.cover);
  return completeUrls(cover + html, piece, origin);
}

function figure({ hash, width, height, description }: Picture): string {
  return `<figure><img src="${blobUrl(hash)}" width="${width}" height="${height}" alt="${
    escapeHtml(description)
  }"></figure>`;
}

/**
 * Paths and fragments become whole addresses. Only our own renderers' markup comes in: attributes stand in double quotes,
 * and quotes in text are escaped, so the pattern meets attributes only.
 */
function completeUrls(html: string, piece: Piece, origin: string): string {
  const page = absoluteUrl(origin, pieceUrl(piece));
  return html.replace(
    /( (?:href|src)=")([^"]*)"/g,
    (_match, before: string, url: string) => `${before}${completeUrl(url, page, origin)}"`,
  );
}

function completeUrl(url: string, page: string, origin: string): string {
  if (url.startsWith("/")) return origin + url;
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return url;
  return url.startsWith("#") ? page + url : `${page}/../${url}`;
}
