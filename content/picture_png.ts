// PNG: chunks (PNG specification, third edition, section 5).
import {
  joinBytes,
  type PictureHeader,
  readLatin,
  readOrientation,
  viewOf,
} from "./picture_bytes.ts";

type Chunk = Readonly<{ type: string; from: number; to: number }>;

const SIGNATURE = "\x89PNG\r\n\x1a\n";
const HEADER_BYTES = 33;
const COLOUR_CHUNKS = new Set(["cICP", "iCCP", "sRGB", "gAMA", "cHRM"]);
const KEPT_CHUNKS = new Set([
  ...COLOUR_CHUNKS,
  ...["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "pHYs", "sBIT", "bKGD", "mDCV", "cLLI"],
  ...["acTL", "fcTL", "fdAT"],
]);

export function readPng(bytes: Uint8Array): PictureHeader | undefined {
  if (bytes.length < HEADER_BYTES || readLatin(bytes, 0, 8) !== SIGNATURE) return undefined;
  if (readLatin(bytes, 12, 4) !== "IHDR") return undefined;
  const view = viewOf(bytes);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) return undefined;
  let orientation = 1;
  let isAnimated = false;
  for (const { type, from, to } of walkChunks(bytes)) {
    if (type === "acTL") isAnimated = true;
    if (type === "eXIf") orientation = readOrientation(bytes.subarray(from + 8, to - 4));
  }
  return { type: "image/png", width, height, orientation, isAnimated };
}

/** Without texts, times and EXIF; undefined if the file breaks off or needs a chunk that nobody knows. */
export function stripPng(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (readLatin(bytes, 0, 8) !== SIGNATURE) return undefined;
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  let hasPixels = false;
  for (const { type, from, to } of walkChunks(bytes)) {
    if (KEPT_CHUNKS.has(type)) kept.push(bytes.subarray(from, to));
    // An upper-case first letter: nobody who does not know this chunk can show the picture.
    else if (/^[A-Z]/.test(type)) return undefined;
    if (type === "IDAT") hasPixels = true;
    if (type === "IEND") return hasPixels ? joinBytes(kept) : undefined;
  }
  return undefined;
}

/** The chunks that say what the colours mean, if the picture is not grey, so that a new encoding can carry them on. */
export function readPngColours(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isGrey = bytes[25] === 0 || bytes[25] === 4;
  const kept: Uint8Array[] = [];
  for (const { type, from, to } of isGrey ? [] : walkChunks(bytes)) {
    if (COLOUR_CHUNKS.has(type)) kept.push(bytes.subarray(from, to));
    if (type === "IDAT") break;
  }
  return joinBytes(kept);
}

/** `bytes` with the chunks of `readPngColours` behind the first chunk. */
export function addPngColours(bytes: Uint8Array, colours: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes([bytes.subarray(0, HEADER_BYTES), colours, bytes.subarray(HEADER_BYTES)]);
}

/** Chunks with length, name and check sum. Ends early where the file breaks off. */
function* walkChunks(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  let at = 8;
  while (at + 12 <= bytes.length) {
    const to = at + 12 + view.getUint32(at);
    if (to > bytes.length) return;
    const type = readLatin(bytes, at + 4, 4);
    yield { type, from: at, to };
    if (type === "IEND") return;
    at = to;
  }
}
