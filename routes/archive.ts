/** The archive. Mounted at /archive. @module */
import { Hono } from "hono";
import { listMonths, listYears } from "../storage/archive.ts";
import { ArchivePage, YearPage } from "../views/archive.ts";
import { renderPage } from "../views/html.ts";
import type { Deps, Env } from "./app.ts";
import { listPart } from "./paging.ts";
import { needSubject, readPageSite } from "./site.ts";

const LINES_PER_PAGE = 100;

/** Builds the routes over the given database. */
export function archiveRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const years = listYears(db, needSubject(deps, c).capsule.log);
    return c.html(renderPage(ArchivePage({ site: readPageSite(deps, c), years })));
  });

  routes.get("/:year{[1-9][0-9]{3}}", (c) => {
    const { capsule, base } = needSubject(deps, c);
    const { log } = capsule;
    const year = Number(c.req.param("year"));
    const months = listMonths(db, log, year);
    const path = `/archive/${year}`;
    const typed = c.req.query("before");
    const part = listPart(db, { log, year }, { base, path, typed, limit: LINES_PER_PAGE });
    if (months.length === 0 || part === undefined) return c.notFound();
    const site = readPageSite(deps, c);
    return c.html(renderPage(YearPage({ site, year, months, ...part })));
  });

  return routes;
}
