/** Styles and scripts under names that change with their bytes. Mounted at /assets. @module */
import { Hono } from "hono";
import { ASSETS, findStyle } from "../views/assets.ts";
import type { Deps, Env } from "./app.ts";
import { IMMUTABLE } from "./headers.ts";
import { readSettings } from "./site.ts";

/** Builds the route; the readers' stylesheet depends on the owner's accent colour. */
export function assetRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/:name", (c) => {
    const name = c.req.param("name");
    const style = findStyle(readSettings(deps).accent);
    const nameless = findStyle("");
    const asset = [style, nameless].find((known) => known.name === name)?.asset ?? ASSETS.get(name);
    // A page that is still open after an upgrade asks by the old name: it gets today's, and keeps it no longer than it needs.
    const isOldStyle = asset === undefined && /^style-[0-9a-f]{12}\.css$/.test(name);
    const served = isOldStyle ? style.asset : asset;
    if (served === undefined) return c.notFound();
    c.header("Cache-Control", isOldStyle ? "no-store" : IMMUTABLE);
    c.header("Content-Type", served.type);
    return c.body(served.text);
  });

  return routes;
}
