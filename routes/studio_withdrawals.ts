/** Withdrawing what is published. Mounted at /studio/withdraw. @module */
import { Hono } from "hono";
import { publishWithdrawal } from "../mesh/publish.ts";
import { WithdrawPage } from "../views/studio_withdrawals.ts";
import type { Deps, Env } from "./app.ts";
import { readIndex } from "./publishing.ts";
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
    const piece = findOwnPiece(deps, c.req.param("index"));
    // Sent twice, the second finds nothing to withdraw and says the same.
    const outcome = piece === undefined || index === undefined
      ? "withdrawn"
      : publishWithdrawal({ db, now }, index);
    if (outcome === "absent") return c.notFound();
    return c.redirect("/studio?done=withdrawn", 303);
  });

  return routes;
}
