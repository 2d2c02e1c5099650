/** The health check. Mounted at /up. @module */
import { Hono } from "hono";
import type { Deps, Env } from "./app.ts";
import { makeNamelessSite } from "./site.ts";

/** Builds the route: 200 means that this process answers and its database can be read. */
export function upRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    deps.db.changeMark();
    c.header("Cache-Control", "no-store");
    return c.json({ ok: true, version: makeNamelessSite(deps).version, start: deps.startId });
  });

  return routes;
}
