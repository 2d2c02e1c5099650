/** What programs ask for: robots.txt, sitemap, manifest, icons. Mounted at /. @module */
import { Hono } from "hono";
import { listAddresses, listAddressParts } from "../storage/addresses.ts";
import { listPages } from "../storage/pieces.ts";
import {
  renderFavicon,
  renderManifest,
  renderRobots,
  renderSitemap,
  renderSitemapIndex,
} from "../views/discovery.ts";
import { blobUrl, pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { needOwnCapsule, readSettings, readSite } from "./site.ts";

const XML = "application/xml; charset=utf-8";
const STANDING_PATHS = ["/", "/posts", "/articles", "/archive", "/tags", "/about"];
/** The protocol's limit of parts in one index. */
const PARTS_MAX = 49_999;

/** Builds the routes over the given database. */
export function discoveryRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get(
    "/robots.txt",
    (c) => c.text(renderRobots(deps.origin(), readSettings(deps).crawlers)),
  );

  routes.get("/sitemap.xml", (c) => {
    const parts = listAddressParts(db, needOwnCapsule(deps).log).slice(0, PARTS_MAX);
    const numbered = parts.map((part) => `/sitemap/${part + 1}.xml`);
    c.header("Content-Type", XML);
    return c.body(renderSitemapIndex(deps.origin(), ["/sitemap/pages.xml", ...numbered]));
  });

  routes.get("/sitemap/pages.xml", (c) => {
    const pages = listPages(db, needOwnCapsule(deps).log).map((page) => ({
      path: pieceUrl(page),
      changedAtMs: page.revisedAtMs ?? page.publishedAtMs,
    }));
    const standing = STANDING_PATHS.map((path) => ({ path }));
    c.header("Content-Type", XML);
    return c.body(renderSitemap(deps.origin(), [...standing, ...pages]));
  });

  routes.get("/sitemap/:part{[1-9][0-9]{0,4}\\.xml}", (c) => {
    const part = parseInt(c.req.param("part"), 10) - 1;
    const addresses = listAddresses(db, needOwnCapsule(deps).log, part);
    if (addresses.length === 0) return c.notFound();
    const urls = addresses.map((address) => ({
      path: pieceUrl(address),
      changedAtMs: address.changedAtMs,
    }));
    c.header("Content-Type", XML);
    return c.body(renderSitemap(deps.origin(), urls));
  });

  routes.get("/manifest.webmanifest", (c) => {
    c.header("Content-Type", "application/manifest+json; charset=utf-8");
    return c.body(renderManifest(readSite(deps, "visitor")));
  });

  routes.get("/favicon.svg", (c) => {
    const { name, accent } = readSite(deps, "visitor");
    c.header("Content-Type", "image/svg+xml; charset=utf-8");
    return c.body(renderFavicon(name, accent));
  });

  routes.get("/favicon.ico", (c) => c.redirect("/favicon.svg", 308));

  routes.get("/icon", (c) => {
    const { picture } = readSite(deps, "visitor");
    return c.redirect(picture === undefined ? "/favicon.svg" : blobUrl(picture.hash), 302);
  });

  return routes;
}
