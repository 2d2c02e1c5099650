/** The composer: a short post, its pictures, its language. @module */
import { countGraphemes } from "../content/post_text.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import { type Content, html, type Markup } from "./html.ts";
import { languageOptions } from "./languages.ts";
import {
  AreaField,
  CheckField,
  Hidden,
  Problem,
  type Problems,
  ProblemSummary,
  SelectField,
} from "./studio_fields.ts";
import { PictureList, PictureUpload } from "./studio_pictures.ts";

/** What a composer holds. */
export type PostForm = Readonly<{
  text: string;
  language: string;
  pictures: readonly Picture[];
  /** True when the owner publishes pictures that have no description, knowingly. */
  isUndescribed: boolean;
}>;

type Props = Readonly<{
  form: PostForm;
  /** Where the form goes. */
  action: string;
  /** The form sent twice publishes once. */
  onceKey: string;
  problems?: Problems | undefined;
  /** The draft that this composer continues. */
  draft?: Readonly<{ id: string; version: number }> | undefined;
  isFirst?: boolean;
}>;

/** Characters of a post, as people count them. */
export const POST_CHARACTERS_MAX = 500;

/** A form that publishes a post. */
export function Composer({ form, action, onceKey, problems, draft, isFirst }: Props): Markup {
  return ComposerForm({
    form,
    action,
    problems,
    isFirst: isFirst === true,
    label: "What is new?",
    hidden: [
      Hidden({ name: "once", value: onceKey }),
      draft !== undefined && Hidden({ name: "draft", value: draft.id }),
      draft !== undefined && Hidden({ name: "version", value: String(draft.version) }),
    ],
    buttons: html`
      <p class="actions">
        <button class="primary" type="submit" name="do" value="publish">Publish</button>
        <button class="plain" type="submit" name="do" value="save" formnovalidate>
          Save as draft
        </button>
        <button
          class="plain"
          type="submit"
          name="do"
          value="article"
          formnovalidate
          data-when-over
          hidden=${countGraphemes(form.text.trim()) <= POST_CHARACTERS_MAX}
        >
          Make it an article
        </button>
      </p>
    `,
  });
}

/** The inside of a composer, for a new post and for a revision. */
export function ComposerForm(
  { form, action, problems, isFirst, label, hidden, more, buttons }: Readonly<{
    form: PostForm;
    action: string;
    problems: Problems | undefined;
    isFirst: boolean;
    label: string;
    hidden: Content;
    more?: Content;
    buttons: Content;
  }>,
): Markup {
  const needsDescription = form.isUndescribed ||
    Object.keys(problems ?? {}).some((name) => name.startsWith("description-"));
  const undescribed = needsDescription && CheckField({
    name: "undescribed",
    label: "Publish without descriptions",
    help: "People who do not see the pictures will not know what they show.",
    isChecked: form.isUndescribed,
    problems,
  });
  return html`
    <form
      class="composer"
      method="post"
      action=${action}
      enctype="multipart/form-data"
      data-guarded="post"
    >
      <button type="submit" name="do" value="refresh" hidden formnovalidate>Continue</button>
      ${hidden} ${ProblemSummary({ problems })} ${AreaField({
        name: "text",
        label,
        help: html`
            <span data-counter-for="field-text">Up to ${POST_CHARACTERS_MAX} characters.</span>${" "}
          #tags and links work as you type them.
        `,
        value: form.text,
        rows: 5,
        isFirst,
        lang: form.language,
        problems,
        data: { counter: String(POST_CHARACTERS_MAX) },
      })} ${PictureList({ pictures: form.pictures, problems })} ${undescribed} ${PictureUpload({
        name: "files",
        count: form.pictures.length,
        max: 8,
        problems,
      })} ${SelectField({
        name: "language",
        label: "Language",
        value: form.language,
        options: languageOptions(form.language),
        problems,
      })} ${more} ${Problem({ name: "", problems })} ${buttons}
    </form>
  `;
}
