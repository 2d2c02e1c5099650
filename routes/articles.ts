/** One article, or one page of the capsule's own, and its history. Mounted at /a. @module */
import { type Context, Hono } from "hono";
import { findArticle, findNeighbours } from "../storage/pieces.ts";
import { listRevisions } from "../storage/revisions.ts";
import { ArticlePage } from "../views/articles.ts";
import { renderPage } from "../views/html.ts";
import { HistoryPage } from "../views/revisions.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { answerWithdrawn } from "./errors.ts";
import { needSubject, readPageSite } from "./site.ts";

/** Builds the routes over the given database. */
export function articleRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/:slug", (c) => {
    const typed = c.req.param("slug");
    const piece = findTyped(c, typed);
    if (piece === undefined) return c.notFound();
    if (piece === "withdrawn") return answerWithdrawn(c, deps, "article");
    const site = readPageSite(deps, c, [piece]);
    // Other spellings of one slug lead to the one address.
    if (piece.slug !== typed) return c.redirect(pieceUrl(piece, site.base), 308);
    const neighbours = findNeighbours(db, piece);
    return c.html(renderPage(ArticlePage({ site, piece, neighbours })));
  });

  routes.get("/:slug/history", (c) => {
    const piece = findTyped(c, c.req.param("slug"));
    if (piece === undefined) return c.notFound();
    if (piece === "withdrawn") return answerWithdrawn(c, deps, "article");
    const revisions = listRevisions(db, piece.log, piece.index);
    return c.html(renderPage(HistoryPage({ site: readPageSite(deps, c), piece, revisions })));
  });

  function findTyped(c: Context<Env>, typed: string) {
    const { log } = needSubject(deps, c).capsule;
    const slug = typed.normalize("NFC");
    return findArticle(db, log, slug) ?? findArticle(db, log, slug.toLowerCase());
  }

  return routes;
}
