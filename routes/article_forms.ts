/** The editor's form: reading it, checking it, keeping it as a draft, showing it as it will look. @module */
import { renderMarkdown } from "../content/markdown.ts";
import { findTags } from "../content/post_text.ts";
import { isSlug, makeSlug } from "../content/slug.ts";
import { countUtf8 } from "../mesh/protocol/text.ts";
import { findMarkdownPictures } from "../mesh/publish_fields.ts";
import type { DraftFields } from "../storage/drafts.ts";
import type { PostForm } from "../views/composer.ts";
import type { ArticleForm, Preview } from "../views/editor.ts";
import { isLanguage } from "../views/languages.ts";
import type { Problems } from "../views/studio_fields.ts";
import { blobUrl } from "../views/urls.ts";
import type { Deps } from "./app.ts";
import { readDraftPicture } from "./post_forms.ts";
import { findPicture, type PictureForm, readUploadProblem, TOO_LARGE } from "./uploads.ts";

/** Leaves room in the 512 KiB of an article's content for the other fields and for JSON's escapes. */
const MARKDOWN_BYTES_MAX = 480 * 1024;
const TITLE_BYTES_MAX = 1_024;
const SUMMARY_BYTES_MAX = 4_096;
const COVER_WORDS_MAX = 1_000;

/** An editor with nothing in it. */
export function emptyArticle(language: string): ArticleForm {
  return {
    title: "",
    summary: "",
    slug: "",
    tags: "",
    language,
    markdown: "",
    cover: undefined,
    isPage: false,
  };
}

/** A post as the beginning of an article: its words, then its pictures with what they show, and its tags. */
export function fromPost({ text, language, pictures }: PostForm): ArticleForm {
  // A square bracket would end the description.
  const inText = pictures.map(({ hash, description }) =>
    `![${description.replaceAll("[", "(").replaceAll("]", ")")}](blob:${hash})`
  );
  return {
    ...emptyArticle(language),
    tags: findTags(text).join(", "),
    markdown: [text.trim(), ...inText].filter((part) => part !== "").join("\n\n"),
  };
}

/** Reads the editor's form with the pictures that came along, which are put at the end of the text. */
export function readArticleForm(
  deps: Deps,
  sent: PictureForm,
  language: string,
): { article: ArticleForm; problems: Problems } {
  const { form, uploads } = sent;
  const inText = uploads.flatMap((upload) =>
    upload.field === "files" && "picture" in upload ? [`![](blob:${upload.picture.hash})`] : []
  );
  const asked = form.text("language");
  const article = {
    title: form.line("title"),
    summary: form.text("summary").trim(),
    slug: form.line("slug"),
    tags: form.line("tags"),
    language: isLanguage(asked) ? asked : language,
    markdown: [form.text("markdown").trimEnd(), ...inText].filter((part) => part !== "")
      .join("\n\n"),
    cover: readCover(deps, sent),
    isPage: form.text("isPage") === "yes",
  };
  const problems: Record<string, string> = {};
  const filesProblem = form.end === "too_large" ? TOO_LARGE : readUploadProblem(sent, "files");
  const coverProblem = readUploadProblem(sent, "coverFile");
  if (filesProblem !== undefined) problems["files"] = filesProblem;
  if (coverProblem !== undefined) problems["coverFile"] = coverProblem;
  return { article, problems };
}

/** What stands in the way of publishing an article, by field. */
export function checkArticle(article: ArticleForm): Problems {
  const { title, summary, slug, markdown } = article;
  const problems: Record<string, string> = {};
  if (title === "") problems["title"] = "An article needs a title.";
  if (countUtf8(title) > TITLE_BYTES_MAX) problems["title"] = "This title is too long to show.";
  if (countUtf8(summary) > SUMMARY_BYTES_MAX) {
    problems["summary"] = "This summary is longer than some articles: two sentences are enough.";
  }
  if (markdown.trim() === "") problems["markdown"] = "There is no text yet.";
  const bytes = countUtf8(markdown);
  if (bytes > MARKDOWN_BYTES_MAX) {
    const kilobytes = Math.ceil(bytes / 1024);
    problems["markdown"] =
      `This text has ${kilobytes} kB, and an article holds 480 kB. Publish it in two parts.`;
  }
  if (slug !== "" && !isSlug(slug)) {
    problems["slug"] = `An address has letters, digits and hyphens: “${makeSlug(slug)}” would do.`;
  }
  return problems;
}

/** Tags as typed: separated by commas, with or without #. */
export function readTags(tags: string): string[] {
  return tags.split(/[,;#]+/u).map((tag) => tag.trim()).filter((tag) => tag !== "");
}

/** The article as it will look. */
export function makePreview(
  deps: Deps,
  { markdown }: Pick<ArticleForm, "markdown">,
): Preview {
  const pictures = findMarkdownPictures(markdown)
    .map(({ hash, description }) => findPicture(deps, hash, description))
    .filter((picture) => picture !== undefined);
  const { html, problems } = renderMarkdown(markdown, { id: "preview", pictures, blobUrl });
  return { html, problems };
}

/** The form as a draft keeps it. */
export function toArticleDraft(article: ArticleForm): DraftFields {
  const { cover, ...rest } = article;
  if (cover === undefined) return rest;
  return { ...rest, cover: { hash: cover.hash, description: cover.description } };
}

/** A draft's fields as a form; what is not understood is left out. */
export function fromArticleDraft(deps: Deps, fields: DraftFields): ArticleForm {
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === "string" ? value : "";
  };
  return {
    title: text("title"),
    summary: text("summary"),
    slug: text("slug"),
    tags: text("tags"),
    language: isLanguage(text("language")) ? text("language") : "en",
    markdown: text("markdown"),
    cover: readDraftPicture(deps, fields["cover"]),
    isPage: fields["isPage"] === true,
  };
}

/** True while the person has not written anything. */
export function isEmptyArticle({ title, summary, markdown, cover }: ArticleForm): boolean {
  return `${title}${summary}${markdown}`.trim() === "" && cover === undefined;
}

function readCover(deps: Deps, { form, uploads }: PictureForm): ArticleForm["cover"] {
  const description = form.line("coverDescription").slice(0, COVER_WORDS_MAX).toWellFormed();
  const sent = uploads.find((upload) => upload.field === "coverFile" && "picture" in upload);
  if (sent !== undefined && "picture" in sent) return { ...sent.picture, description };
  if (form.text("do") === "remove-cover") return undefined;
  return findPicture(deps, form.text("cover"), description);
}
