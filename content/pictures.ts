// Pictures that people upload: told by their bytes, bounded by their header, cleaned of what they say about people.
import { isHeif, readAvif, stripAvif } from "./picture_avif.ts";
import type { PictureHeader, PictureType } from "./picture_bytes.ts";
import { readGif, stripGif } from "./picture_gif.ts";
import { addJpegProfile, readJpeg, readJpegProfile, stripJpeg } from "./picture_jpeg.ts";
import { addPngColours, readPng, readPngColours, stripPng } from "./picture_png.ts";
import { readWebp, stripWebp } from "./picture_webp.ts";
import type { PictureResult, PictureTask } from "./picture_worker.ts";

export type { PictureHeader, PictureType } from "./picture_bytes.ts";

export type PreparedPicture = Readonly<{
  bytes: Uint8Array<ArrayBuffer>;
  type: PictureType;
  width: number;
  height: number;
}>;

/** One sentence for the person who wants to show the picture. */
export type PictureProblem = Readonly<{ problem: string }>;

export const PICTURE_BYTES_MAX = 16 * 1024 * 1024;
export const PICTURE_SIDE_MAX = 2_048;
const SOURCE_BYTES_MAX = 64 * 1024 * 1024;
const PIXELS_MAX = 50_000_000;
const WORK_MS_MAX = 30_000;
const WAITING_MAX = 16;

const BROKEN = "This picture is incomplete or damaged: save it again and choose the new file.";
const BUSY = "Other pictures are still being made smaller: try again in a minute.";

/** What the bytes say, whatever the file's name says; undefined if they are no picture that browsers show. */
export function sniffPicture(bytes: Uint8Array): PictureHeader | undefined {
  return readJpeg(bytes) ?? readPng(bytes) ?? readGif(bytes) ?? readWebp(bytes) ?? readAvif(bytes);
}

/** The same picture without EXIF, place, XMP, comments and thumbnails, not encoded anew; undefined if it is no whole picture. */
export function stripPicture(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  switch (sniffPicture(bytes)?.type) {
    case "image/jpeg":
      return stripJpeg(bytes);
    case "image/png":
      return stripPng(bytes);
    case "image/gif":
      return stripGif(bytes);
    case "image/webp":
      return stripWebp(bytes);
    case "image/avif":
      return stripAvif(bytes);
    case undefined:
      return undefined;
  }
}

/**
 * A picture ready to be published: clean, upright, at most 2,048 pixels a side and 16 MiB. Encoded anew, in a worker
 * that ends afterwards, only if it has to be. Never throws.
 */
export async function preparePicture(
  bytes: Uint8Array,
): Promise<PreparedPicture | PictureProblem> {
  if (bytes.length > SOURCE_BYTES_MAX) {
    return { problem: "This picture is larger than 64 MB: choose a smaller one." };
  }
  const header = sniffPicture(bytes);
  if (!header) return { problem: describeUnknown(bytes) };
  const { type, width, height, orientation, isAnimated } = header;
  if (width * height > PIXELS_MAX) {
    const pixels = `${width} × ${height}`;
    return {
      problem:
        `This picture has ${pixels} pixels, at most 50 million can be used: choose a smaller one.`,
    };
  }
  const clean = stripPicture(bytes);
  if (!clean || !isSameSize(header, sniffPicture(clean))) return { problem: BROKEN };
  const fits = Math.max(width, height) <= PICTURE_SIDE_MAX && clean.length <= PICTURE_BYTES_MAX;
  if (fits && orientation === 1) return { bytes: clean, type, width, height };
  if (isAnimated || type === "image/gif" || type === "image/avif") {
    if (orientation !== 1 && fits) return { bytes: clean, type, width, height };
    return { problem: describeTooLarge(header) };
  }
  return await convert(clean, header);
}

function isSameSize(before: PictureHeader, after: PictureHeader | undefined): boolean {
  return before.width === after?.width && before.height === after.height;
}

let running: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** One at a time: each takes hundreds of megabytes while it works. */
async function convert(bytes: Uint8Array<ArrayBuffer>, header: PictureHeader) {
  if (waiting >= WAITING_MAX) return { problem: BUSY };
  waiting++;
  const turn = running.then(() => convertNow(bytes, header));
  running = turn;
  try {
    return await turn;
  } finally {
    waiting--;
  }
}

async function convertNow(
  bytes: Uint8Array<ArrayBuffer>,
  { type, orientation }: PictureHeader,
): Promise<PreparedPicture | PictureProblem> {
  const colours = type === "image/jpeg" ? readJpegProfile(bytes) : readPngColours(bytes);
  const result = await runWorker({ bytes, type, orientation, sideMax: PICTURE_SIDE_MAX });
  if (!result) {
    return { problem: "This picture took too long to make smaller: choose a smaller one." };
  }
  if ("failure" in result) return { problem: BROKEN };
  const { width, height } = result;
  const encoded = type === "image/jpeg"
    ? addJpegProfile(result.bytes, colours)
    : type === "image/png"
    ? addPngColours(result.bytes, colours)
    : result.bytes;
  if (encoded.length > PICTURE_BYTES_MAX) {
    return {
      problem: "This picture is larger than 16 MB even when made smaller: save it as JPEG.",
    };
  }
  return { bytes: encoded, type, width, height };
}

/** The worker's answer, or undefined when its time is over. */
function runWorker(task: PictureTask): Promise<PictureResult | undefined> {
  const worker = new Worker(new URL("./picture_worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve } = Promise.withResolvers<PictureResult | undefined>();
  const timer = setTimeout(() => resolve(undefined), WORK_MS_MAX);
  worker.onmessage = ({ data }: MessageEvent<PictureResult>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve({ failure: event.message });
  };
  worker.postMessage(task);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.terminate();
  });
}

function describeTooLarge({ type, width, height, isAnimated }: PictureHeader): string {
  const what = isAnimated
    ? "An animated picture"
    : `A picture of the kind ${type.slice(6).toUpperCase()}`;
  return `${what} must be at most 2,048 pixels a side and 16 MB; this one has ${width} × ${height}: ` +
    (isAnimated ? "make it smaller first." : "save it as JPEG or make it smaller first.");
}

function describeUnknown(bytes: Uint8Array): string {
  const kinds = "JPEG, PNG, WebP, AVIF or GIF";
  if (bytes.length === 0) return `This file is empty: choose a picture (${kinds}).`;
  if (isHeif(bytes)) return `This is a HEIC picture, which browsers do not show: save it as JPEG.`;
  return `This file is not a whole picture of a kind that browsers show: choose one of ${kinds}.`;
}
