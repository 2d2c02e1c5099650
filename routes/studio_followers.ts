/** Who follows the owner, and what of the owner's work they hold. Mounted at /studio/followers. @module */
import { Hono } from "hono";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findFollowerHoldings } from "../storage/follower_holdings.ts";
import { countFollowers, listFollowers } from "../storage/followers.ts";
import { listPicturesNowhereElse, summarizeHoldings } from "../storage/holdings.ts";
import { findMirror } from "../storage/mirrors.ts";
import { FollowersPage } from "../views/studio_followers.ts";
import type { HoldingsLine } from "../views/studio_mesh.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";

const FOLLOWERS_PER_PAGE = 100;
const PICTURES_SHOWN = 60;
const PICTURES_COUNTED = 1_000;
const ID = /^cap1[02-9ac-hj-np-z]{58}$/;

/** Builds the routes of followers. */
export function followerStudioRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const { log } = needOwnCapsule(deps);
    const typed = c.req.query("after");
    const after = typed !== undefined && ID.test(typed) ? typed : undefined;
    const found = listFollowers(db, { after: after ?? "", limit: FOLLOWERS_PER_PAGE + 1 });
    const shown = found.slice(0, FOLLOWERS_PER_PAGE);
    const rows = shown.map((follower) => {
      const mirror = findMirror(db, follower.id);
      const holdings = findFollowerHoldings(db, follower.id);
      return { follower, name: mirror?.name ?? "", isFollowed: mirror !== undefined, holdings };
    });
    const older = found.length > FOLLOWERS_PER_PAGE
      ? withQuery("/studio/followers", { after: shown.at(-1)?.id })
      : undefined;
    const page = FollowersPage({
      frame: readFrame(deps, c),
      size: findCheckpoint(db, log)?.size ?? 0,
      holdings: readHoldings(deps),
      rows,
      pictures: after === undefined ? listPicturesNowhereElse(db, PICTURES_SHOWN) : [],
      paging: { newer: after === undefined ? undefined : "/studio/followers", older },
      isFirst: after === undefined,
    });
    return answerPage(c, page);
  });

  return routes;
}

/** The numbers of followers and of what they hold. */
export function readHoldings({ db }: Pick<Deps, "db">): HoldingsLine {
  return {
    followers: countFollowers(db),
    ...summarizeHoldings(db),
    picturesNowhereElse: listPicturesNowhereElse(db, PICTURES_COUNTED).length,
  };
}
