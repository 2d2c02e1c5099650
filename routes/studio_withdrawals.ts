/** Withdrawing what is published. Mounted at /studio/withdraw. @module */
import { Hono } from "hono";
import { publishWithdrawal } from "../mesh/publish.ts";
import { findPiece } from "../storage/pieces.ts";
import { WithdrawPage } from "../views/studio_withdrawals.ts";
import type { Deps, Env } from "./app.ts";
import { readIndex } from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { findOwnPiece } from "./studio_revisions.ts";

/** Builds the routes of withdrawals. */
export function withdrawalRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();

  routes.get("/:index", (c) => {
    const piece = findOwnPiece(deps, c.req.param("index"));
    if (piece === undefined) return c.notFound();
    return answerPage(c, WithdrawPage({ frame: readFrame(deps, c), piece }));
  });

  routes.post("/:index", (c) => {
    const index = readIndex(c.req.param("index"));
    const piece = index === undefined ? undefined : findPiece(db, needOwnCapsule(deps).log, index);
    if (index === undefined || piece === undefined) return c.notFound();
    // Sent twice, the second finds it withdrawn and says the same.
    if (piece !== "withdrawn") db.urgently(() => publishWithdrawal({ db, now }, index));
    return c.redirect("/studio?done=withdrawn", 303);
  });

  return routes;
}
