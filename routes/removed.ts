/** What was taken down from the copies here, for anybody. Mounted at /removed. @module */
import { Hono } from "hono";
import { listTakedowns } from "../storage/takedowns.ts";
import { renderPage } from "../views/html.ts";
import { RemovedPage } from "../views/removed.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readCursor } from "./paging.ts";
import { readSite } from "./site.ts";

const PATH = "/removed";
const PER_PAGE = 100;

/** Builds the route of the public list. */
export function removedRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const before = readCursor(c.req.query("before"));
    if (before === "invalid") return c.redirect(PATH, 303);
    const found = listTakedowns(deps.db, { before, limit: PER_PAGE + 1 });
    const shown = found.slice(0, PER_PAGE);
    const page = RemovedPage({
      site: readSite(deps, c.get("viewer")),
      // What it was, and the owner's note, stay behind here.
      removals: shown.map(({ kind, reason, atMs }) => ({ kind, reason, atMs })),
      paging: {
        newer: before === undefined ? undefined : PATH,
        older: found.length > PER_PAGE ? withQuery(PATH, { before: shown.at(-1)?.id }) : undefined,
      },
    });
    return c.html(renderPage(page));
  });

  return routes;
}
