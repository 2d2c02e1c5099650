/** One post and its history. Mounted at /p. @module */
import { type Context, Hono } from "hono";
import { findPieceTakedown } from "../storage/piece_takedowns.ts";
import { findNeighbours, findPost, type Piece } from "../storage/pieces.ts";
import { type Markup, renderPage } from "../views/html.ts";
import type { Site } from "../views/layout.ts";
import { PostPage } from "../views/posts.ts";
import type { Deps, Env } from "./app.ts";
import { answerTakenDown, answerWithdrawn } from "./errors.ts";
import { readIndex } from "./publishing.ts";
import { showHistory } from "./revisions.ts";
import { needSubject, readPageSite } from "./site.ts";

/** Builds the routes over the given database. */
export function postRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get(
    "/:index",
    (c) =>
      answer(c, (site, piece) => PostPage({ site, piece, neighbours: findNeighbours(db, piece) })),
  );

  routes.get("/:index/history", (c) => answer(c, (site, piece) => showHistory(db, site, piece)));

  async function answer(
    c: Context<Env, "/:index">,
    show: (site: Site, piece: Piece) => Markup | Promise<Markup>,
  ): Promise<Response> {
    const { log } = needSubject(deps, c).capsule;
    const index = readIndex(c.req.param("index"));
    if (index === undefined) return await c.notFound();
    const piece = findPost(db, log, index);
    const takedown = typeof piece === "object" ? undefined : findPieceTakedown(db, log, index);
    if (takedown !== undefined) return answerTakenDown(c, deps, takedown);
    if (piece === undefined) return await c.notFound();
    if (piece === "withdrawn") return answerWithdrawn(c, deps, "post");
    const site = readPageSite(deps, c, [piece]);
    return c.html(renderPage(await show(site, piece)));
  }

  return routes;
}
