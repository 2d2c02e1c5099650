/** The composer's form: reading it, checking it, keeping it as a draft. @module */
import { countGraphemes } from "../content/post_text.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import type { DraftFields } from "../storage/drafts.ts";
import { POST_CHARACTERS_MAX, type PostForm } from "../views/composer.ts";
import { isLanguage } from "../views/languages.ts";
import { descriptionName } from "../views/studio_pictures.ts";
import type { Problems } from "../views/studio_fields.ts";
import type { Deps } from "./app.ts";
import type { Form } from "./forms.ts";
import { findPicture, type PictureForm, readUploadProblem, TOO_LARGE } from "./uploads.ts";

const PICTURES_MAX = 8;
const DESCRIPTION_CHARACTERS_MAX = 1_000;

/** Reads the composer's form with the pictures that came along; problems are those of the upload alone. */
export function readPostForm(
  deps: Deps,
  { form, uploads }: PictureForm,
  language: string,
): { post: PostForm; problems: Problems } {
  const removed = form.text("do").match(/^remove:([0-9a-f]{64})$/)?.[1];
  const kept = [...new Set(form.all("picture"))].slice(0, PICTURES_MAX * 2)
    .filter((hash) => hash !== removed)
    .map((hash) => findPicture(deps, hash, readDescription(form, hash)))
    .filter((picture) => picture !== undefined);
  const sent = uploads.flatMap((upload) => "picture" in upload ? [upload.picture] : []);
  const all = [...kept, ...sent.filter(({ hash }) => !kept.some((one) => one.hash === hash))];
  const asked = form.text("language");
  const problem = describeFiles({ form, uploads }, all.length);
  return {
    post: {
      text: form.text("text"),
      language: isLanguage(asked) ? asked : language,
      pictures: all.slice(0, PICTURES_MAX),
      isUndescribed: form.text("undescribed") === "yes",
    },
    problems: problem === undefined ? {} : { files: problem },
  };
}

/** What stands in the way of publishing a post, by field. Only a new one can still become an article. */
export function checkPost(
  { text, pictures, isUndescribed }: PostForm,
  { isNew }: Readonly<{ isNew: boolean }>,
): Problems {
  const problems: Record<string, string> = {};
  const characters = countGraphemes(text.trim());
  if (characters === 0 && pictures.length === 0) {
    problems["text"] = "There is nothing to publish yet: write something, or add a picture.";
  }
  if (characters > POST_CHARACTERS_MAX) {
    const over = characters - POST_CHARACTERS_MAX;
    const ways = isNew ? "Shorten it, or make it an article." : "Please shorten it.";
    problems["text"] = `This has ${characters} characters, ${over} more than fit. ${ways}`;
  }
  if (isUndescribed) return problems;
  for (const [n, { hash, description }] of pictures.entries()) {
    if (description !== "") continue;
    problems[descriptionName(hash)] = `Say in a few words what picture ${n + 1} shows.`;
  }
  return problems;
}

/** The form as a draft keeps it. */
export function toPostDraft({ text, language, pictures, isUndescribed }: PostForm): DraftFields {
  const named = pictures.map(({ hash, description }) => ({ hash, description }));
  return { text, language, pictures: named, isUndescribed };
}

/** A draft's fields as a form; what is not understood is left out. */
export function fromPostDraft(deps: Deps, fields: DraftFields): PostForm {
  const { text, language, pictures } = fields;
  const list = Array.isArray(pictures) ? pictures : [];
  return {
    text: typeof text === "string" ? text : "",
    language: typeof language === "string" && isLanguage(language) ? language : "en",
    pictures: list.map((picture) => readDraftPicture(deps, picture))
      .filter((picture) => picture !== undefined),
    isUndescribed: fields["isUndescribed"] === true,
  };
}

/** A picture that a draft names, if it is still here. */
export function readDraftPicture(deps: Deps, picture: unknown): Picture | undefined {
  if (typeof picture !== "object" || picture === null) return undefined;
  const { hash, description } = picture as Record<string, unknown>;
  if (typeof hash !== "string" || typeof description !== "string") return undefined;
  return findPicture(deps, hash, description);
}

function readDescription(form: Form, hash: string): string {
  return form.line(descriptionName(hash)).slice(0, DESCRIPTION_CHARACTERS_MAX).toWellFormed();
}

function describeFiles(sent: PictureForm, count: number): string | undefined {
  if (sent.form.end === "too_large") return TOO_LARGE;
  const problem = readUploadProblem(sent, "files");
  if (problem !== undefined) return problem;
  if (count <= PICTURES_MAX) return undefined;
  return `A post has up to ${PICTURES_MAX} pictures; the first ${PICTURES_MAX} are here.`;
}
