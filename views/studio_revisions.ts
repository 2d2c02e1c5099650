/** Revising what is published: the same forms, and a note that readers see. @module */
import { ComposerForm, type PostForm } from "./composer.ts";
import { type ArticleForm, EditorForm, type Preview } from "./editor.ts";
import { html, type Markup } from "./html.ts";
import { type Frame, StudioPage } from "./studio.ts";
import { Hidden, type Problems, TextField } from "./studio_fields.ts";

type Shared = Readonly<{
  frame: Frame;
  index: number;
  /** The public path of the piece. */
  url: string;
  /** How often it was revised when the form was made. */
  revisions: number;
  note: string;
  onceKey: string;
  problems?: Problems | undefined;
}>;

/** Revising a post. */
export function RevisePostPage(props: Shared & Readonly<{ form: PostForm }>): Markup {
  const { frame, index, form, problems } = props;
  return StudioPage({
    frame,
    title: "Edit post",
    islands: ["counter", "pictures", "keys"],
    children: html`
      <section>
        <h1 class="quiet-title">Edit post</h1>
        ${ComposerForm({
          form,
          action: `/studio/revise/${index}`,
          problems,
          isFirst: true,
          label: "Text",
          hidden: hiddenFields(props),
          more: NoteField(props),
          buttons: Buttons(props),
        })}
      </section>
    `,
  });
}

/** Revising an article. */
export function ReviseArticlePage(
  props: Shared & Readonly<{ form: ArticleForm; preview?: Preview | undefined }>,
): Markup {
  const { frame, index, form, problems, preview } = props;
  return StudioPage({
    frame,
    title: "Edit article",
    islands: ["preview", "pictures", "keys"],
    children: html`
      <section>
        <h1 class="quiet-title">Edit article</h1>
        ${EditorForm({
          form,
          action: `/studio/revise/${index}`,
          problems,
          preview,
          isNew: false,
          origin: frame.site.address,
          hidden: hiddenFields(props),
          more: NoteField(props),
          buttons: Buttons({ ...props, hasPreview: true }),
        })}
      </section>
    `,
  });
}

function hiddenFields({ onceKey, revisions }: Shared): Markup[] {
  return [
    Hidden({ name: "once", value: onceKey }),
    Hidden({ name: "revisions", value: String(revisions) }),
  ];
}

function NoteField({ note, problems }: Shared): Markup {
  return TextField({
    name: "note",
    label: "What changed",
    help: "One line that readers see in the history. May stay empty.",
    value: note,
    maxLength: 500,
    problems,
  });
}

function Buttons({ url, hasPreview }: Shared & { hasPreview?: boolean }): Markup {
  const preview = hasPreview === true &&
    html`<button type="submit" name="do" value="preview" formnovalidate>Preview</button>`;
  return html`
    <div class="actions actions-sticky">
      <button class="primary" type="submit" name="do" value="publish">Publish the change</button>
      ${preview}
      <a href=${url}>Leave it as it was</a>
    </div>
  `;
}
