// GIF: blocks (GIF89a specification).
import { joinBytes, type PictureHeader, readLatin, viewOf } from "./picture_bytes.ts";

type Block = Readonly<
  { kind: "control" | "image" | "loop" | "remark" | "end"; from: number; to: number }
>;

/** Careless programs write frames that stand out a little. */
const FRAME_BEYOND_MAX = 64;

export function readGif(bytes: Uint8Array): PictureHeader | undefined {
  if (bytes.length < 13 || !/^GIF8[79]a$/.test(readLatin(bytes, 0, 6))) return undefined;
  const view = viewOf(bytes);
  const width = view.getUint16(6, true);
  const height = view.getUint16(8, true);
  if (width === 0 || height === 0) return undefined;
  let images = 0;
  for (const { kind } of walkBlocks(bytes)) {
    if (kind === "image" && ++images > 1) break;
  }
  return { type: "image/gif", width, height, orientation: 1, isAnimated: images > 1 };
}

/** Without comments and foreign extensions, the loop kept; undefined if the file breaks off. */
export function stripGif(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const kept: Uint8Array[] = [bytes.subarray(0, findFirstBlock(bytes))];
  let hasImage = false;
  for (const { kind, from, to } of walkBlocks(bytes)) {
    if (kind === "image") {
      hasImage = true;
      // Browsers make the canvas as large as a frame that does not fit into it, whatever the header says.
      if (!isFitting(viewOf(bytes), from)) return undefined;
    }
    // Of the loop the name and the three bytes that hold the count.
    if (kind === "loop") kept.push(bytes.subarray(from, from + 18), new Uint8Array(1));
    else if (kind !== "remark") kept.push(bytes.subarray(from, to));
    if (kind === "end") return hasImage ? joinBytes(kept) : undefined;
  }
  return undefined;
}

function isFitting(view: DataView, at: number): boolean {
  const right = view.getUint16(at + 1, true) + view.getUint16(at + 5, true);
  const below = view.getUint16(at + 3, true) + view.getUint16(at + 7, true);
  const spare = FRAME_BEYOND_MAX;
  return right <= view.getUint16(6, true) + spare && below <= view.getUint16(8, true) + spare;
}

/** Blocks behind the palette. Ends early where the file breaks off. */
function* walkBlocks(bytes: Uint8Array): Generator<Block> {
  let at = findFirstBlock(bytes);
  while (at < bytes.length) {
    const start = bytes[at];
    if (start === 0x3b) {
      yield { kind: "end", from: at, to: at + 1 };
      return;
    }
    if (start !== 0x21 && start !== 0x2c) return;
    const isImage = start === 0x2c;
    const data = isImage ? at + 10 + paletteBytes(bytes[at + 9] ?? 0) + 1 : at + 2;
    const to = skipData(bytes, data);
    if (to < 0) return;
    yield { kind: isImage ? "image" : extensionKind(bytes, at), from: at, to };
    at = to;
  }
}

function extensionKind(bytes: Uint8Array, at: number): Block["kind"] {
  if (bytes[at + 1] === 0xf9) return "control";
  if (bytes[at + 1] !== 0xff) return "remark";
  const isLoop = bytes[at + 2] === 11 && bytes[at + 14] === 3 && bytes[at + 15] === 1;
  return isLoop && readLatin(bytes, at + 3, 11) === "NETSCAPE2.0" ? "loop" : "remark";
}

function findFirstBlock(bytes: Uint8Array): number {
  return 13 + paletteBytes(bytes[10] ?? 0);
}

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** Where the data that begins at `at` ends, behind its empty block; -1 where the file breaks off. */
function skipData(bytes: Uint8Array, at: number): number {
  for (let size = bytes[at]; size !== undefined; size = bytes[at]) {
    at += 1 + size;
    if (size === 0) return at;
  }
  return -1;
}
