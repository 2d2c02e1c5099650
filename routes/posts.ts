/** One post and its history. Mounted at /p. @module */
import { Hono } from "hono";
import { findNeighbours, findPost } from "../storage/pieces.ts";
import { listRevisions } from "../storage/revisions.ts";
import { WithdrawnPage } from "../views/errors.ts";
import { renderPage } from "../views/html.ts";
import { PostPage } from "../views/posts.ts";
import { HistoryPage } from "../views/revisions.ts";
import type { Deps, Env } from "./app.ts";
import { needOwnCapsule, readSite } from "./site.ts";

/** Builds the routes over the given database. */
export function postRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/:index{0|[1-9][0-9]{0,14}}", (c) => {
    const { log } = needOwnCapsule(deps);
    const piece = findPost(db, log, Number(c.req.param("index")));
    if (piece === undefined) return c.notFound();
    const site = readSite(deps, c.get("viewer"));
    if (piece === "withdrawn") {
      return c.html(renderPage(WithdrawnPage({ site, kind: "post" })), 410);
    }
    const neighbours = findNeighbours(db, piece);
    return c.html(renderPage(PostPage({ site, piece, neighbours })));
  });

  routes.get("/:index{0|[1-9][0-9]{0,14}}/history", (c) => {
    const { log } = needOwnCapsule(deps);
    const piece = findPost(db, log, Number(c.req.param("index")));
    if (piece === undefined) return c.notFound();
    const site = readSite(deps, c.get("viewer"));
    if (piece === "withdrawn") {
      return c.html(renderPage(WithdrawnPage({ site, kind: "post" })), 410);
    }
    const revisions = listRevisions(db, log, piece.index);
    return c.html(renderPage(HistoryPage({ site, piece, revisions })));
  });

  return routes;
}
