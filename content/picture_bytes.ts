// What the readers of picture files share. Nothing here trusts a length that a file names.

export type PictureType = "image/jpeg" | "image/png" | "image/gif" | "image/webp" | "image/avif";

export type PictureHeader = Readonly<{
  type: PictureType;
  /** As stored, before the orientation is applied. */
  width: number;
  height: number;
  /** 1 to 8 as in EXIF; 1 is upright. */
  orientation: number;
  isAnimated: boolean;
}>;

/** The text at `from`, one character a byte. */
export function readLatin(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The orientation that a TIFF block ("II*" or "MM*") of EXIF data names; 1 if it names none. */
export function readOrientation(tiff: Uint8Array): number {
  if (tiff.length < 14) return 1;
  const view = viewOf(tiff);
  const order = readLatin(tiff, 0, 2);
  if (order !== "II" && order !== "MM") return 1;
  const isLittle = order === "II";
  const start = view.getUint32(4, isLittle);
  if (start + 2 > tiff.length) return 1;
  const count = view.getUint16(start, isLittle);
  for (let entry = 0; entry < count; entry++) {
    const at = start + 2 + entry * 12;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, isLittle) !== 0x0112) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
