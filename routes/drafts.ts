/** Drafts: the list, their pages, saving by itself. Mounted at /studio/drafts. @module */
import { type Context, Hono } from "hono";
import { PublishProblem } from "../mesh/publish.ts";
import { deleteDraft, DRAFTS_MAX, findDraft } from "../storage/drafts.ts";
import { findProfile } from "../storage/profiles.ts";
import { DraftsPage, PostDraftPage } from "../views/drafts.ts";
import type { Deps, Env } from "./app.ts";
import {
  fromArticleDraft,
  isEmptyArticle,
  readArticleForm,
  toArticleDraft,
} from "./article_forms.ts";
import { listDraftLines } from "./draft_lines.ts";
import { DRAFT_TOO_LONG, type SavedDraft, saveDraft } from "./draft_saving.ts";
import { fromPostDraft } from "./post_forms.ts";
import { formStatus, makeOnceKey, tryPublish } from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";
import { answerArticle, takeArticle } from "./studio_articles.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { type TakenPost, takePost } from "./studio_posts.ts";
import { readPictureForm } from "./uploads.ts";

/** Builds the routes of drafts. */
export function draftRoutes(deps: Deps): Hono<Env> {
  const { db } = deps;
  const routes = new Hono<Env>();

  routes.get("/", (c) => {
    const drafts = listDraftLines(deps, DRAFTS_MAX);
    const isDeleted = c.req.query("deleted") === "yes";
    return answerPage(c, DraftsPage({ frame: readFrame(deps, c), drafts, isDeleted }));
  });

  routes.get("/:id", (c) => {
    const draft = findDraft(db, c.req.param("id"));
    if (draft === undefined) return c.notFound();
    const notice = c.req.query("saved") === "yes" ? "saved" as const : undefined;
    const onceKey = makeOnceKey();
    if (draft.kind === "article") {
      const article = fromArticleDraft(deps, draft.fields);
      return answerArticle(deps, c, { article, draft, onceKey, notice });
    }
    const form = fromPostDraft(deps, draft.fields);
    const frame = readFrame(deps, c);
    return answerPage(c, PostDraftPage({ frame, form, draft, onceKey, notice }));
  });

  routes.post("/autosave", async (c) => {
    const sent = await readPictureForm(deps, c.req.raw);
    const { log } = needOwnCapsule(deps);
    const { article } = readArticleForm(deps, sent, findProfile(db, log).language);
    if (isEmptyArticle(article)) return c.json({ isEmpty: true });
    const saved = tryPublish(() => saveDraft(deps, sent.form, "article", toArticleDraft(article)));
    if (saved instanceof PublishProblem) return c.json({ problem: saved.message }, 503);
    if (saved === "too_long") return c.json({ problem: DRAFT_TOO_LONG }, 422);
    const { id, version, otherId } = saved;
    return c.json({ id, version, url: `/studio/drafts/${id}`, otherId });
  });

  routes.post("/:id", async (c) => {
    const sent = await readPictureForm(deps, c.req.raw);
    if (sent.form.fields.some(([name]) => name === "markdown")) return takeArticle(deps, c, sent);
    const taken = takePost(deps, sent);
    if (taken.url !== undefined) return c.redirect(taken.url, 303);
    const version = Number(sent.form.text("version")) || 0;
    return answerPost(deps, c, taken, { id: c.req.param("id"), version });
  });

  routes.post("/:id/delete", (c) => {
    deleteDraft(db, c.req.param("id"));
    return c.redirect("/studio/drafts?deleted=yes", 303);
  });

  return routes;
}

function answerPost(
  deps: Deps,
  c: Context<Env>,
  { form, problems, isRefused, onceKey, moved }: TakenPost,
  draft: SavedDraft,
): Response {
  const page = PostDraftPage({
    frame: readFrame(deps, c),
    form,
    draft: moved ?? draft,
    onceKey,
    problems,
    notice: moved?.otherId === undefined ? undefined : { otherId: moved.otherId },
  });
  return answerPage(c, page, moved === undefined ? formStatus(problems, isRefused) : 409);
}
