/// <reference lib="deno.worker" />
// Decodes, turns, makes smaller and encodes one picture. Lives for that one: its end gives the memory back.
import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import encodeJpeg, { init as initJpegEncoder } from "@jsquash/jpeg/encode.js";
import decodePng, { init as initPngDecoder } from "@jsquash/png/decode.js";
import encodePng, { init as initPngEncoder } from "@jsquash/png/encode.js";
import resize, { initResize } from "@jsquash/resize";
import decodeWebp, { init as initWebpDecoder } from "@jsquash/webp/decode.js";
import encodeWebp, { init as initWebpEncoder } from "@jsquash/webp/encode.js";
import type { PictureType } from "./picture_bytes.ts";
// @ts-types="./picture_codecs.d.ts"
import { codecs } from "./picture_codecs.js";

export type PictureTask = Readonly<{
  bytes: Uint8Array<ArrayBuffer>;
  type: PictureType;
  orientation: number;
  sideMax: number;
}>;

export type PictureResult =
  | Readonly<{ bytes: Uint8Array<ArrayBuffer>; width: number; height: number }>
  | Readonly<{ failure: string }>;

const QUALITY = 82;

self.onmessage = async ({ data }: MessageEvent<PictureTask>) => {
  try {
    const result = await work(data);
    self.postMessage(result, [result.bytes.buffer]);
  } catch (error) {
    // The codecs throw whatever their language throws: the sentence for people is made by the caller.
    self.postMessage({ failure: String(error) } satisfies PictureResult);
  }
};

async function work({ bytes, type, orientation, sideMax }: PictureTask) {
  const picture = await decode(bytes.buffer, type);
  const scale = Math.min(1, sideMax / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  await initResize(codecs.resizer);
  const small = scale < 1 ? await resize(picture, { width, height }) : picture;
  const upright = turn(small, orientation);
  const encoded = new Uint8Array(await encode(upright, type));
  return { bytes: encoded, width: upright.width, height: upright.height };
}

async function decode(buffer: ArrayBuffer, type: PictureType): Promise<ImageData> {
  if (type === "image/jpeg") {
    await initJpegDecoder(codecs.jpegDecoder);
    return await decodeJpeg(buffer);
  }
  if (type === "image/png") {
    await initPngDecoder(codecs.png);
    return await decodePng(buffer);
  }
  await initWebpDecoder(codecs.webpDecoder);
  return await decodeWebp(buffer);
}

async function encode(picture: ImageData, type: PictureType): Promise<ArrayBuffer> {
  if (type === "image/jpeg") {
    await initJpegEncoder(codecs.jpegEncoder);
    return await encodeJpeg(picture, { quality: QUALITY });
  }
  if (type === "image/png") {
    await initPngEncoder(codecs.png);
    return await encodePng(picture);
  }
  await initWebpEncoder(codecs.webpEncoder);
  return await encodeWebp(picture, { quality: QUALITY });
}

/** Applies an EXIF orientation (CIPA DC-008 §4.6.5): afterwards the picture is upright. */
function turn(picture: ImageData, orientation: number): ImageData {
  if (orientation <= 1 || orientation > 8) return picture;
  const { width, height } = picture;
  const isSideways = orientation >= 5;
  const turned = new ImageData(isSideways ? height : width, isSideways ? width : height);
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset, width * height);
  const to = new Uint32Array(turned.data.buffer);
  const isMirroredX = [2, 3, 7, 8].includes(orientation);
  const isMirroredY = [3, 4, 6, 7].includes(orientation);
  let at = 0;
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const [column, row] = isSideways ? [y, x] : [x, y];
      const sourceX = isMirroredX ? width - 1 - column : column;
      const sourceY = isMirroredY ? height - 1 - row : row;
      to[at++] = from[sourceY * width + sourceX] ?? 0;
    }
  }
  return turned;
}
