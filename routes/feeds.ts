/** Feeds: everything, posts, articles and each tag as JSON Feed, Atom and RSS, and the page about them. @module */
import { type Context, Hono } from "hono";
import { excerpt } from "../content/excerpt.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { countOlder, countPieces } from "../storage/counts.ts";
import { findEntry } from "../storage/entries.ts";
import { listWholePieces, type Picture, type Piece } from "../storage/pieces.ts";
import { findTag, listTags } from "../storage/tags.ts";
import { toHex } from "../mesh/protocol/hex.ts";
import type { Feed, FeedItem, FeedPicture } from "../views/feed.ts";
import { renderAtomFeed } from "../views/feed_atom.ts";
import { renderFeedContent } from "../views/feed_content.ts";
import { renderJsonFeed } from "../views/feed_json.ts";
import { renderRssFeed } from "../views/feed_rss.ts";
import { FeedsPage } from "../views/feeds.ts";
import { renderPage } from "../views/html.ts";
import type { Site } from "../views/layout.ts";
import { absoluteUrl, authorUrl, blobUrl, originUrl, pieceUrl, tagUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readCursor } from "./paging.ts";
import { needSubject, readPageSite } from "./site.ts";

/** Pieces of one older document; the newest one has up to twice as many. */
const PIECES_PER_DOCUMENT = 20;
/** A document ends with the piece that takes it beyond so many characters of HTML: what comes after it is in the next. */
const HTML_CHARS_MAX = 3_000_000;
const SUMMARY_CHARS = 280;
const TAGS_LISTED = 100;

type Form = Readonly<{ file: string; type: string; render: (feed: Feed) => string }>;

const FORMS: readonly Form[] = [
  { file: "feed.json", type: "application/feed+json; charset=utf-8", render: renderJsonFeed },
  { file: "feed.atom", type: "application/atom+xml; charset=utf-8", render: renderAtomFeed },
  { file: "feed.rss", type: "application/rss+xml; charset=utf-8", render: renderRssFeed },
];

/** Which pieces a feed has. */
type Shelf = Readonly<{
  /** Behind the author's name in the title; "" for everything. */
  name: string;
  /** Behind the capsule's id in the feed's own id. */
  idPart: string;
  pagePath: string;
  prefix: string;
  kind?: Piece["kind"];
  tag?: string;
  /** How many pieces there are. */
  count: number;
}>;

/** Builds the routes of all feeds. */
export function feedRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();
  for (const form of FORMS) {
    routes.get(`/${form.file}`, (c) => answer(c, form, (log) => wholeShelf(deps, log)));
    routes.get(
      `/posts/${form.file}`,
      (c) => answer(c, form, (log) => kindShelf(deps, log, "post")),
    );
    routes.get(
      `/articles/${form.file}`,
      (c) => answer(c, form, (log) => kindShelf(deps, log, "article")),
    );
    routes.get(
      `/tags/:tag/${form.file}`,
      (c) => answer(c, form, (log) => tagShelf(deps, log, c.req.param("tag") ?? "")),
    );
  }
  routes.get("/feeds", (c) => {
    const tags = listTags(deps.db, needSubject(deps, c).capsule.log, TAGS_LISTED);
    return c.html(renderPage(FeedsPage({ site: readPageSite(deps, c), tags })));
  });

  function answer(
    c: Context<Env>,
    form: Form,
    findShelf: (log: number) => Shelf | undefined,
  ): Response | Promise<Response> {
    const shelf = findShelf(needSubject(deps, c).capsule.log);
    const before = readCursor(c.req.query("before"));
    if (shelf === undefined || before === "invalid") return c.notFound();
    const feed = buildFeed(deps, c, shelf, form.file, before);
    c.header("Content-Type", form.type);
    // A mirror fills from the newest entry on: its feeds change while that entry stays.
    if (needSubject(deps, c).mirror === undefined) {
      c.header("Last-Modified", new Date(feed.updatedAtMs).toUTCString());
    }
    c.header("Access-Control-Allow-Origin", "*");
    return c.body(form.render(feed));
  }
  return routes;
}

function wholeShelf(deps: Deps, log: number): Shelf {
  const count = countPieces(deps.db, log);
  return { name: "", idPart: "", pagePath: "/", prefix: "", count };
}

function kindShelf(deps: Deps, log: number, kind: Piece["kind"]): Shelf {
  const name = kind === "post" ? "Posts" : "Articles";
  const path = `/${name.toLowerCase()}`;
  const count = countPieces(deps.db, log, kind);
  return { name, idPart: `:${name.toLowerCase()}`, pagePath: path, prefix: path, kind, count };
}

function tagShelf(deps: Deps, log: number, typed: string): Shelf | undefined {
  const found = findTag(deps.db, log, typed);
  if (found === undefined) return undefined;
  const { tag, label, count } = found;
  const idPart = `:tags:${encodeURIComponent(tag)}`;
  return { name: `#${label}`, idPart, pagePath: tagUrl(tag), prefix: tagUrl(tag), tag, count };
}

function buildFeed(
  deps: Deps,
  c: Context<Env>,
  shelf: Shelf,
  file: string,
  before: number | undefined,
): Feed {
  const { db } = deps;
  const { capsule: { id, log, createdAtMs } } = needSubject(deps, c);
  const { kind, tag } = shelf;
  const list = { log, kind, tag };
  const limit = before === undefined
    ? PIECES_PER_DOCUMENT + shelf.count % PIECES_PER_DOCUMENT
    : countToBorder(countOlder(db, list, before));
  const found = listWholePieces(db, { ...list, before, limit: limit + 1 });
  const site = readPageSite(deps, c, found);
  const origin = site.address;
  const items = buildItems(found.slice(0, limit), site);
  const last = found[items.length - 1];
  const firstUrl = absoluteUrl(origin, `${site.base}${shelf.prefix}/${file}`);
  const checkpoint = findCheckpoint(db, log);
  const newest = findEntry(db, log, (checkpoint?.size ?? 0) - 1);
  return {
    id: `urn:capsule:${id}${shelf.idPart}`,
    title: shelf.name === "" ? site.name : `${site.name}: ${shelf.name}`,
    description: describeFeed(site),
    language: site.language,
    pageUrl: originUrl(site, shelf.pagePath) ??
      absoluteUrl(origin, site.base + shelf.pagePath),
    selfUrl: before === undefined ? firstUrl : `${firstUrl}?before=${before}`,
    firstUrl,
    olderUrl: last && found.length > items.length ? `${firstUrl}?before=${last.id}` : undefined,
    aboutUrl: absoluteUrl(origin, `${site.base}/feeds`),
    isArchive: before !== undefined,
    iconUrl: site.picture && !site.missing.has(site.picture.hash)
      ? absoluteUrl(origin, blobUrl(site.picture.hash))
      : undefined,
    faviconUrl: absoluteUrl(origin, "/favicon.svg"),
    author: { name: site.name, url: authorUrl(site) },
    // Any entry may change a feed, a withdrawal too: so the date only moves forward with the log.
    updatedAtMs: newest?.timeMs ?? createdAtMs,
    capsule: {
      id,
      size: checkpoint?.size ?? 0,
      root: checkpoint === undefined ? "" : toHex(checkpoint.root),
    },
    items,
  };
}

/**
 * Borders between documents lie at every 20th piece from the oldest on, so that the older ones stay as they are (RFC 5005)
 * while pieces are added. The newest document takes what is left over; one that follows a document cut short ends at the border.
 */
function countToBorder(older: number): number {
  return older % PIECES_PER_DOCUMENT || PIECES_PER_DOCUMENT;
}

/** What the author says of it; a mirror says that it is one. */
function describeFeed({ mirror, name, line }: Site): string {
  if (mirror === undefined) return line;
  const copy = `A copy of what ${name} published, kept by ${mirror.keeper}.`;
  return line === "" ? copy : `${line} (${copy})`;
}

function buildItems(pieces: readonly Piece[], site: Site): FeedItem[] {
  const items: FeedItem[] = [];
  let chars = 0;
  for (const piece of pieces) {
    if (chars > HTML_CHARS_MAX) break;
    const html = renderFeedContent(piece, site);
    chars += html.length;
    items.push(buildItem(piece, html, site));
  }
  return items;
}

function buildItem(piece: Piece, html: string, site: Site): FeedItem {
  const isArticle = piece.kind === "article";
  const origin = site.address;
  const isHere = ({ hash }: Picture) => !site.missing.has(hash);
  return {
    id: `urn:sha256:${piece.hash}`,
    url: absoluteUrl(origin, pieceUrl(piece, site.base)),
    title: piece.title,
    html,
    summary: isArticle ? piece.summary || excerpt(piece.text, SUMMARY_CHARS) : "",
    language: piece.language,
    publishedAtMs: piece.publishedAtMs,
    revisedAtMs: piece.revisedAtMs,
    tags: piece.tags,
    authors: piece.authors.length === 0
      ? [{ name: site.name, url: authorUrl(site) }]
      : piece.authors.map((name) => ({ name, url: undefined })),
    pictures: allPictures(piece).filter(isHere).map((picture) => feedPicture(picture, origin)),
    cover: piece.cover !== undefined && isHere(piece.cover)
      ? absoluteUrl(origin, blobUrl(piece.cover.hash))
      : undefined,
    index: piece.index,
    hash: piece.hash,
    proofUrl: absoluteUrl(origin, `/mesh/1/${piece.capsuleId}/proof/${piece.index}`),
  };
}

/** The cover, then those in the text, each once. */
function allPictures({ cover, pictures }: Piece): Picture[] {
  if (cover === undefined) return [...pictures];
  return [cover, ...pictures.filter(({ hash }) => hash !== cover.hash)];
}

function feedPicture(picture: Picture, origin: string): FeedPicture {
  const { hash, type, bytes, width, height, description } = picture;
  return { url: absoluteUrl(origin, blobUrl(hash)), type, bytes, width, height, description };
}
