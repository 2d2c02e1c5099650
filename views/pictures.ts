/** Pictures: sized before they load, in a grid that keeps their middle. @module */
import { renderMissingPicture } from "../content/missing_picture.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import { html, type Markup, Raw } from "./html.ts";
import type { Site } from "./layout.ts";
import { blobUrl } from "./urls.ts";

/** The part of a site that says which pictures are here. */
type Shown = Readonly<Pick<Site, "missing">>;

/** The pictures of a post, edge to edge of the measure; each leads to itself in full. */
export function PictureGrid(
  { site, pictures, isFirst = false }: {
    site: Shown;
    pictures: readonly Picture[];
    isFirst?: boolean;
  },
): Markup | null {
  if (pictures.length === 0) return null;
  const items = pictures.map((picture, place) => {
    const label = picture.description || `Picture ${place + 1} of ${pictures.length}`;
    const image = Image({ site, picture, label, isLazy: !isFirst });
    if (site.missing.has(picture.hash)) return html`<li>${image}</li>`;
    return html`
      <li>
        <a href=${blobUrl(picture.hash)}>${image}</a>
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
  { site, picture, label, isLazy = true, className = "u-photo" }: {
    site: Shown;
    picture: Picture;
    label: string;
    isLazy?: boolean;
    className?: string;
  },
): Markup {
  if (site.missing.has(picture.hash)) return MissingPicture({ picture, label });
  return html`
    <img class=${className} src=${blobUrl(picture.hash)} alt=${label} width=${picture.width}
      height=${picture.height} loading=${isLazy ? "lazy" : undefined} decoding="async" />
  `;
}

/** A capsule's picture, small and round; the name beside it says who. */
export function Portrait(
  { site, size }: { site: Readonly<Pick<Site, "missing" | "picture">>; size: number },
): Markup | null {
  const { picture, missing } = site;
  if (picture === undefined || missing.has(picture.hash)) return null;
  return html`
    <img class="portrait u-photo" src=${blobUrl(picture.hash)} alt="" width=${size} height=${size}
      decoding="async" />
  `;
}

/** The place of a picture that is not here: of the same shape, with the words that describe it. */
function MissingPicture({ picture, label }: { picture: Picture; label: string }): Markup {
  return Raw({ html: renderMissingPicture({ ...picture, description: label }), tag: "span" });
}

function pictureShape(picture: Picture | undefined): string {
  if (picture === undefined) return "";
  return picture.height > picture.width * 1.1 ? "tall" : "broad";
}
