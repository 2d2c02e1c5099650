/** Publishing a new version of a piece, beside the versions that stay visible. @module */
import type { OwnCapsule } from "../storage/capsules.ts";
import { findPiece, type Piece } from "../storage/pieces.ts";
import type { ReviseContent } from "./protocol/content.ts";
import { ARTICLE_PICTURES_MAX, POST_PICTURES_MAX } from "./protocol/limits.ts";
import {
  checkLanguage,
  checkText,
  checkTitle,
  findMarkdownPictures,
  makeBase,
  makeClean,
  makeLine,
  makePicture,
  makePictures,
  makeTags,
  makeTime,
  type RevisionFields,
} from "./publish_fields.ts";
import { append, once, type Published, type Publisher, withCapsule } from "./publisher.ts";

/**
 * Publishes a new version of the post or article at an index; what is absent stays as it is, and slug and date always do.
 * "absent" when no piece is there, "withdrawn" when it was taken back. Throws PublishProblem as `publishPost` does.
 */
export function publishRevision(
  publisher: Publisher,
  index: number,
  fields: RevisionFields,
): Published | "absent" | "withdrawn" {
  return withCapsule(publisher, (capsule) => {
    const piece = findPiece(publisher.db, capsule.log, index);
    if (piece === undefined) return "absent";
    if (piece === "withdrawn") return "withdrawn";
    return once(publisher, fields.onceKey, () => {
      const content = piece.kind === "post"
        ? makePostRevision(publisher, capsule, piece, fields)
        : makeArticleRevision(publisher, capsule, piece, fields);
      const [published] = append(publisher, capsule, [content]);
      if (published === undefined) throw new Error("Cannot append: one entry expected");
      return published;
    });
  });
}

type Shared = Pick<
  ReviseContent,
  "kind" | "capsule" | "salt" | "revises" | "revisedAt" | "note" | "language" | "tags"
>;

function makeShared(
  { now }: Publisher,
  { id }: OwnCapsule,
  piece: Piece,
  fields: RevisionFields,
): Shared {
  const note = makeLine(fields.note ?? "");
  return {
    kind: "revise",
    ...makeBase(id),
    revises: piece.index,
    revisedAt: makeTime(now()),
    ...(note !== "" && { note }),
    language: checkLanguage(fields.language ?? piece.language),
    tags: makeTags(fields.tags ?? piece.tags),
  };
}

function makePostRevision(
  publisher: Publisher,
  capsule: OwnCapsule,
  piece: Piece,
  fields: RevisionFields,
): ReviseContent {
  const pictures = makePictures(
    publisher.db,
    fields.pictures ?? piece.pictures,
    POST_PICTURES_MAX,
  );
  const text = makeClean(fields.text ?? piece.text).trim();
  // An imported post may be longer than the editor allows: it can be mended, not made longer.
  if (text.length > piece.text.length || text === "") checkText(text, pictures.length);
  return { ...makeShared(publisher, capsule, piece, fields), pictures, text };
}

function makeArticleRevision(
  publisher: Publisher,
  capsule: OwnCapsule,
  piece: Piece,
  fields: RevisionFields,
): ReviseContent {
  const { db } = publisher;
  const markdown = makeClean(fields.markdown ?? piece.text);
  const pictures = fields.pictures ?? findMarkdownPictures(markdown);
  const cover = fields.cover === undefined ? piece.cover : fields.cover;
  const authors = (fields.authors ?? piece.authors).map(makeLine).filter((name) => name !== "");
  return {
    ...makeShared(publisher, capsule, piece, fields),
    title: checkTitle(fields.title ?? piece.title),
    summary: makeClean(fields.summary ?? piece.summary).trim(),
    ...(cover && { cover: makePicture(db, cover) }),
    markdown,
    pictures: makePictures(db, pictures, ARTICLE_PICTURES_MAX),
    ...(authors.length > 0 && { authors }),
  };
}
