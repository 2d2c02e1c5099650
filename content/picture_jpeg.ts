// JPEG: markers and their segments (ITU T.81 annex B).
import {
  joinBytes,
  type PictureHeader,
  readLatin,
  readOrientation,
  viewOf,
} from "./picture_bytes.ts";

type Segment = Readonly<{ marker: number; from: number; to: number }>;

const EXIF = "Exif\0\0";
const ICC = "ICC_PROFILE\0";
const SOS = 0xda;
const EOI = 0xd9;

export function readJpeg(bytes: Uint8Array): PictureHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = viewOf(bytes);
  let orientation = 1;
  for (const { marker, from, to } of walkSegments(bytes)) {
    if (marker === 0xe1 && readLatin(bytes, from + 4, 6) === EXIF) {
      orientation = readOrientation(bytes.subarray(from + 10, to));
    }
    if (marker === 0xc0 || marker === 0xc1 || marker === 0xc2) {
      if (to - from < 11) return undefined;
      const height = view.getUint16(from + 5);
      const width = view.getUint16(from + 7);
      if (width === 0 || height === 0) return undefined;
      return { type: "image/jpeg", width, height, orientation, isAnimated: false };
    }
    if (marker === SOS || marker === EOI) return undefined;
  }
  return undefined;
}

/** Without EXIF, XMP, IPTC, comments, thumbnails and what follows the end; undefined if the file breaks off. */
export function stripJpeg(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  for (const { marker, from, to } of walkSegments(bytes)) {
    if (marker === 0xe0) {
      // Without the thumbnail that may stand behind the first 14 bytes of content.
      if (readLatin(bytes, from + 4, 5) !== "JFIF\0" || to - from < 16) continue;
      const jfif = bytes.slice(from, from + 18);
      jfif.set([0, 16], 2);
      jfif.set([0, 0], 16);
      kept.push(jfif);
    } else if (isKept(bytes, marker, from)) kept.push(bytes.subarray(from, to));
    if (marker === EOI) return joinBytes(kept);
  }
  return undefined;
}

/** The segments of a colour profile, if the picture has three colours, so that a new encoding can carry it on. */
export function readJpegProfile(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept: Uint8Array[] = [];
  for (const { marker, from, to } of walkSegments(bytes)) {
    if (marker === 0xe2 && readLatin(bytes, from + 4, ICC.length) === ICC) {
      kept.push(bytes.subarray(from, to));
    }
    if (marker >= 0xc0 && marker <= 0xc2 && bytes[from + 9] !== 3) return new Uint8Array();
    if (marker === SOS) break;
  }
  return joinBytes(kept);
}

/** `bytes` with the segments of a colour profile behind the first marker. */
export function addJpegProfile(bytes: Uint8Array, profile: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes([bytes.subarray(0, 2), profile, bytes.subarray(2)]);
}

function isKept(bytes: Uint8Array, marker: number, from: number): boolean {
  if (marker === 0xe2) return readLatin(bytes, from + 4, ICC.length) === ICC;
  if (marker === 0xee) return readLatin(bytes, from + 4, 5) === "Adobe";
  const isApplication = marker >= 0xe0 && marker <= 0xef;
  return !isApplication && marker !== 0xfe;
}

/** Segments from behind the first marker; that of a scan reaches to the next marker. Ends early where the file breaks off. */
function* walkSegments(bytes: Uint8Array): Generator<Segment> {
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) return;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === EOI || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      yield { marker, from: at, to: at + 2 };
      if (marker === EOI) return;
      at += 2;
      continue;
    }
    if (at + 4 > bytes.length || marker === 0 || marker === 0xd8) return;
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    let to = at + 2 + length;
    if (length < 2 || to > bytes.length) return;
    if (marker === SOS) to = findScanEnd(bytes, to);
    yield { marker, from: at, to };
    at = to;
  }
}

function findScanEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0) {
    const next = bytes[at + 1];
    if (next === undefined) return bytes.length;
    // A stuffed zero, a fill byte or a restart marker belongs to the scan.
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at = bytes.indexOf(0xff, at + (next === 0xff ? 1 : 2));
  }
  return bytes.length;
}
