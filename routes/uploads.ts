/** Pictures that come with forms, and one by one from the island that makes them smaller first. Mounted at /studio. @module */
import { Hono } from "hono";
import { preparePicture } from "../content/pictures.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import { findKeptBlob, isRefusedBlob, saveBlob } from "../storage/blobs.ts";
import type { Deps, Env } from "./app.ts";
import { PublishProblem } from "../mesh/publish_problem.ts";
import { type Form, readForm } from "./forms.ts";
import type { SentFile } from "./multipart.ts";
import { tryPublish } from "./publishing.ts";

/** A picture that was sent: saved, or the sentence that says why not. */
export type Upload =
  & Readonly<{ field: string }>
  & (Readonly<{ picture: Picture }> | Readonly<{ problem: string }>);

/** A form with its pictures, which are saved already. */
export type PictureForm = Readonly<{ form: Form; uploads: readonly Upload[] }>;

/** Reads a form and saves its pictures as they arrive, one in memory at a time. */
export async function readPictureForm(deps: Deps, request: Request): Promise<PictureForm> {
  const uploads: Upload[] = [];
  const form = await readForm(request, async (file) => {
    uploads.push(await saveUpload(deps, file));
  });
  return { form, uploads };
}

/** The picture with this hash, if it is here; what is said of it comes from the form. */
export function findPicture(
  { db }: Pick<Deps, "db">,
  hash: string,
  description: string,
): Picture | undefined {
  const blob = findKeptBlob(db, hash);
  if (blob === undefined || !isPictureType(blob.type)) return undefined;
  return { ...blob, type: blob.type, description };
}

/** The sentences about pictures of one field that could not be taken; undefined when all could. */
export function readUploadProblem({ uploads }: PictureForm, field: string): string | undefined {
  const sentences = uploads.filter((upload) => upload.field === field)
    .flatMap((upload) => "problem" in upload ? [upload.problem] : []);
  return sentences.length === 0 ? undefined : sentences.join(" ");
}

/** Builds the route that takes one picture and answers JSON. */
export function uploadRoutes(deps: Deps): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post("/uploads", async (c) => {
    const { form, uploads } = await readPictureForm(deps, c.req.raw);
    const [upload] = uploads;
    if (form.end === "too_large") return c.json({ problem: TOO_LARGE }, 413);
    if (upload === undefined) return c.json({ problem: "There was no picture in it." }, 422);
    if ("problem" in upload) return c.json({ problem: upload.problem }, 422);
    return c.json({ picture: upload.picture });
  });

  return routes;
}

/** The sentence for more than a form may hold. */
export const TOO_LARGE =
  "That was more than 8 pictures of 20 MB each. Please choose fewer or smaller ones.";

async function saveUpload({ db, now }: Deps, file: SentFile): Promise<Upload> {
  const { field, name, bytes } = file;
  if (bytes === undefined) {
    return {
      field,
      problem: `“${shortName(name)}” has more than 20 MB. Please choose a smaller one.`,
    };
  }
  const prepared = await preparePicture(bytes);
  if ("problem" in prepared) return { field, problem: `“${shortName(name)}”: ${prepared.problem}` };
  if (isRefusedBlob(db, prepared.bytes)) {
    return { field, problem: `“${shortName(name)}” was removed here and cannot come again.` };
  }
  const { type, width, height } = prepared;
  const saved = tryPublish(() => saveBlob(db, prepared.bytes, { type, width, height }, now()));
  // The words that came with it are shown again, with this.
  if (saved instanceof PublishProblem) return { field, problem: saved.message };
  const picture = findPicture({ db }, saved, "");
  if (picture === undefined) {
    throw new Error(`Cannot find the picture that was just saved: ${saved}`);
  }
  return { field, picture };
}

function shortName(name: string): string {
  // Marks of direction would turn the sentence around that the name stands in.
  const plain = name.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, " ");
  return plain.length <= 60 ? plain : `${plain.slice(0, 57)}…`;
}

function isPictureType(type: string): type is Picture["type"] {
  return ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"].includes(type);
}
