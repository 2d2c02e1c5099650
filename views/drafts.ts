/** Drafts: the list of them, the pages they are written on, and what happens when two devices write one. @module */
import { html, type Markup } from "./html.ts";
import { Composer, type PostForm } from "./composer.ts";
import { type ArticleForm, EditorForm, type Preview } from "./editor.ts";
import { Done, type Frame, StudioPage } from "./studio.ts";
import { Hidden, type Problems } from "./studio_fields.ts";
import { formatDateTime, isoTime } from "./time.ts";

/** One line of the list. */
export type DraftLine = Readonly<{
  id: string;
  kind: "post" | "article";
  /** A title, or the first words. */
  title: string;
  updatedAtMs: number;
}>;

/** Why a page of a draft says something above it. */
export type DraftNotice =
  | "saved"
  /** Another device saved in the meantime: this is the text from here, under its own name. */
  | Readonly<{ otherId: string }>;

/** Every draft, the last saved first. */
export function DraftsPage(
  { frame, drafts, isDeleted }: {
    frame: Frame;
    drafts: readonly DraftLine[];
    isDeleted: boolean;
  },
): Markup {
  const empty = html`
    <p class="empty">
      Nothing half-written here. <a class="button" href="/studio/articles/new">Begin an article</a>
    </p>
  `;
  return StudioPage({
    frame,
    title: "Drafts",
    path: "/studio/drafts",
    children: html`
      <section>
        <h1>Drafts</h1>
        ${isDeleted && Done({ children: "The draft is deleted." })}
        ${drafts.length === 0 ? empty : DraftList({ frame, drafts })}
      </section>
    `,
  });
}

/** Drafts, each a link to where it is written. */
export function DraftList(
  { frame, drafts }: { frame: Frame; drafts: readonly DraftLine[] },
): Markup {
  const lines = drafts.map((draft) =>
    html`
      <li>
        <a class="line-title" href=${`/studio/drafts/${draft.id}`}>${draft.title}</a>
        <span class="line-meta">
          ${draft.kind === "post" ? "Post" : "Article"}, saved${" "}
          <time datetime=${isoTime(draft.updatedAtMs)}>
            ${formatDateTime(draft.updatedAtMs, frame.site)}
          </time>
        </span>
      </li>
    `
  );
  return html`<ul class="lines bare">${lines}</ul>`;
}

/** The editor of an article that is not published yet. */
export function ArticleDraftPage(
  { frame, form, draft, onceKey, problems, preview, notice }: Readonly<{
    frame: Frame;
    form: ArticleForm;
    /** Undefined before it was saved for the first time. */
    draft: Readonly<{ id: string; version: number }> | undefined;
    onceKey: string;
    problems?: Problems | undefined;
    preview?: Preview | undefined;
    notice?: DraftNotice | undefined;
  }>,
): Markup {
  const action = draft === undefined ? "/studio/articles/new" : `/studio/drafts/${draft.id}`;
  const title = form.title.trim() === "" ? "New article" : form.title;
  return StudioPage({
    frame,
    title,
    ...(draft === undefined && { path: "/studio/articles/new" }),
    islands: ["autosave", "preview", "pictures", "keys"],
    children: html`
      <section>
        <h1 class="quiet-title">${draft === undefined ? "New article" : "Draft"}</h1>
        ${DraftNoticePart({ notice })} ${EditorForm({
          form,
          action,
          problems,
          preview,
          isNew: true,
          origin: frame.site.address,
          autosave: { "data-autosave": "/studio/drafts/autosave" },
          hidden: [
            Hidden({ name: "once", value: onceKey }),
            Hidden({ name: "draft", value: draft?.id ?? "" }),
            Hidden({ name: "version", value: String(draft?.version ?? 0) }),
          ],
          buttons: ArticleButtons(),
        })} ${draft !== undefined && DeleteDraft({ id: draft.id })}
      </section>
    `,
  });
}

/** The composer of a post that is not published yet. */
export function PostDraftPage(
  { frame, form, draft, onceKey, problems, notice }: Readonly<{
    frame: Frame;
    form: PostForm;
    draft: Readonly<{ id: string; version: number }>;
    onceKey: string;
    problems?: Problems | undefined;
    notice?: DraftNotice | undefined;
  }>,
): Markup {
  return StudioPage({
    frame,
    title: "Draft of a post",
    islands: ["counter", "pictures", "keys"],
    children: html`
      <section>
        <h1 class="quiet-title">Draft of a post</h1>
        ${DraftNoticePart({ notice })}
        ${Composer({
          form,
          action: `/studio/drafts/${draft.id}`,
          onceKey,
          problems,
          draft,
          isFirst: true,
        })}
        ${DeleteDraft({ id: draft.id })}
      </section>
    `,
  });
}

function ArticleButtons(): Markup {
  return html`
    <div class="actions actions-sticky">
      <button class="primary" type="submit" name="do" value="publish">Publish</button>
      <button type="submit" name="do" value="preview" formnovalidate>Preview</button>
      <button class="plain" type="submit" name="do" value="save" formnovalidate>Save draft</button>
      <p class="help" data-autosave-status role="status"></p>
    </div>
  `;
}

function DeleteDraft({ id }: { id: string }): Markup {
  return html`
    <form class="aside-form" method="post" action=${`/studio/drafts/${id}/delete`}>
      <button class="plain" type="submit">Delete this draft</button>
    </form>
  `;
}

function DraftNoticePart({ notice }: { notice: DraftNotice | undefined }): Markup | null {
  if (notice === undefined) return null;
  if (notice === "saved") return Done({ children: "The draft is saved." });
  return html`
    <p class="notice" role="status">
      Another device saved this draft in the meantime. Nothing is lost: the text from here is now a
      draft of its own, below, and${" "}
      <a href=${`/studio/drafts/${notice.otherId}`}>the text from the other device</a> is still there.
    </p>
  `;
}
