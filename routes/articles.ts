/** One article, or one page of the capsule's own, and its history. Mounted at /a. @module */
import { type Context, Hono } from "hono";
import { findPieceTakedown } from "../storage/piece_takedowns.ts";
import { findArticle, findNeighbours, type Piece } from "../storage/pieces.ts";
import { ArticlePage } from "../views/articles.ts";
import { type Markup, renderPage } from "../views/html.ts";
import type { Site } from "../views/layout.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { answerTakenDown, answerWithdrawn } from "./errors.ts";
import { showHistory } from "./revisions.ts";
import { needSubject, readPageSite } from "./site.ts";

/** Builds the routes over the given database. */
export function articleRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/:slug", (c) =>
    answer(c, (site, piece) => {
      // Other spellings of one slug lead to the one address.
      if (piece.slug !== c.req.param("slug")) return pieceUrl(piece, site.base);
      return ArticlePage({ site, piece, neighbours: findNeighbours(db, piece) });
    }));

  routes.get("/:slug/history", (c) => answer(c, (site, piece) => showHistory(db, site, piece)));

  /** Answers the page, or leads to the path, that `show` says. */
  async function answer(
    c: Context<Env, "/:slug">,
    show: (site: Site, piece: Piece) => Markup | string | Promise<Markup>,
  ): Promise<Response> {
    const { log } = needSubject(deps, c).capsule;
    const slug = c.req.param("slug").normalize("NFC");
    const piece = findArticle(db, log, slug) ?? findArticle(db, log, slug.toLowerCase());
    const takedown = typeof piece === "object" ? undefined : findPieceTakedown(db, log, slug);
    if (takedown !== undefined) return answerTakenDown(c, deps, takedown);
    if (piece === undefined) return await c.notFound();
    if (piece === "withdrawn") return answerWithdrawn(c, deps, "article");
    const shown = await show(readPageSite(deps, c, [piece]), piece);
    return typeof shown === "string" ? c.redirect(shown, 308) : c.html(renderPage(shown));
  }

  return routes;
}
