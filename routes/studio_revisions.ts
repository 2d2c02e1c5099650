/** Revising what is published. Mounted at /studio/revise. @module */
import { type Context, Hono } from "hono";
import { findTags } from "../content/post_text.ts";
import { PublishProblem, publishRevision, type RevisionFields } from "../mesh/publish.ts";
import { findOnceResult } from "../storage/once_keys.ts";
import { findPiece, type Piece } from "../storage/pieces.ts";
import type { PostForm } from "../views/composer.ts";
import type { ArticleForm } from "../views/editor.ts";
import type { Problems } from "../views/studio_fields.ts";
import { ReviseArticlePage, RevisePostPage } from "../views/studio_revisions.ts";
import { pieceUrl } from "../views/urls.ts";
import type { Deps, Env } from "./app.ts";
import { checkArticle, makePreview, readArticleForm, readTags } from "./article_forms.ts";
import { checkPost, readPostForm } from "./post_forms.ts";
import {
  formStatus,
  isRefused,
  makeOnceKey,
  readIndex,
  readOnceKey,
  toProblems,
  tryPublish,
} from "./publishing.ts";
import { needOwnCapsule } from "./site.ts";
import { ARTICLE_FIELDS } from "./studio_articles.ts";
import { answerPage, readFrame } from "./studio_frame.ts";
import { POST_FIELDS } from "./studio_posts.ts";
import { type PictureForm, readPictureForm } from "./uploads.ts";

const OVERTAKEN =
  "Another device changed this piece in the meantime. Your text is here and not published yet: publishing again puts it in place of that one, which stays in the history.";

/** Builds the routes of revisions. */
export function revisionRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.get("/:index", (c) => {
    const piece = findOwnPiece(deps, c.req.param("index"));
    if (piece === undefined) return c.notFound();
    return answerRevision(deps, c, piece, readPiece(piece));
  });

  routes.post("/:index", async (c) => {
    const piece = findOwnPiece(deps, c.req.param("index"));
    if (piece === undefined) return c.notFound();
    const sent = await readPictureForm(deps, c.req.raw);
    const revision = readRevision(deps, piece, sent);
    const isWanted = sent.form.text("do") === "publish";
    // Sent twice: the first one did it.
    const key = readOnceKey(sent.form, revisionFields(piece, revision));
    if (isWanted && key !== undefined && findOnceResult(deps.db, key) !== undefined) {
      return c.redirect(pieceUrl(piece), 303);
    }
    if (!isWanted || Object.keys(revision.problems).length > 0) {
      return answerRevision(deps, c, piece, revision);
    }
    const published = publishForm(deps, piece, sent, revision);
    if (published === "absent" || published === "withdrawn") return c.notFound();
    if (!(published instanceof PublishProblem)) return c.redirect(pieceUrl(piece), 303);
    const fields = piece.kind === "post" ? POST_FIELDS : ARTICLE_FIELDS;
    const problems = toProblems(published, fields);
    const shown = { ...revision, problems, isRefused: isRefused(published) };
    return answerRevision(deps, c, piece, shown);
  });

  return routes;
}

type Revision = Readonly<{
  post: PostForm;
  article: ArticleForm;
  note: string;
  problems: Problems;
  isRefused?: boolean;
  onceKey: string;
  hasPreview: boolean;
}>;

/** The owner's piece at an index as it stands in a path; undefined also when it was withdrawn. */
export function findOwnPiece(deps: Deps, text: string): Piece | undefined {
  const index = readIndex(text);
  if (index === undefined) return undefined;
  const piece = findPiece(deps.db, needOwnCapsule(deps).log, index);
  return piece === "withdrawn" ? undefined : piece;
}

function readPiece(piece: Piece): Revision {
  const { text, language, pictures, title, summary, slug, tags, cover, isPage } = piece;
  return {
    post: { text, language, pictures, isUndescribed: pictures.some((one) => !one.description) },
    article: {
      title,
      summary,
      slug,
      tags: tags.join(", "),
      language,
      markdown: text,
      cover,
      isPage,
    },
    note: "",
    problems: {},
    onceKey: makeOnceKey(),
    hasPreview: false,
  };
}

function readRevision(deps: Deps, piece: Piece, sent: PictureForm): Revision {
  const { form } = sent;
  const read = readPostForm(deps, sent, piece.language);
  const { article, problems } = readArticleForm(deps, sent, piece.language);
  const isPost = piece.kind === "post";
  const isWanted = form.text("do") === "publish";
  const found = !isWanted
    ? {}
    : isPost
    ? checkPost(read.post, { isNew: false })
    : checkArticle(article);
  const isOvertaken = isWanted && form.text("revisions") !== String(piece.revisions);
  return {
    post: read.post,
    article: { ...article, slug: piece.slug, isPage: piece.isPage },
    note: form.line("note").slice(0, 500),
    problems: {
      ...(isPost ? read.problems : problems),
      ...found,
      ...(isOvertaken && { "": OVERTAKEN }),
    },
    onceKey: form.text("once") === "" ? makeOnceKey() : form.text("once"),
    hasPreview: form.text("do") === "preview",
  };
}

function revisionFields(piece: Piece, { post, article, note }: Revision): RevisionFields {
  const text = post.text.trim();
  const { title, summary, markdown, language, cover = null } = article;
  return piece.kind === "post"
    ? { text, language: post.language, pictures: post.pictures, tags: findTags(text), note }
    : { title, summary, markdown, language, cover, tags: readTags(article.tags), note };
}

function publishForm(
  { db, now }: Deps,
  piece: Piece,
  { form }: PictureForm,
  revision: Revision,
): ReturnType<typeof publishRevision> | PublishProblem {
  const fields = revisionFields(piece, revision);
  return tryPublish(() =>
    publishRevision({ db, now }, piece.index, { ...fields, onceKey: readOnceKey(form, fields) })
  );
}

function answerRevision(
  deps: Deps,
  c: Context<Env>,
  piece: Piece,
  { post, article, note, problems, isRefused, onceKey, hasPreview }: Revision,
): Response {
  const shared = {
    frame: readFrame(deps, c),
    index: piece.index,
    url: pieceUrl(piece),
    revisions: piece.revisions,
    note,
    onceKey,
    problems,
  };
  const page = piece.kind === "post"
    ? RevisePostPage({ ...shared, form: post })
    : ReviseArticlePage({
      ...shared,
      form: article,
      preview: hasPreview ? makePreview(deps, article) : undefined,
    });
  return answerPage(c, page, formStatus(problems, isRefused));
}
