// Small pictures made here: encoded, then given what cameras and programs write into them.
import encodeJpeg, { init as initJpeg } from "@jsquash/jpeg/encode.js";
import encodePng, { init as initPng } from "@jsquash/png/encode.js";
import encodeWebp, { init as initWebp } from "@jsquash/webp/encode.js";
import { joinBytes, viewOf } from "../../content/picture_bytes.ts";
// @ts-types="../../content/picture_codecs.d.ts"
import { codecs } from "../../content/picture_codecs.js";

export const SECRET = "SECRET-PLACE";

await initJpeg(codecs.jpegEncoder);
await initPng(codecs.png);
await initWebp(codecs.webpEncoder);

/** Red on the left, blue on the right; the top row of the left is green. */
export function makePixels(width: number, height: number): ImageData {
  const pixels = new ImageData(width, height);
  const colours = new Uint32Array(pixels.data.buffer);
  for (let at = 0; at < colours.length; at++) {
    const isLeft = at % width < width / 2;
    colours[at] = isLeft ? (at < colours.length / 4 ? 0xff00ff00 : 0xff0000ff) : 0xffff0000;
  }
  return pixels;
}

export async function makeJpeg(width = 64, height = 32): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await encodeJpeg(makePixels(width, height), { quality: 90 }));
}

export async function makePng(width = 64, height = 32): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await encodePng(makePixels(width, height)));
}

export async function makeWebp(width = 64, height = 32): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await encodeWebp(makePixels(width, height)));
}

/** A TIFF block as cameras write it: an orientation, and a place behind it. */
export function makeExif(orientation: number): Uint8Array<ArrayBuffer> {
  const tiff = new Uint8Array(26);
  tiff.set([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation]);
  return joinBytes([tiff, text(`GPS ${SECRET}`)]);
}

/** With EXIF, XMP, a comment, a profile behind the first marker, and more behind the end. */
export function addJpegMetadata(jpeg: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  const segment = (marker: number, content: Uint8Array) =>
    joinBytes([
      Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255),
      content,
    ]);
  return joinBytes([
    jpeg.subarray(0, 2),
    segment(0xe1, joinBytes([text("Exif\0\0"), makeExif(orientation)])),
    segment(0xe1, text(`http://ns.adobe.com/xap/1.0/\0<x>${SECRET}</x>`)),
    segment(0xe2, text(`ICC_PROFILE\0\x01\x01PROFILE`)),
    segment(0xe2, text(`MPF\0${SECRET}`)),
    segment(0xed, text(`Photoshop 3.0\0${SECRET}`)),
    segment(0xfe, text(SECRET)),
    jpeg.subarray(2),
    text(SECRET),
  ]);
}

export function addPngMetadata(png: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
  return joinBytes([
    png.subarray(0, 33),
    makeChunk("tEXt", text(`Comment\0${SECRET}`)),
    makeChunk("iTXt", text(`XML:com.adobe.xmp\0\0\0\0\0${SECRET}`)),
    makeChunk("eXIf", makeExif(orientation)),
    makeChunk("gAMA", Uint8Array.of(0, 0, 0xb1, 0x8f)),
    png.subarray(33),
    text(SECRET),
  ]);
}

/** A chunk of a PNG; the check sum is left at zero, which readers of ancillary chunks pass over. */
export function makeChunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = joinBytes([new Uint8Array(4), text(type), content, new Uint8Array(4)]);
  viewOf(chunk).setUint32(0, content.length);
  return chunk;
}

/** The extended form around a simple WebP, with EXIF and XMP. */
export function addWebpMetadata(
  webp: Uint8Array,
  width: number,
  height: number,
  orientation = 1,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(10);
  header[0] = 0x0c;
  header.set([(width - 1) & 255, (width - 1) >> 8, 0], 4);
  header.set([(height - 1) & 255, (height - 1) >> 8, 0], 7);
  const whole = joinBytes([
    text("RIFF\0\0\0\0WEBP"),
    makeRiff("VP8X", header),
    webp.subarray(12),
    makeRiff("EXIF", makeExif(orientation)),
    makeRiff("XMP ", text(`<x>${SECRET}</x>`)),
  ]);
  viewOf(whole).setUint32(4, whole.length - 8, true);
  return whole;
}

function makeRiff(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = joinBytes([
    text(type),
    new Uint8Array(4),
    content,
    new Uint8Array(content.length % 2),
  ]);
  viewOf(chunk).setUint32(4, content.length, true);
  return chunk;
}

/** Two frames of one pixel, a loop, a comment and an extension of a program. */
export function makeGif(width = 1, height = 1): Uint8Array<ArrayBuffer> {
  const frame = Uint8Array.of(0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0);
  const block = (content: string) => joinBytes([Uint8Array.of(content.length), text(content)]);
  return joinBytes([
    text("GIF89a"),
    Uint8Array.of(width & 255, width >> 8, height & 255, height >> 8, 0x80, 0, 0),
    Uint8Array.of(0, 0, 0, 255, 255, 255),
    Uint8Array.of(0x21, 0xff),
    block("NETSCAPE2.0"),
    Uint8Array.of(3, 1, 0, 0, 0),
    Uint8Array.of(0x21, 0xfe),
    block(SECRET),
    Uint8Array.of(0, 0x21, 0xff),
    block("XMP DataXMP"),
    block(SECRET),
    Uint8Array.of(0),
    frame,
    frame,
    Uint8Array.of(0x3b),
  ]);
}

/** Boxes of an AVIF whose picture data is made up; one item is EXIF, one is XMP. */
export function makeAvif(width = 40, height = 30): Uint8Array<ArrayBuffer> {
  const build = (start: number) => {
    const picture = text("PICTURE-DATA");
    const secret = text(SECRET);
    const place = (id: number, from: number, length: number) =>
      Uint8Array.of(0, id, 0, 0, 0, 1, ...int(from), ...int(length));
    const iloc = joinBytes([
      Uint8Array.of(0, 0, 0, 0, 0x44, 0, 0, 3),
      place(1, start, picture.length),
      place(2, start + picture.length, secret.length),
      place(3, start + picture.length + secret.length, secret.length),
    ]);
    const info = (id: number, type: string, rest = "") =>
      makeBox(
        "infe",
        joinBytes([Uint8Array.of(2, 0, 0, 0, 0, id, 0, 0), text(`${type}\0${rest}`)]),
      );
    const ispe = makeBox("ispe", Uint8Array.of(0, 0, 0, 0, ...int(width), ...int(height)));
    const meta = makeBox(
      "meta",
      joinBytes([
        new Uint8Array(4),
        makeBox("iloc", iloc),
        makeBox(
          "iinf",
          joinBytes([
            Uint8Array.of(0, 0, 0, 0, 0, 3),
            info(1, "av01"),
            info(2, "Exif"),
            info(3, "mime", "application/rdf+xml\0"),
          ]),
        ),
        makeBox("iprp", makeBox("ipco", ispe)),
      ]),
    );
    return { meta, data: makeBox("mdat", joinBytes([picture, secret, secret])) };
  };
  const start = makeBox("ftyp", text("avif\0\0\0\0avifmif1"));
  const offset = start.length + build(0).meta.length + 8;
  const { meta, data } = build(offset);
  return joinBytes([start, meta, data, makeBox("uuid", text(SECRET))]);
}

function makeBox(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes([Uint8Array.from(int(content.length + 8)), text(type), content]);
}

function int(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export function text(characters: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}
