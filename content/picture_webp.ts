// WebP: RIFF chunks (RFC 9649).
import {
  joinBytes,
  type PictureHeader,
  readLatin,
  readOrientation,
  viewOf,
} from "./picture_bytes.ts";

type Chunk = Readonly<{ type: string; from: number; data: number; end: number; to: number }>;
type Size = Readonly<{ width: number; height: number }>;

const KEPT_CHUNKS = new Set(["VP8X", "ICCP", "ALPH", "VP8 ", "VP8L", "ANIM", "ANMF"]);
const FRAME_CHUNKS = new Set(["ALPH", "VP8 ", "VP8L"]);
const ANIMATION = 0x02;
const EXIF_AND_XMP = 0x0c;
const FRAME_HEADER_BYTES = 16;

export function readWebp(bytes: Uint8Array): PictureHeader | undefined {
  if (!isWebp(bytes)) return undefined;
  let canvas: Size | undefined;
  let frame: Size | undefined;
  let orientation = 1;
  let isAnimated = false;
  for (const { type, data, end } of walkChunks(bytes, 12, bytes.length)) {
    const content = bytes.subarray(data, end);
    if (type === "VP8X" && content.length >= 10) {
      isAnimated = ((content[0] ?? 0) & ANIMATION) !== 0;
      canvas = { width: readUint24(content, 4) + 1, height: readUint24(content, 7) + 1 };
    } else if (type === "VP8 " || type === "VP8L") frame ??= readFrame(type, content);
    else if (type === "EXIF") orientation = readOrientation(withoutPrefix(content));
  }
  const size = canvas ?? frame;
  if (!size || size.width === 0 || size.height === 0) return undefined;
  // A canvas that says less than its picture is a lie that decoders would pay for.
  if (!isAnimated && (frame?.width !== size.width || frame.height !== size.height)) {
    return undefined;
  }
  return { type: "image/webp", ...size, orientation, isAnimated };
}

/** Without EXIF, XMP and unknown chunks; undefined if the file breaks off. */
export function stripWebp(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (!isWebp(bytes)) return undefined;
  const end = 8 + viewOf(bytes).getUint32(4, true);
  if (end > bytes.length) return undefined;
  const kept: Uint8Array[] = [bytes.slice(0, 12)];
  let last = 12;
  for (const chunk of walkChunks(bytes, 12, end)) {
    last = chunk.to;
    if (!KEPT_CHUNKS.has(chunk.type)) continue;
    const copy = chunk.type === "ANMF" ? stripFrame(bytes, chunk) : copyChunk(bytes, chunk);
    if (chunk.type === "VP8X") copy[8] = (copy[8] ?? 0) & ~EXIF_AND_XMP;
    kept.push(copy);
  }
  if (last < end) return undefined;
  const joined = joinBytes(kept);
  viewOf(joined).setUint32(4, joined.length - 8, true);
  return joined;
}

function stripFrame(bytes: Uint8Array, chunk: Chunk): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [bytes.slice(chunk.from, chunk.data + FRAME_HEADER_BYTES)];
  for (const inner of walkChunks(bytes, chunk.data + FRAME_HEADER_BYTES, chunk.end)) {
    if (FRAME_CHUNKS.has(inner.type)) parts.push(copyChunk(bytes, inner));
  }
  const joined = joinBytes(parts);
  viewOf(joined).setUint32(4, joined.length - 8, true);
  return joined;
}

function copyChunk(bytes: Uint8Array, { from, end, to }: Chunk): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice(from, to);
  if (to > end) copy[copy.length - 1] = 0;
  return copy;
}

function isWebp(bytes: Uint8Array): boolean {
  return bytes.length >= 20 && readLatin(bytes, 0, 4) === "RIFF" &&
    readLatin(bytes, 8, 4) === "WEBP";
}

function readFrame(type: string, content: Uint8Array): Size | undefined {
  if (content.length < 10) return undefined;
  const view = viewOf(content);
  if (type === "VP8L") {
    if (content[0] !== 0x2f) return undefined;
    const bits = view.getUint32(1, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (content[3] !== 0x9d || content[4] !== 0x01 || content[5] !== 0x2a) return undefined;
  return {
    width: view.getUint16(6, true) & 0x3fff,
    height: view.getUint16(8, true) & 0x3fff,
  };
}

/** Some programs write the JPEG prefix in front of the TIFF block. */
function withoutPrefix(content: Uint8Array): Uint8Array {
  return readLatin(content, 0, 4) === "Exif" ? content.subarray(6) : content;
}

function readUint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}

/** Chunks between two places. Ends early where one reaches beyond. */
function* walkChunks(bytes: Uint8Array, from: number, to: number): Generator<Chunk> {
  const view = viewOf(bytes);
  let at = from;
  while (at + 8 <= Math.min(to, bytes.length)) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    // The padding byte of the last chunk is often missing.
    const next = Math.min(end + (length % 2), Math.max(end, to));
    if (end > to || next > bytes.length) return;
    yield { type: readLatin(bytes, at, 4), from: at, data: at + 8, end, to: next };
    at = next;
  }
}
