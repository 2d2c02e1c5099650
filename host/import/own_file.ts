/** One file of a capsule's own export: the text to the byte, everything else from its fields. @module */
import type { Picture, Reference } from "../../mesh/protocol/content.ts";
import type { LoadedPiece } from "./candidate.ts";
import { isRecord } from "./front_matter.ts";
import type { Archive } from "./markdown_file.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The field that an export writes: the version of its form. */
export const EXPORT_FIELD = "capsule_export";

/** Whether these fields were written by an export. */
export function isOwnExport(fields: Fields): boolean {
  return fields[EXPORT_FIELD] === 1;
}

/** Makes the piece that was exported. `body` is the text with one line end added. */
export async function loadOwnFile(
  archive: Archive,
  source: Readonly<{
    file: string;
    fields: Fields;
    body: string;
    slug: string;
    dateMs: number;
  }>,
): Promise<LoadedPiece> {
  const { fields, file } = source;
  const listed = Array.isArray(fields["pictures"]) ? fields["pictures"] : [];
  let text = source.body.replace(/\n$/, "");
  const pictures: Picture[] = [];
  for (const field of listed) {
    const loaded = await loadPicture(archive, file, field);
    if (!loaded) continue;
    pictures.push(loaded.picture);
    text = text.replaceAll(loaded.target, `blob:${loaded.picture.hash}`);
  }
  const common = {
    publishedAtMs: source.dateMs,
    ...(typeof fields["language"] === "string" && { language: fields["language"] }),
    tags: listStrings(fields["tags"]),
    pictures,
  };
  if (fields["kind"] === "post") {
    const root = readReference(fields["reply_root"]);
    const parent = readReference(fields["reply_parent"]);
    const quote = readReference(fields["quote"]);
    return {
      kind: "post",
      ...common,
      text,
      ...(root && parent && { reply: { root, parent } }),
      ...(quote && { quote }),
    };
  }
  const cover = (await loadPicture(archive, file, fields["cover"]))?.picture;
  return {
    kind: "article",
    ...common,
    title: readString(fields["title"]),
    slug: source.slug,
    summary: readString(fields["summary"]),
    ...(cover && { cover }),
    markdown: text,
    ...(fields["kind"] === "page" && { isPage: true as const }),
    aliases: listStrings(fields["aliases"]),
    authors: listStrings(fields["authors"]),
  };
}

async function loadPicture(
  archive: Archive,
  file: string,
  field: unknown,
): Promise<{ picture: Picture; target: string } | undefined> {
  if (!isRecord(field)) return undefined;
  const target = field["file"];
  const description = field["description"];
  if (typeof target !== "string" || target === "") return undefined;
  const found = await archive.pictures.find(target, file);
  if (found.state !== "saved") {
    const reason = found.state === "unusable" ? found.reason : "it is not in this archive";
    archive.problems.add(file, "picture_missing", `the picture ${target}: ${reason}`);
    return undefined;
  }
  const words = typeof description === "string" ? description : "";
  return { picture: { ...found.picture, description: words }, target };
}

function readString(field: unknown): string {
  return typeof field === "string" ? field : "";
}

function listStrings(field: unknown): string[] {
  return Array.isArray(field) ? field.filter((value) => typeof value === "string") : [];
}

function readReference(field: unknown): Reference | undefined {
  if (!isRecord(field)) return undefined;
  const { capsule, hash, address } = field;
  return typeof capsule === "string" && typeof hash === "string" && typeof address === "string"
    ? { capsule, hash, address }
    : undefined;
}
