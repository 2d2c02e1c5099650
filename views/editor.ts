/** The editor: an article from its title to its last footnote. @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { type Content, html, type Markup, Raw } from "./html.ts";
import { languageOptions } from "./languages.ts";
import {
  AreaField,
  CheckField,
  Hidden,
  PictureField,
  type Problems,
  ProblemSummary,
  SelectField,
  TextField,
} from "./studio_fields.ts";
import { PictureUpload } from "./studio_pictures.ts";
import { blobUrl } from "./urls.ts";

/** What an editor holds. */
export type ArticleForm = Readonly<{
  title: string;
  summary: string;
  slug: string;
  /** As typed: separated by commas. */
  tags: string;
  language: string;
  markdown: string;
  cover: Picture | undefined;
  isPage: boolean;
}>;

/** An article as it will look, made from the form. */
export type Preview = Readonly<{ html: string; problems: readonly string[] }>;

type Props = Readonly<{
  form: ArticleForm;
  action: string;
  hidden: Content;
  buttons: Content;
  problems?: Problems | undefined;
  preview?: Preview | undefined;
  /** False in a revision: slug and place stay for ever. */
  isNew: boolean;
  /** What to say above the slug: where the article will be. */
  origin: string;
  /** Fields that only a revision has. */
  more?: Content;
  /** Marks the form for the island that saves by itself. */
  autosave?: Readonly<Record<string, string>> | undefined;
}>;

/** The form of a new article, of a draft and of a revision. */
export function EditorForm(props: Props): Markup {
  const { form, action, hidden, buttons, problems, preview, more, autosave } = props;
  return html`
    <form
      class="editor"
      method="post"
      action=${action}
      enctype="multipart/form-data"
      data-guarded="article"
      ...${autosave ?? {}}
    >
      <button type="submit" name="do" value="save" hidden formnovalidate>Save</button>
      ${hidden} ${ProblemSummary({ problems })}
      <div class="editor-text">
        ${TitleFields({ form, problems })} ${AreaField({
          name: "markdown",
          label: "Text",
          help: html`
            <details class="hints">
              <summary>How to write headings, links, footnotes and the rest</summary>
              ${MarkdownHints()}
            </details>
          `,
          value: form.markdown,
          rows: 22,
          lang: form.language,
          problems,
          data: { markdown: "" },
        })} ${PictureUpload({ name: "files", count: 0, max: 8, problems, isInText: true })}
      </div>
      ${PreviewPart({ preview })} ${DetailFields(props)} ${more} ${buttons}
    </form>
  `;
}

function TitleFields(
  { form, problems }: { form: ArticleForm; problems: Problems | undefined },
): Markup {
  return html`
    <div class="pair-stacked">
      ${TextField({
        name: "title",
        label: "Title",
        value: form.title,
        isFirst: form.title === "",
        lang: form.language,
        problems,
      })} ${AreaField({
        name: "summary",
        label: "Summary",
        help: "One or two sentences below the title, in lists and in previews elsewhere.",
        value: form.summary,
        rows: 2,
        lang: form.language,
        problems,
      })}
    </div>
  `;
}

function DetailFields({ form, problems, isNew, origin }: Props): Markup {
  const place = isNew && [
    TextField({
      name: "slug",
      label: "Address",
      help:
        `The end of ${origin}/a/…; made from the title when empty. It never changes after publishing.`,
      value: form.slug,
      problems,
    }),
    CheckField({
      name: "isPage",
      label: "A page of your site",
      help: "In the navigation, and not in feeds and lists.",
      isChecked: form.isPage,
      problems,
    }),
  ];
  const isOpen = ["tags", "cover", "coverDescription", "slug"].some((name) =>
    problems?.[name] !== undefined
  );
  return html`
    <details class="editor-details" open=${isOpen || form.cover !== undefined}>
      <summary>Cover, tags, language and address</summary>
      ${CoverFields({ form, problems })} ${TextField({
        name: "tags",
        label: "Tags",
        help: "Separated by commas.",
        value: form.tags,
        problems,
      })} ${SelectField({
        name: "language",
        label: "Language",
        value: form.language,
        options: languageOptions(form.language),
        problems,
      })} ${place}
    </details>
  `;
}

function CoverFields(
  { form, problems }: { form: ArticleForm; problems: Problems | undefined },
): Markup {
  const { cover } = form;
  const here = cover !== undefined && html`
    <figure class="form-cover">
      <img
        src=${blobUrl(cover.hash)}
        alt=${cover.description === "" ? "The cover, not described yet" : cover.description}
        width=${cover.width}
        height=${cover.height}
      />
      ${Hidden({ name: "cover", value: cover.hash })}
      <figcaption>
        <button class="plain" type="submit" name="do" value="remove-cover" formnovalidate>
          Remove the cover
        </button>
      </figcaption>
    </figure>
  `;
  return html`
    <div class="cover-fields">
      ${here} ${PictureField({
        name: "coverFile",
        label: cover === undefined ? "Cover picture" : "Another cover picture",
        help: "Shown wide above the article and in previews elsewhere.",
        problems,
      })} ${TextField({
        name: "coverDescription",
        label: "What does the cover show?",
        help: "For people who do not see it.",
        value: cover?.description ?? "",
        problems,
      })}
    </div>
  `;
}

/** The article as it will look; without scripts the Preview button brings it. */
function PreviewPart({ preview }: { preview: Preview | undefined }): Markup {
  return html`
    <section class="preview" id="preview" aria-label="Preview" data-preview tabindex="-1">
      ${PreviewInside({ preview })}
    </section>
  `;
}

/** What stands inside the preview; the island puts it there anew. */
export function PreviewInside({ preview }: { preview: Preview | undefined }): Markup {
  const words = preview === undefined
    ? html`
      <p class="help">Press “Preview” to see the article as readers will.</p>
    `
    : Raw({ html: preview.html, class: "prose" });
  const problems = (preview?.problems ?? []).map((sentence) =>
    html`
      <li>${sentence}</li>
    `
  );
  const list = problems.length > 0 && html`
    <ul class="notice">${problems}</ul>
  `;
  return html`
    <div><h2 class="eyebrow">Preview</h2>${list} ${words}</div>
  `;
}

function MarkdownHints(): Markup {
  const hints = [
    ["## A heading", "a heading"],
    ["*slanted* and **strong**", "emphasis"],
    ["[words](https://example.org)", "a link"],
    ["> somebody's words", "a quotation"],
    ["- one thing per line", "a list"],
    ["A claim.[^1] … [^1]: Its source.", "a footnote"],
    ["| a | b | above |---|---|", "a table"],
    ["```js above and ``` below", "code"],
  ].map(([sign, meaning]) => html`<li><code>${sign}</code> <span>${meaning}</span></li>`);
  return html`<ul class="hint-list bare">${hints}</ul>`;
}
