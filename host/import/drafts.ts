/** A loaded piece as the fields of a draft, as the studio's editor and composer know them. @module */
import type { DraftFields } from "../../storage/drafts.ts";
import type { ArticleForm } from "../../views/editor.ts";
import type { PostForm } from "../../views/composer.ts";
import type { LoadedPiece } from "./candidate.ts";

/** The fields. Date, old paths and authors have no place in a draft: it is published when its author says so. */
export function makeDraftFields(piece: LoadedPiece): DraftFields {
  const language = piece.language ?? "";
  if (piece.kind === "post") {
    const form: PostForm = {
      text: piece.text,
      language,
      pictures: piece.pictures,
      isUndescribed: false,
    };
    return form;
  }
  const form: ArticleForm = {
    title: piece.title,
    summary: piece.summary,
    slug: piece.slug,
    tags: piece.tags.join(", "),
    language,
    markdown: piece.markdown,
    cover: piece.cover,
    isPage: piece.isPage ?? false,
  };
  return form;
}
