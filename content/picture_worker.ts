/// <reference lib="deno.worker" />
// Decodes, turns, makes smaller and encodes one picture. Lives for that one: its end gives the memory back.
import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import encodeJpeg, { init as initJpegEncoder } from "@jsquash/jpeg/encode.js";
import decodePng, { init as initPngDecoder } from "@jsquash/png/decode.js";
import encodePng, { init as initPngEncoder } from "@jsquash/png/encode.js";
import decodeWebp, { init as initWebpDecoder } from "@jsquash/webp/decode.js";
import encodeWebp, { init as initWebpEncoder } from "@jsquash/webp/encode.js";
import type { PictureType } from "./picture_bytes.ts";
// @ts-types="./picture_codecs.d.ts"
import { codecs } from "./picture_codecs.js";
import { shrinkPixels, turnPixels } from "./picture_pixels.ts";

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
  const upright = turnPixels(shrinkPixels(picture, width, height), orientation);
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
