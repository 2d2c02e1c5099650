/** The frame of every page: head, the capsule's header, the words, the foot. @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { PAPERS } from "./accent.ts";
import { Banner } from "./banners.ts";
import { type Content, html, type Markup } from "./html.ts";
import { Icon } from "./icons.ts";
import { MirrorBanner, type MirrorFacts } from "./mirror_banner.ts";
import { Portrait } from "./pictures.ts";
import { safeUrl, shorten } from "./text.ts";
import { originUrl, relOf } from "./urls.ts";

/** What every page knows of the capsule; made by `readSite` of routes/site.ts. */
export type Site = Readonly<{
  /** The author's name. */
  name: string;
  /** A line about the author, or "". */
  line: string;
  /** The public origin of this capsule without a slash at its end. */
  address: string;
  /** What stands before every path of the author's pages here: "" for the owner's, "/~<capsule id>" for a mirror. */
  base: string;
  /** Where the author's pages are at home, without a slash at its end; undefined when nobody knows. */
  origin: string | undefined;
  language: string;
  timeZone: string;
  /** The colour the owner picked, `#rrggbb`, or "". */
  accent: string;
  picture: Picture | undefined;
  links: readonly Readonly<{ label: string; url: string }>[];
  /** The capsule's own pages, for the navigation. */
  pages: readonly Readonly<{ title: string; url: string }>[];
  /** One sentence when the database is damaged. */
  damage: string | undefined;
  /** Why nothing can be written now, where that passes. */
  unwritten?: "full" | "unwritable" | undefined;
  /** The viewer is the owner of this capsule. */
  isOwner: boolean;
  /** The viewer wrote what stands here and may change it. */
  isAuthor: boolean;
  /** Hashes of those pictures of the page that are not here. */
  missing: ReadonlySet<string>;
  /** What is known of the copy that is shown; undefined where the owner's own pages are. */
  mirror: MirrorFacts | undefined;
  /** Path of the readers' stylesheet, accent colour included. */
  styleUrl: string;
  version: string;
}>;

/** A feed that a page names in its head. */
export type FeedLink = Readonly<{ title: string; path: string; type: string }>;

/** What a page tells the frame about itself; its paths are without the base. */
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
  /** Pages of the owner's side: no feeds, no footer for readers. */
  isStudio?: boolean | undefined;
}>;

const TITLE_CHARS_MAX = 70;

/** The three forms of a feed under a path ("" for the whole capsule), without the base. */
export function feedLinks(title: string, prefix: string): FeedLink[] {
  return [
    { title: `${title} (JSON Feed)`, path: `${prefix}/feed.json`, type: "application/feed+json" },
    { title: `${title} (Atom)`, path: `${prefix}/feed.atom`, type: "application/atom+xml" },
    { title: `${title} (RSS)`, path: `${prefix}/feed.rss`, type: "application/rss+xml" },
  ];
}

/** A whole page around `children`. Give the result to `renderPage`. */
export function Layout(props: LayoutProps): Markup {
  const { site, children, lang, canonical } = props;
  const damage = site.damage === undefined ? null : Banner({
    kind: "damaged",
    children: "This capsule is being repaired. What you read here is as it was.",
  });
  return html`
    <html lang=${lang ?? site.language}>
      ${Head(props)}
      <body>
        <a class="skip" href="#main">Skip to the text</a>
        ${Header(props)} ${damage} ${Unwritten({ site })}
        ${site.mirror && MirrorBanner({ site, mirror: site.mirror, path: canonical })}
        <main id="main">${children}</main>
        ${Footer(props)}
      </body>
    </html>
  `;
}

const UNWRITTEN = {
  full: "The disk of this capsule is full. Nothing can be written until some space on it is free.",
  unwritable:
    "This capsule may not write to its database. Give the program the right to write the file and its folder.",
};

/** Only the owner can do something about it. */
function Unwritten({ site: { isOwner, unwritten } }: { site: Site }): Markup | null {
  if (!isOwner || unwritten === undefined) return null;
  return Banner({ kind: "damaged", children: UNWRITTEN[unwritten] });
}

function Head(props: LayoutProps): Markup {
  const { site, title, description, canonical, feeds = [], head, isStudio } = props;
  const isIndexed = props.isIndexed !== false && !isStudio && site.mirror?.isIndexed !== false;
  const canonicalUrl = canonical === undefined ? undefined : originUrl(site, canonical);
  const canonicalLink = canonicalUrl !== undefined && html`
    <link rel="canonical" href=${canonicalUrl} />
  `;
  const allFeeds = isStudio ? [] : [...feedLinks(site.name, ""), ...feeds];
  const alternates = allFeeds.map(({ title, path, type }) =>
    html`
      <link rel="alternate" type=${type} title=${title} href=${site.base + path} />
    `
  );
  const isOwn = site.mirror === undefined;
  const icon = isOwn && site.picture !== undefined && html`
    <link rel="apple-touch-icon" href="/icon" />
  `;
  const manifest = isOwn && html`
    <link rel="manifest" href="/manifest.webmanifest" />
  `;
  return html`
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${windowTitle(title, site.name)}</title>
      ${description ? html`<meta name="description" content=${description} />` : null}
      ${isIndexed ? null : html`<meta name="robots" content="noindex" />`}
      ${canonicalLink}
      <link rel="stylesheet" href=${site.styleUrl} />
      <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
      ${icon}
      ${manifest}
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" media="(prefers-color-scheme: light)" content=${PAPERS.light[0]} />
      <meta name="theme-color" media="(prefers-color-scheme: dark)" content=${PAPERS.dark[0]} />
      ${alternates} ${head}
    </head>
  `;
}

/** Windows and search engines show no more: a long title goes without the name. */
function windowTitle(title: string, name: string): string {
  const full = title === "" ? name : `${title} · ${name}`;
  return full.length <= TITLE_CHARS_MAX ? full : shorten(title || name, TITLE_CHARS_MAX - 1);
}

function Header({ site, path, isStudio }: LayoutProps): Markup {
  const isHome = path === "/";
  const { base } = site;
  const here = path === undefined ? undefined : base + path;
  const current = (url: string) => (here === url ? "page" : undefined);
  const places = [
    { title: "Posts", url: `${base}/posts` },
    { title: "Articles", url: `${base}/articles` },
    { title: "Archive", url: `${base}/archive` },
    { title: "About", url: `${base}/about` },
    ...site.pages,
  ];
  const items = places.map(({ title, url }) =>
    html`
      <li><a href=${url} aria-current=${current(url)} dir="auto">${title}</a></li>
    `
  );
  const studio = site.isOwner && html`
    <li><a href="/studio" aria-current=${current("/studio")}>${Icon({
      name: "write",
    })} Studio</a></li>
  `;
  const search = html`
    <li class="to-search">
      <a href=${`${base}/search`} aria-current=${current(`${base}/search`)}>${Icon({
        name: "search",
      })} <span>Search</span></a>
    </li>
  `;
  const nav = html`
    <nav aria-label="Main">
      <ul class="bare">${[...items, search, studio]}</ul>
    </nav>
  `;
  const name = isHome ? null : html`
    <a class="home" href=${`${base}/`} rel="home">
      ${Portrait({ site, size: 32 })} <span dir="auto">${site.name}</span>
    </a>
  `;
  const className = `site-header${isHome ? " is-home" : ""}${isStudio ? " is-studio" : ""}`;
  return html`
    <header class=${className}>${name} ${nav}</header>
  `;
}

function Footer({ site, isStudio }: LayoutProps): Markup | null {
  if (isStudio) return null;
  const links = site.links.flatMap(({ label, url }) => {
    const href = safeUrl(url);
    return href === undefined ? [] : [html`
      <li><a href=${href} rel=${relOf(site, "me noopener")} dir="auto">${label}</a></li>
    `];
  });
  const sign = site.isOwner || site.mirror !== undefined ? null : html`
    <li><a href="/sign-in" rel="nofollow">Sign in</a></li>
  `;
  return html`
    <footer class="site-footer">
      <ul class="bare">
        <li><a href=${`${site.base}/feeds`}>${Icon({ name: "feed" })} Subscribe</a></li>
        <li><a href=${`${site.base}/tags`}>Tags</a></li>
        ${site.mirror !== undefined && html`<li><a href="/removed">Taken down here</a></li>`}
        ${[...links, sign]}
      </ul>
    </footer>
  `;
}
