/** One article, or one page of the capsule's own, and its history. Mounted at /a. @module */
import { Hono } from "hono";
import { findArticle, findNeighbours } from "../storage/pieces.ts";
import { listRevisions } from "../storage/revisions.ts";
import { ArticlePage } from "../views/articles.ts";
import { WithdrawnPage } from "../views/errors.ts";
import { renderPage } from "../views/html.ts";
import { HistoryPage } from "../views/revisions.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { needOwnCapsule, readSite } from "./site.ts";

/** Builds the routes over the given database. */
export function articleRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/:slug", (c) => {
    const typed = c.req.param("slug");
    const piece = findTyped(typed);
    if (piece === undefined) return c.notFound();
    const site = readSite(deps, c.get("viewer"));
    if (piece === "withdrawn") {
      return c.html(renderPage(WithdrawnPage({ site, kind: "article" })), 410);
    }
    // Other spellings of one slug lead to the one address.
    if (piece.slug !== typed) return c.redirect(pieceUrl(piece), 308);
    const neighbours = findNeighbours(db, piece);
    return c.html(renderPage(ArticlePage({ site, piece, neighbours })));
  });

  routes.get("/:slug/history", (c) => {
    const piece = findTyped(c.req.param("slug"));
    if (piece === undefined) return c.notFound();
    const site = readSite(deps, c.get("viewer"));
    if (piece === "withdrawn") {
      return c.html(renderPage(WithdrawnPage({ site, kind: "article" })), 410);
    }
    const revisions = listRevisions(db, piece.log, piece.index);
    return c.html(renderPage(HistoryPage({ site, piece, revisions })));
  });

  function findTyped(typed: string) {
    const { log } = needOwnCapsule(deps);
    const slug = typed.normalize("NFC");
    return findArticle(db, log, slug) ?? findArticle(db, log, slug.toLowerCase());
  }

  return routes;
}
