/** Search. Mounted at /search. @module */
import { Hono } from "hono";
import { searchPieces } from "../storage/search.ts";
import { renderPage } from "../views/html.ts";
import { SearchPage } from "../views/search.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { readCursor } from "./paging.ts";
import { needSubject, readPageSite } from "./site.ts";

const QUERY_CHARS_MAX = 200;
const FOUND_PER_PAGE = 20;

/** Builds the routes over the given database. */
export function searchRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const site = readPageSite(deps, c);
    const typed = (c.req.query("q") ?? "").slice(0, QUERY_CHARS_MAX).toWellFormed();
    const query = typed.replace(/[\s\p{Cc}]+/gu, " ").trim();
    const before = readCursor(c.req.query("before"));
    if (before === "invalid") return c.notFound();
    // What people look for is endless: it would push the pages out of the cache. The owner's pages are stored nowhere.
    if (c.get("viewer") === "visitor") c.header("Cache-Control", "private, no-cache");
    if (query === "") {
      const paging = { newer: undefined, older: undefined };
      return c.html(renderPage(SearchPage({ site, query, found: undefined, paging })));
    }
    const { log } = needSubject(deps, c).capsule;
    const path = `${site.base}/search`;
    const pieces = searchPieces(deps.db, { log, query, before, limit: FOUND_PER_PAGE + 1 });
    const found = pieces.slice(0, FOUND_PER_PAGE);
    const last = found.at(-1);
    const older = pieces.length > FOUND_PER_PAGE && last !== undefined
      ? withQuery(path, { q: query, before: last.id })
      : undefined;
    const newer = before === undefined ? undefined : withQuery(path, { q: query });
    return c.html(renderPage(SearchPage({ site, query, found, paging: { newer, older } })));
  });

  return routes;
}
