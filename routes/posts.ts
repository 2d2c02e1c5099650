/** One post and its history. Mounted at /p. @module */
import { type Context, Hono } from "hono";
import { findNeighbours, findPost, type Piece } from "../storage/pieces.ts";
import { listRevisions } from "../storage/revisions.ts";
import { WithdrawnPage } from "../views/errors.ts";
import { type Markup, renderPage } from "../views/html.ts";
import type { Site } from "../views/layout.ts";
import { PostPage } from "../views/posts.ts";
import { HistoryPage } from "../views/revisions.ts";
import type { Deps, Env } from "./app.ts";
import { readIndex } from "./publishing.ts";
import { needOwnCapsule, readSite } from "./site.ts";

/** Builds the routes over the given database. */
export function postRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get(
    "/:index",
    (c) =>
      answer(c, (site, piece) => PostPage({ site, piece, neighbours: findNeighbours(db, piece) })),
  );

  routes.get("/:index/history", (c) =>
    answer(c, (site, piece) => {
      const revisions = listRevisions(db, piece.log, piece.index);
      return HistoryPage({ site, piece, revisions });
    }));

  function answer(
    c: Context<Env, "/:index">,
    show: (site: Site, piece: Piece) => Markup,
  ): Response | Promise<Response> {
    const { log } = needOwnCapsule(deps);
    const index = readIndex(c.req.param("index"));
    const piece = index === undefined ? undefined : findPost(db, log, index);
    if (piece === undefined) return c.notFound();
    const site = readSite(deps, c.get("viewer"));
    if (piece !== "withdrawn") return c.html(renderPage(show(site, piece)));
    return c.html(renderPage(WithdrawnPage({ site, kind: "post" })), 410);
  }

  return routes;
}
