/** The home page: who this is, then what they wrote. @module */
import type { Piece } from "../storage/pieces.ts";
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { openGraph } from "./open_graph.ts";
import { type Paging, pagingHead, PagingLinks } from "./paging.ts";
import { PieceList } from "./pieces.ts";
import { Portrait } from "./pictures.ts";
import { safeUrl } from "./text.ts";
import { authorUrl, relOf } from "./urls.ts";

type Props = Readonly<{
  site: Site;
  pieces: readonly Piece[];
  pinned: Piece | undefined;
  paging: Paging;
  /** The path of this part of the list. */
  path: string;
}>;

/** The home page, the newest first, the pinned piece above all on its first part. */
export function HomePage({ site, pieces, pinned, paging, path }: Props): Markup {
  const isFirst = paging.newer === undefined;
  const list = pieces.length === 0 ? NothingYet({ site }) : PieceList({ pieces, site, pinned });
  const page = html`
    <div class="h-feed">
      ${Profile({ site })} ${list} ${PagingLinks(paging)}
    </div>
  `;
  const preview = openGraph(site, {
    type: "website",
    title: site.name,
    description: site.line,
    path: "/",
    picture: site.picture,
  });
  return Layout({
    site,
    title: "",
    children: page,
    path: "/",
    description: site.line || `Posts and articles by ${site.name}.`,
    canonical: isFirst ? "/" : path,
    head: [...preview, ...pagingHead(paging)],
  });
}

function Profile({ site }: { site: Site }): Markup {
  const links = site.links.flatMap(({ label, url }) => {
    const href = safeUrl(url);
    return href === undefined ? [] : [html`
      <li><a class="u-url" rel=${relOf(
        site,
        "me noopener",
      )} href=${href} dir="auto">${label}</a></li>
    `];
  });
  const line = site.line !== "" && html`<p class="p-note" dir="auto">${site.line}</p>`;
  const list = links.length > 0 && html`<ul class="profile-links bare">${links}</ul>`;
  return html`
    <div class="profile p-author h-card">
      ${Portrait({ site, size: 96 })}
      <div>
        <h1 class="p-name" dir="auto">${site.name}</h1>
        ${line} ${list}
        <a class="u-url u-uid" rel=${relOf(site, "me")} href=${authorUrl(site)} hidden>${site
          .name}</a>
      </div>
    </div>
  `;
}

function NothingYet({ site }: { site: Site }): Markup {
  if (!site.isAuthor) return html`<p class="empty">Nothing is published here yet.</p>`;
  return html`
    <div class="empty">
      <p>Nothing is published here yet.</p>
      <p><a class="button" href="/studio">Write the first post</a></p>
    </div>
  `;
}
