/** The lists of all posts and of all articles. @module */
import type { Piece } from "../storage/pieces.ts";
import { html, type Markup } from "./html.ts";
import { feedLinks, Layout, type Site } from "./layout.ts";
import { type Paging, pagingHead, PagingLinks } from "./paging.ts";
import { FeedAuthor, PieceList } from "./pieces.ts";

type Props = Readonly<{
  site: Site;
  pieces: readonly Piece[];
  paging: Paging;
  /** The path of this part of the list. */
  path: string;
}>;

/** What differs between the two. */
type Words = Readonly<{ title: string; name: string; path: string; description: string }>;

/** The list at `/posts`. */
export function PostListPage(props: Props): Markup {
  const description = `Short posts by ${props.site.name}.`;
  return ListPage(props, { title: "Posts", name: "posts", path: "/posts", description });
}

/** The list at `/articles`. */
export function ArticleListPage(props: Props): Markup {
  const description = `Articles by ${props.site.name}.`;
  return ListPage(props, { title: "Articles", name: "articles", path: "/articles", description });
}

function ListPage({ site, pieces, paging, path }: Props, words: Words): Markup {
  const list = pieces.length === 0
    ? html`<p class="empty">There are no ${words.name} yet.</p>`
    : PieceList({ pieces, site });
  const page = html`
    <div class="h-feed">
      <h1 class="p-name page-title">${words.title}</h1>
      ${FeedAuthor({ site })} ${list} ${PagingLinks(paging)}
    </div>
  `;
  return Layout({
    site,
    title: words.title,
    children: page,
    path: words.path,
    description: words.description,
    canonical: path,
    feeds: feedLinks(`${site.name}: ${words.name}`, words.path),
    head: pagingHead(paging),
  });
}
