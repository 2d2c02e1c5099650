/** About the author. Mounted at /about. @module */
import { Hono } from "hono";
import { listShownFollows } from "../storage/shown_follows.ts";
import { listPages } from "../storage/pieces.ts";
import { AboutPage } from "../views/about.ts";
import { renderPage } from "../views/html.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { needSubject, readPageSite } from "./site.ts";

const FOLLOWS_SHOWN_MAX = 300;

/** Builds the route over the given database. */
export function aboutRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const { capsule, profile, base } = needSubject(deps, c);
    const { id, log } = capsule;
    const site = readPageSite(deps, c);
    const pages = listPages(deps.db, log).map((page) => ({
      title: page.title,
      url: pieceUrl(page, base),
    }));
    const follows = listShownFollows(deps.db, log, FOLLOWS_SHOWN_MAX);
    return c.html(renderPage(AboutPage({ site, about: profile.about, id, pages, follows })));
  });

  return routes;
}
