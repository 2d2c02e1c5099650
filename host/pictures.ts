/** Pictures named on the command line: read, prepared, saved by hash. @module */
import { preparePicture } from "../content/pictures.ts";
import { DESCRIPTION_BYTES_MAX, POST_PICTURES_MAX } from "../mesh/protocol/limits.ts";
import type { PictureField } from "../mesh/publish.ts";
import { isRefusedBlob, saveBlob } from "../storage/blobs.ts";
import type { Database } from "../storage/database.ts";
import { CommandProblem, type Context, UsageProblem } from "./command.ts";
import { formatCount } from "./counts.ts";
import { readNamedFile } from "./files.ts";

/** A file larger than this is not opened: no camera makes one. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** Reads `--image` and `--alt`, which go together in their order, and saves the pictures. */
export async function savePictures(db: Database, context: Context): Promise<PictureField[]> {
  const images = context.texts("image");
  const descriptions = context.texts("alt");
  checkPairs(images, descriptions);
  const pictures: PictureField[] = [];
  for (const [n, path] of images.entries()) {
    pictures.push(await savePicture(db, path, descriptions[n] ?? "", context.now()));
  }
  return pictures;
}

function checkPairs(images: readonly string[], descriptions: readonly string[]): void {
  if (images.length !== descriptions.length) {
    throw new UsageProblem(
      `Expected one --alt TEXT for each --image FILE, found ${
        formatCount(images.length, "picture")
      } and ${formatCount(descriptions.length, "description")}. ` +
        "Say in each what the picture shows.",
      "descriptions_missing",
    );
  }
  if (images.length > POST_PICTURES_MAX) {
    throw new CommandProblem(
      "too_many_pictures",
      `A post takes at most ${POST_PICTURES_MAX} pictures, found ${images.length}. Leave some out.`,
    );
  }
  const long = descriptions.find((text) => byteLength(text) > DESCRIPTION_BYTES_MAX);
  if (long === undefined) return;
  throw new CommandProblem(
    "description_too_long",
    `A description takes at most ${DESCRIPTION_BYTES_MAX} bytes, found ${byteLength(long)}. ` +
      "Make it shorter.",
  );
}

/** One picture file, made ready for readers (no location, not too large) and saved. */
async function savePicture(
  db: Database,
  path: string,
  description: string,
  nowMs: number,
): Promise<PictureField> {
  const prepared = await preparePicture(readNamedFile(path, FILE_BYTES_MAX, "a picture"));
  if ("problem" in prepared) {
    throw new CommandProblem("picture_unusable", `Cannot use ${path}: ${prepared.problem}`);
  }
  const { bytes, type, width, height } = prepared;
  if (isRefusedBlob(db, bytes)) {
    throw new CommandProblem(
      "picture_removed",
      `Cannot use ${path}: it was removed here and cannot come again.`,
    );
  }
  const hash = saveBlob(db, bytes, { type, width, height }, nowMs);
  return { hash, description };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
