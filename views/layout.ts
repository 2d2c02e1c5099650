/** The frame of every page: head, the capsule's header, the words, the foot. @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { type Content, html, type Markup } from "./html.ts";

/** What every page knows of the capsule; made by `readSite` of routes/site.ts. */
export type Site = Readonly<{
  /** The author's name. */
  name: string;
  /** A line about the author, or "". */
  line: string;
  /** The public origin without a slash at its end. */
  address: string;
  language: string;
  timeZone: string;
  /** The colour the owner picked, `#rrggbb`. */
  accent: string;
  picture: Picture | undefined;
  links: readonly Readonly<{ label: string; url: string }>[];
  /** The capsule's own pages, for the navigation. */
  pages: readonly Readonly<{ title: string; url: string }>[];
  /** One sentence when the database is damaged. */
  damage: string | undefined;
  isOwner: boolean;
  /** Path of the readers' stylesheet, accent colour included. */
  styleUrl: string;
  version: string;
}>;

/** A feed that a page names in its head. */
export type FeedLink = Readonly<{ title: string; path: string; type: string }>;

/** What a page tells the frame about itself. */
export type LayoutProps = Readonly<{
  site: Site;
  /** The page's own title; "" on the home page. */
  title: string;
  children: Content;
  /** The path shown as current in the navigation. */
  path?: string | undefined;
  description?: string | undefined;
  /** The path that stands for this page in search engines. */
  canonical?: string | undefined;
  /** The language of the page where it is not the capsule's. */
  lang?: string | undefined;
  /** Feeds beside those of the whole capsule. */
  feeds?: readonly FeedLink[] | undefined;
  /** More elements of the head: Open Graph, rel=prev, a second stylesheet, a script with a nonce. */
  head?: Content;
  /** False keeps the page out of search engines. */
  isIndexed?: boolean | undefined;
  /** Pages of the owner's side: a plain header, no feeds. */
  isStudio?: boolean | undefined;
}>;

/** A whole page around `children`. Give the result to `renderPage`. */
export function Layout({ site, title, children, lang }: LayoutProps): Markup {
  const fullTitle = title === "" ? site.name : `${title} · ${site.name}`;
  return html`
    <html lang=${lang ?? site.language}>
      <head>
        <meta charset="utf-8" />
        <title>${fullTitle}</title>
        <link rel="stylesheet" href=${site.styleUrl} />
      </head>
      <body>
        <main>${children}</main>
      </body>
    </html>
  `;
}
