/** Links to the older and newer part of a list. @module */
import { html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";

/** The paths of the neighbouring parts, as far as there are any. */
export type Paging = Readonly<{ newer: string | undefined; older: string | undefined }>;

/** Newer on one side, older on the other. */
export function PagingLinks({ newer, older }: Paging): Markup | null {
  if (newer === undefined && older === undefined) return null;
  const newerLink = newer !== undefined && html`
    <a class="paging-newer" rel="prev" href=${newer}>${Icon({ name: "newer" })} Newer</a>
  `;
  const olderLink = older !== undefined && html`
    <a class="paging-older" rel="next" href=${older}>Older ${Icon({ name: "older" })}</a>
  `;
  return html`
    <nav class="paging" aria-label="Pages">${newerLink} ${olderLink}</nav>
  `;
}

/** The same for a page's head. */
export function pagingHead({ newer, older }: Paging): Markup[] {
  const links = [];
  if (newer !== undefined) links.push(html`<link rel="prev" href=${newer} />`);
  if (older !== undefined) links.push(html`<link rel="next" href=${older} />`);
  return links;
}
