// AVIF: boxes (ISO 14496-12, 23008-12). Places in the file are named by number, so nothing is moved: metadata is overwritten.
import { type PictureHeader, readLatin, viewOf } from "./picture_bytes.ts";

type Box = Readonly<{ type: string; from: number; data: number; to: number }>;
type Extent = Readonly<{ from: number; to: number }>;

const BOXES_MAX = 20_000;
const HEIF_BRANDS = /^(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1)$/;

export function readAvif(bytes: Uint8Array): PictureHeader | undefined {
  const brands = readBrands(bytes);
  const isAnimated = brands[0] === "avis";
  if (!brands.includes("avif") && !isAnimated) return undefined;
  const meta = findBox(bytes, 0, bytes.length, "meta");
  if (!meta) return undefined;
  const properties = findPath(bytes, meta.data + 4, meta.to, ["iprp", "ipco"]);
  if (!properties) return undefined;
  let width = 0;
  let height = 0;
  let isTurned = false;
  const view = viewOf(bytes);
  for (const { type, data, to } of walkBoxes(bytes, properties.data, properties.to)) {
    if (type === "ispe" && to - data >= 12) {
      // Tiles and the auxiliary picture have sizes too: the largest is the whole.
      width = Math.max(width, view.getUint32(data + 4));
      height = Math.max(height, view.getUint32(data + 8));
    }
    if (type === "irot") isTurned = ((bytes[data] ?? 0) & 1) === 1;
  }
  if (width === 0 || height === 0) return undefined;
  // Browsers turn the picture themselves: the size is what they show.
  if (isTurned) [width, height] = [height, width];
  return { type: "image/avif", width, height, orientation: 1, isAnimated };
}

/** Whether this is a picture of the same family that browsers do not show. */
export function isHeif(bytes: Uint8Array): boolean {
  return HEIF_BRANDS.test(readBrands(bytes)[0] ?? "");
}

/** With EXIF, XMP and user data overwritten by zeros; undefined if the file breaks off or keeps them where nobody looks. */
export function stripAvif(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const copy = new Uint8Array(bytes);
  let end = 0;
  for (const box of walkBoxes(copy, 0, copy.length)) {
    end = box.to;
    if (box.type === "meta") {
      const extents = findMetadata(copy, box);
      if (!extents) return undefined;
      for (const { from, to } of extents) copy.fill(0, from, to);
      clearInside(copy, box.data + 4, box.to);
    } else if (box.type === "moov") clearInside(copy, box.data, box.to);
    else if (!/^(?:ftyp|mdat)$/.test(box.type)) clear(copy, box);
  }
  return end === copy.length ? copy : undefined;
}

function clearInside(bytes: Uint8Array, from: number, to: number, depth = 0): void {
  for (const box of walkBoxes(bytes, from, to)) {
    if (/^(?:udta|uuid|free|skip|meta)$/.test(box.type)) clear(bytes, box);
    else if (depth < 4 && /^(?:trak|mdia|minf)$/.test(box.type)) {
      clearInside(bytes, box.data, box.to, depth + 1);
    }
  }
}

function clear(bytes: Uint8Array, { from, data, to }: Box): void {
  bytes.set([0x66, 0x72, 0x65, 0x65], from + 4);
  bytes.fill(0, data, to);
}

/** The places of all items that are not pictures, or undefined if they cannot be told. */
function findMetadata(bytes: Uint8Array, meta: Box): Extent[] | undefined {
  const infos = findBox(bytes, meta.data + 4, meta.to, "iinf");
  const places = findBox(bytes, meta.data + 4, meta.to, "iloc");
  if (!infos || !places) return undefined;
  const view = viewOf(bytes);
  const ids = new Set<number>();
  const first = infos.data + (bytes[infos.data] === 0 ? 6 : 8);
  for (const { type, data, to } of walkBoxes(bytes, first, infos.to)) {
    if (type !== "infe" || to - data < 12) continue;
    const version = bytes[data] ?? 0;
    if (version < 2) return undefined;
    const id = version === 2 ? view.getUint16(data + 4) : view.getUint32(data + 4);
    const kind = readLatin(bytes, data + (version === 2 ? 8 : 10), 4);
    if (!/^(?:av01|grid|iovl|iden|tmap)$/.test(kind)) ids.add(id);
  }
  const inside = findBox(bytes, meta.data + 4, meta.to, "idat");
  return readExtents(bytes, places, ids, inside?.data ?? 0);
}

function readExtents(bytes: Uint8Array, box: Box, ids: Set<number>, inside: number) {
  const version = bytes[box.data] ?? 0;
  const sizes = [4, 5].flatMap((offset) => {
    const value = bytes[box.data + offset] ?? 0;
    return [value >> 4, value & 15];
  });
  const [offsetSize = 0, lengthSize = 0, baseSize = 0, indexSize = 0] = sizes;
  let at = box.data + 6;
  const read = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at++] ?? 0);
    return value;
  };
  const count = read(version < 2 ? 2 : 4);
  const extents: Extent[] = [];
  for (let item = 0; item < count && at < box.to; item++) {
    const id = read(version < 2 ? 2 : 4);
    const method = version > 0 ? read(2) & 15 : 0;
    at += 2;
    const base = read(baseSize) + (method === 1 ? inside : 0);
    const parts = read(2);
    for (let part = 0; part < parts && at < box.to; part++) {
      if (version > 0) read(indexSize);
      const from = base + read(offsetSize);
      const to = from + read(lengthSize);
      if (method > 1 || to > bytes.length) return undefined;
      // No length means all the rest of the file: that would be the picture too.
      if (ids.has(id) && lengthSize === 0) return undefined;
      if (ids.has(id)) extents.push({ from, to });
    }
  }
  return extents;
}

function readBrands(bytes: Uint8Array): string[] {
  const box = findBox(bytes, 0, Math.min(bytes.length, 4096), "ftyp");
  if (!box || box.from !== 0) return [];
  const brands = [readLatin(bytes, box.data, 4)];
  for (let at = box.data + 8; at + 4 <= box.to; at += 4) brands.push(readLatin(bytes, at, 4));
  return brands;
}

function findPath(bytes: Uint8Array, from: number, to: number, path: readonly string[]) {
  let box: Box | undefined;
  for (const type of path) {
    box = findBox(bytes, box?.data ?? from, box?.to ?? to, type);
    if (!box) return undefined;
  }
  return box;
}

function findBox(bytes: Uint8Array, from: number, to: number, type: string): Box | undefined {
  for (const box of walkBoxes(bytes, from, to)) if (box.type === type) return box;
  return undefined;
}

/** Boxes between two places. Ends early where one reaches beyond. */
function* walkBoxes(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  const view = viewOf(bytes);
  let at = from;
  for (let count = 0; count < BOXES_MAX && at + 8 <= to; count++) {
    let length = view.getUint32(at);
    let data = at + 8;
    if (length === 1 && at + 16 <= to) {
      length = Number(view.getBigUint64(at + 8));
      data = at + 16;
    } else if (length === 0) length = to - at;
    if (length < data - at || at + length > to) return;
    yield { type: readLatin(bytes, at + 4, 4), from: at, data, to: at + length };
    at += length;
  }
}
