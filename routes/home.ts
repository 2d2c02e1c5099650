/** The home page and the lists of posts and of articles. Mounted at the base. @module */
import { type Context, Hono } from "hono";
import { findPiece, type Piece } from "../storage/pieces.ts";
import { HomePage } from "../views/home.ts";
import { renderPage } from "../views/html.ts";
import { ArticleListPage, PostListPage } from "../views/lists.ts";
import type { Deps, Env } from "./app.ts";
import { type ListPart, listPart } from "./paging.ts";
import { needSubject, readPageSite, readSettings } from "./site.ts";

/** Builds the routes over the given database. */
export function homeRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const part = readPart(c, "/");
    if (part === undefined) return c.notFound();
    const isFirst = part.paging.newer === undefined;
    const pinned = isFirst ? findPinned(c) : undefined;
    const shown = pinned === undefined ? part.pieces : [pinned, ...part.pieces];
    const site = readPageSite(deps, c, shown);
    return c.html(renderPage(HomePage({ site, pinned, ...part })));
  });

  routes.get("/posts", (c) => {
    const part = readPart(c, "/posts", "post");
    if (part === undefined) return c.notFound();
    return c.html(renderPage(PostListPage({ site: readPageSite(deps, c, part.pieces), ...part })));
  });

  routes.get("/articles", (c) => {
    const part = readPart(c, "/articles", "article");
    if (part === undefined) return c.notFound();
    return c.html(
      renderPage(ArticleListPage({ site: readPageSite(deps, c, part.pieces), ...part })),
    );
  });

  function readPart(
    c: Context<Env>,
    path: string,
    kind?: "post" | "article",
  ): ListPart | undefined {
    const { capsule, base } = needSubject(deps, c);
    const { log } = capsule;
    const limit = readSettings(deps).postsPerPage;
    return listPart(db, { log, kind }, { base, path, typed: c.req.query("before"), limit });
  }

  function findPinned(c: Context<Env>): Piece | undefined {
    const { capsule, profile } = needSubject(deps, c);
    const { pinned } = profile;
    const found = pinned === undefined ? undefined : findPiece(db, capsule.log, pinned);
    return typeof found === "string" ? undefined : found;
  }

  return routes;
}
