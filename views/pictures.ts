/** Pictures: sized before they load, in a grid that keeps their middle. @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { html, type Markup } from "./html.ts";
import { blobUrl } from "./urls.ts";

/** The pictures of a post, edge to edge of the measure; each leads to itself in full. */
export function PictureGrid(
  { pictures, isFirst = false }: { pictures: readonly Picture[]; isFirst?: boolean },
): Markup | null {
  if (pictures.length === 0) return null;
  const items = pictures.map((picture, place) => {
    const label = picture.description || `Picture ${place + 1} of ${pictures.length}`;
    return html`
      <li>
        <a href=${blobUrl(picture.hash)}>${Image({ picture, label, isLazy: !isFirst })}</a>
      </li>
    `;
  });
  const shape = pictures.length === 1 ? ` ${pictureShape(pictures[0])}` : "";
  return html`
    <ul class=${`pictures bare n${pictures.length}${shape}`}>${items}</ul>
  `;
}

/** One picture as large as its place allows. */
export function Image(
  { picture, label, isLazy = true, className = "u-photo" }: {
    picture: Picture;
    label: string;
    isLazy?: boolean;
    className?: string;
  },
): Markup {
  return html`
    <img class=${className} src=${blobUrl(picture.hash)} alt=${label} width=${picture.width}
      height=${picture.height} loading=${isLazy ? "lazy" : undefined} decoding="async" />
  `;
}

/** A capsule's picture, small and round; the name beside it says who. */
export function Portrait(
  { picture, size }: { picture: Picture | undefined; size: number },
): Markup | null {
  if (picture === undefined) return null;
  return html`
    <img class="portrait u-photo" src=${blobUrl(picture.hash)} alt="" width=${size} height=${size}
      decoding="async" />
  `;
}

function pictureShape(picture: Picture | undefined): string {
  if (picture === undefined) return "";
  return picture.height > picture.width * 1.1 ? "tall" : "broad";
}
