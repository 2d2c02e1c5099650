/** One piece as a Markdown file that the importer reads back to the same content. @module */
import { stringify } from "smol-toml";
import { findContent } from "../../storage/contents.ts";
import type { Database } from "../../storage/database.ts";
import type { Picture, Piece, Reference } from "../../storage/pieces.ts";
import { EXPORT_FIELD } from "../import/own_file.ts";
import { decodeStoredContent } from "../../storage/stored_values.ts";

/** A file to write. */
export type PieceFile = Readonly<{
  /** Below the export's folder. */
  path: string;
  text: string;
}>;

const EXTENSIONS: Readonly<Record<Picture["type"], string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
  "image/avif": "avif",
  "image/gif": "gif",
};

/** Where a picture lies below the export's folder. */
export function picturePath({ hash, type }: Pick<Picture, "hash" | "type">): string {
  return `pictures/${hash}.${EXTENSIONS[type]}`;
}

/** Makes the file of a whole piece: TOML fields, its text, one line end. */
export function makePieceFile(db: Database, piece: Piece): PieceFile {
  const kind = piece.isPage ? "page" : piece.kind;
  const folder = `${kind}s`;
  const name = piece.kind === "post" ? String(piece.index) : piece.slug;
  let text = piece.text;
  // The text names its pictures by where they lie, so that it reads well in any editor.
  for (const picture of piece.pictures) {
    text = text.replaceAll(`blob:${picture.hash}`, `../${picturePath(picture)}`);
  }
  const fields = {
    [EXPORT_FIELD]: 1,
    kind,
    ...(piece.kind === "article" && { title: piece.title, slug: piece.slug }),
    date: new Date(piece.publishedAtMs).toISOString(),
    ...(piece.revisedAtMs !== undefined && {
      updated: new Date(piece.revisedAtMs).toISOString(),
    }),
    language: piece.language,
    ...(piece.summary !== "" && { summary: piece.summary }),
    ...(piece.tags.length > 0 && { tags: piece.tags }),
    ...(piece.authors.length > 0 && { authors: piece.authors }),
    ...listField("aliases", listAliases(db, piece)),
    ...(piece.reply && {
      reply_root: referenceField(piece.reply.root),
      reply_parent: referenceField(piece.reply.parent),
    }),
    ...(piece.quote && { quote: referenceField(piece.quote) }),
    ...(piece.cover && { cover: pictureField(piece.cover) }),
    ...listField("pictures", piece.pictures.map(pictureField)),
  };
  return {
    path: `${folder}/${name}.md`,
    text: `+++\n${stringify(fields).trimEnd()}\n+++\n${text}\n`,
  };
}

/** The pictures whose bytes the export needs. */
export function listPiecePictures(piece: Piece): Picture[] {
  return piece.cover === undefined ? piece.pictures : [piece.cover, ...piece.pictures];
}

/** Old paths are in the content only. */
function listAliases(db: Database, { log, index }: Piece): readonly string[] {
  const found = findContent(db, log, index);
  const content = found.state === "held" ? decodeStoredContent(found.bytes, "article") : undefined;
  return content?.kind === "article" ? content.aliases ?? [] : [];
}

function listField<Value>(name: string, values: readonly Value[]): Record<string, Value[]> {
  return values.length === 0 ? {} : { [name]: [...values] };
}

function pictureField(picture: Picture): { file: string; description: string } {
  return { file: `../${picturePath(picture)}`, description: picture.description };
}

function referenceField({ capsule, hash, address }: Reference): Record<string, string> {
  return { capsule, hash, address };
}
