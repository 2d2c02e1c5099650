/** The home page and the lists of posts and of articles. Mounted at /. @module */
import { type Context, Hono } from "hono";
import { findPiece } from "../storage/pieces.ts";
import { HomePage } from "../views/home.ts";
import { renderPage } from "../views/html.ts";
import { ArticleListPage, PostListPage } from "../views/lists.ts";
import type { Deps, Env } from "./app.ts";
import { type ListPart, listPart } from "./paging.ts";
import { needOwnCapsule, readProfile, readSettings, readSite } from "./site.ts";

/** Builds the routes over the given database. */
export function homeRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const part = readPart(c, "/");
    if (part === undefined) return c.notFound();
    const isFirst = part.paging.newer === undefined;
    const pinned = isFirst ? findPinned() : undefined;
    const site = readSite(deps, c.get("viewer"));
    return c.html(renderPage(HomePage({ site, pinned, ...part })));
  });

  routes.get("/posts", (c) => {
    const part = readPart(c, "/posts", "post");
    if (part === undefined) return c.notFound();
    return c.html(renderPage(PostListPage({ site: readSite(deps, c.get("viewer")), ...part })));
  });

  routes.get("/articles", (c) => {
    const part = readPart(c, "/articles", "article");
    if (part === undefined) return c.notFound();
    return c.html(renderPage(ArticleListPage({ site: readSite(deps, c.get("viewer")), ...part })));
  });

  function readPart(
    c: Context<Env>,
    path: string,
    kind?: "post" | "article",
  ): ListPart | undefined {
    const { log } = needOwnCapsule(deps);
    const limit = readSettings(deps).postsPerPage;
    return listPart(db, { log, kind }, { path, typed: c.req.query("before"), limit });
  }

  function findPinned() {
    const { pinned } = readProfile(deps);
    const found = pinned === undefined
      ? undefined
      : findPiece(db, needOwnCapsule(deps).log, pinned);
    return found === "withdrawn" ? undefined : found;
  }

  return routes;
}
