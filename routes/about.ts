/** About the author. Mounted at /about. @module */
import { Hono } from "hono";
import { AboutPage } from "../views/about.ts";
import { renderPage } from "../views/html.ts";
import type { Deps, Env } from "./app.ts";
import { needOwnCapsule, readProfile, readSite } from "./site.ts";

/** Builds the route over the given database. */
export function aboutRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const { id } = needOwnCapsule(deps);
    const { about } = readProfile(deps);
    const site = readSite(deps, c.get("viewer"));
    return c.html(renderPage(AboutPage({ site, about, id })));
  });

  return routes;
}
