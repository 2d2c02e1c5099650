/** About the author. Mounted at /about. @module */
import { Hono } from "hono";
import { listPages } from "../storage/pieces.ts";
import { AboutPage } from "../views/about.ts";
import { renderPage } from "../views/html.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { needOwnCapsule, readProfile, readSite } from "./site.ts";

/** Builds the route over the given database. */
export function aboutRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const { id, log } = needOwnCapsule(deps);
    const { about } = readProfile(deps);
    const site = readSite(deps, c.get("viewer"));
    const pages = listPages(deps.db, log).map((page) => ({
      title: page.title,
      url: pieceUrl(page),
    }));
    return c.html(renderPage(AboutPage({ site, about, id, pages })));
  });

  return routes;
}
