/** The studio: the composer, what waits, what is published. Mounted at /studio, for the owner only. @module */
import { type Context, Hono } from "hono";
import { publishProfile } from "../mesh/publish.ts";
import { findPiece, listPages } from "../storage/pieces.ts";
import { findProfile } from "../storage/profiles.ts";
import { findSettings } from "../storage/settings.ts";
import { StudioHomePage } from "../views/studio_pieces.ts";
import { withQuery } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { draftRoutes } from "./drafts.ts";
import { listDraftLines } from "./draft_lines.ts";
import { studioHeaders } from "./headers.ts";
import { requireOwner } from "./owner.ts";
import { listPart } from "./paging.ts";
import { formStatus, makeOnceKey, readIndex } from "./publishing.ts";
import { settingsRoutes } from "./settings.ts";
import { needOwnCapsule } from "./site.ts";
import { articleStudioRoutes } from "./studio_articles.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { previewRoutes } from "./studio_preview.ts";
import { type TakenPost, takePost } from "./studio_posts.ts";
import { revisionRoutes } from "./studio_revisions.ts";
import { blockRoutes } from "./studio_blocks.ts";
import { discoverRoutes } from "./studio_discover.ts";
import { followRoutes } from "./studio_follow.ts";
import { followerStudioRoutes } from "./studio_followers.ts";
import { identityRoutes } from "./studio_identity.ts";
import { meshStudioRoutes } from "./studio_mesh.ts";
import { takedownRoutes } from "./studio_takedowns.ts";
import { timelineRoutes } from "./studio_timeline.ts";
import { withdrawalRoutes } from "./studio_withdrawals.ts";
import { readPictureForm, uploadRoutes } from "./uploads.ts";
import { waitForCheck } from "./signing_wait.ts";

const DRAFTS_SHOWN = 3;
/** Builds everything under /studio. */
export function studioRoutes(deps: Deps): Hono<Env> {
  const { db, now } = deps;
  const routes = new Hono<Env>();
  // The headers come first: also a page that sends somebody to sign in has a nonce and is not stored.
  routes.use(studioHeaders());
  routes.use(requireOwner(deps));
  routes.use(waitForCheck(deps));

  routes.get("/", (c) => {
    const capsule = needOwnCapsule(deps);
    const { language } = findProfile(db, capsule.log);
    const form = { text: "", language, pictures: [], isUndescribed: false };
    return answerHome(deps, c, { form, problems: {}, onceKey: makeOnceKey() });
  });

  routes.post("/", async (c) => {
    const sent = await readPictureForm(deps, c.req.raw);
    const answer = takePost(deps, sent);
    if (answer.url !== undefined) return c.redirect(answer.url, 303);
    return answerHome(deps, c, answer);
  });

  routes.post("/pin/:index", async (c) => {
    const capsule = needOwnCapsule(deps);
    const index = readIndex(c.req.param("index"));
    const piece = index === undefined ? undefined : findPiece(db, capsule.log, index);
    if (piece === undefined || piece === "withdrawn") return c.notFound();
    const { form } = await readPictureForm(deps, c.req.raw);
    const isUnpinned = form.text("do") === "unpin";
    const { pinned } = findProfile(db, capsule.log);
    const wish = isUnpinned ? null : piece.index;
    if ((pinned ?? null) !== wish) publishProfile({ db, now }, { pinned: wish });
    return c.redirect(withQuery("/studio", { done: isUnpinned ? "unpinned" : "pinned" }), 303);
  });

  routes.route("/articles", articleStudioRoutes(deps));
  routes.route("/drafts", draftRoutes(deps));
  routes.route("/revise", revisionRoutes(deps));
  routes.route("/withdraw", withdrawalRoutes(deps));
  routes.route("/timeline", timelineRoutes(deps));
  routes.route("/mesh", meshStudioRoutes(deps));
  routes.route("/follow", followRoutes(deps));
  routes.route("/discover", discoverRoutes(deps));
  routes.route("/followers", followerStudioRoutes(deps));
  routes.route("/blocks", blockRoutes(deps));
  routes.route("/", takedownRoutes(deps));
  routes.route("/identity", identityRoutes(deps));
  routes.route("/settings", settingsRoutes(deps));
  routes.route("/preview", previewRoutes(deps));
  routes.route("/", uploadRoutes(deps));
  return routes;
}

function answerHome(
  deps: Deps,
  c: Context<Env>,
  { form, problems, isRefused, onceKey }: Omit<TakenPost, "url" | "notice">,
): Response {
  const { db } = deps;
  const { log } = needOwnCapsule(deps);
  const limit = findSettings(db).postsPerPage;
  const typed = c.req.query("before");
  const part = listPart(db, { log }, { path: "/studio", typed, limit });
  if (part === undefined && typed !== undefined) return c.redirect("/studio", 303);
  const isFirst = typed === undefined;
  const page = StudioHomePage({
    frame: readFrame(deps, c),
    form,
    onceKey,
    problems,
    drafts: isFirst ? listDraftLines(deps, DRAFTS_SHOWN) : [],
    pieces: part?.pieces ?? [],
    pages: isFirst ? listPages(db, log) : [],
    pinned: findProfile(db, log).pinned,
    olderUrl: part?.paging.older,
    newerUrl: part?.paging.newer,
    done: DONE[c.req.query("done") ?? ""],
  });
  return answerPage(c, page, formStatus(problems, isRefused));
}

const DONE: Readonly<Record<string, string>> = {
  saved: "The draft is saved.",
  withdrawn: "It is withdrawn: readers do not see it any more.",
  pinned: "It is pinned to the top of your home page.",
  unpinned: "It is not pinned any more.",
};
