/** Articles that are being written: a new one, and what the editor's buttons do. Mounted at /studio/articles. @module */
import { type Context, Hono } from "hono";
import { makeSlug } from "../content/slug.ts";
import { publishArticle, PublishProblem } from "../mesh/publish.ts";
import { deleteDraft } from "../storage/drafts.ts";
import { findProfile } from "../storage/profiles.ts";
import { ArticleDraftPage, type DraftNotice } from "../views/drafts.ts";
import type { ArticleForm } from "../views/editor.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps, Env } from "./app.ts";
import {
  checkArticle,
  emptyArticle,
  isEmptyArticle,
  makePreview,
  readArticleForm,
  readTags,
  toArticleDraft,
} from "./article_forms.ts";
import { DRAFT_TOO_LONG, hasNewerDraft, type SavedDraft, saveDraft } from "./draft_saving.ts";
import type { Form } from "./forms.ts";
import {
  formStatus,
  isRefused,
  makeOnceKey,
  readOnceKey,
  toProblems,
  tryPublish,
} from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { type PictureForm, readPictureForm } from "./uploads.ts";

/** Where the sentences of publishing stand in the editor. */
export const ARTICLE_FIELDS = {
  title_missing: "title",
  title_too_long: "title",
  slug_form: "slug",
  too_many_tags: "tags",
  tag_form: "tags",
  content_too_large: "markdown",
  empty: "markdown",
  too_many_pictures: "markdown",
  unknown_picture: "markdown",
  language_form: "language",
} as const;

/** Builds the routes of a new article. */
export function articleStudioRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/new", (c) => {
    const { log } = needOwnCapsule(deps);
    const article = emptyArticle(findProfile(deps.db, log).language);
    return answerArticle(deps, c, { article, draft: undefined, onceKey: makeOnceKey() });
  });

  routes.post("/new", async (c) => {
    return takeArticle(deps, c, await readPictureForm(deps, c.req.raw));
  });

  return routes;
}

/** Does what the editor's buttons say. Everything but an empty form is saved as a draft before anything else happens. */
export function takeArticle(deps: Deps, c: Context<Env>, sent: PictureForm): Response {
  const { form } = sent;
  const { log } = needOwnCapsule(deps);
  const { article, problems } = readArticleForm(deps, sent, findProfile(deps.db, log).language);
  const onceKey = form.text("once") === "" ? makeOnceKey() : form.text("once");
  const wish = form.text("do");
  const isOvertaken = hasNewerDraft(deps, form);
  const found = wish === "publish" && !isOvertaken ? checkArticle(article) : {};
  const all = { ...problems, ...found };
  if (wish === "publish" && !isOvertaken && Object.keys(all).length === 0) {
    const published = publishForm(deps, form, article);
    if (!(published instanceof PublishProblem)) {
      return c.redirect(`/a/${encodeURIComponent(published.slug)}`, 303);
    }
    return keepArticle(deps, c, form, {
      article,
      onceKey,
      problems: toProblems(published, ARTICLE_FIELDS),
      isRefused: isRefused(published),
    });
  }
  return keepArticle(deps, c, form, { article, onceKey, problems: all });
}

type Kept = Readonly<
  { article: ArticleForm; onceKey: string; problems: Problems; isRefused?: boolean }
>;

function keepArticle(deps: Deps, c: Context<Env>, form: Form, kept: Kept): Response {
  const { article, problems } = kept;
  const isNothing = isEmptyArticle(article) && form.text("draft") === "";
  const saved = isNothing
    ? undefined
    : tryPublish(() => saveDraft(deps, form, "article", toArticleDraft(article)));
  if (saved instanceof PublishProblem) {
    const draft = readDraftFields(form);
    const refused = toProblems(saved, ARTICLE_FIELDS);
    return answerArticle(deps, c, { ...kept, draft, problems: refused, isRefused: true });
  }
  if (saved === "too_long") {
    const draft = readDraftFields(form);
    return answerArticle(deps, c, { ...kept, draft, problems: { markdown: DRAFT_TOO_LONG } });
  }
  const wish = form.text("do");
  const hasProblems = Object.keys(problems).length > 0;
  const notice = saved?.otherId === undefined ? undefined : { otherId: saved.otherId };
  if (wish === "save" && saved !== undefined && notice === undefined && !hasProblems) {
    return c.redirect(`/studio/drafts/${saved.id}?saved=yes`, 303);
  }
  const hasPreview = wish === "preview";
  return answerArticle(deps, c, { ...kept, draft: saved, notice, hasPreview });
}

/** Shows the editor. */
export function answerArticle(
  deps: Deps,
  c: Context<Env>,
  { article, draft, onceKey, problems = {}, isRefused, notice, hasPreview = false }: Readonly<{
    article: ArticleForm;
    draft: SavedDraft | undefined;
    onceKey: string;
    problems?: Problems;
    isRefused?: boolean | undefined;
    notice?: DraftNotice | undefined;
    hasPreview?: boolean;
  }>,
): Response {
  const page = ArticleDraftPage({
    frame: readFrame(deps, c),
    form: article,
    draft,
    onceKey,
    problems,
    notice,
    preview: hasPreview ? makePreview(deps, article) : undefined,
  });
  const isConflict = notice !== undefined && notice !== "saved";
  return answerPage(c, page, isConflict ? 409 : formStatus(problems, isRefused));
}

function publishForm(
  { db, now }: Deps,
  form: Form,
  article: ArticleForm,
): ReturnType<typeof publishArticle> | PublishProblem {
  const { title, summary, slug, language, markdown, cover, isPage } = article;
  const fields = {
    title,
    summary,
    slug: slug === "" ? makeSlug(title) : slug,
    tags: readTags(article.tags),
    language,
    markdown,
    cover,
    isPage,
  };
  return tryPublish(() =>
    db.transaction(() => {
      const done = publishArticle({ db, now }, { ...fields, onceKey: readOnceKey(form, fields) });
      deleteDraft(db, form.text("draft"));
      return done;
    })
  );
}

function readDraftFields(form: Form): SavedDraft | undefined {
  const id = form.text("draft");
  return id === "" ? undefined : { id, version: Number(form.text("version")) };
}
