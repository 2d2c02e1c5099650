import assert from "node:assert/strict";
import decodeJpeg, { init as initJpegDecoder } from "@jsquash/jpeg/decode.js";
import fc from "fast-check";
import { joinBytes } from "../../content/picture_bytes.ts";
// @ts-types="../../content/picture_codecs.d.ts"
import { codecs } from "../../content/picture_codecs.js";
import { shrinkPixels } from "../../content/picture_pixels.ts";
import { preparePicture, sniffPicture, stripPicture } from "../../content/pictures.ts";
import {
  addJpegMetadata,
  addPngMetadata,
  addWebpMetadata,
  makeAvif,
  makeChunk,
  makeGif,
  makeJpeg,
  makePng,
  makeWebp,
  SECRET,
  text,
} from "./picture_samples.ts";

const samples = {
  jpeg: addJpegMetadata(await makeJpeg(), 1),
  png: addPngMetadata(await makePng(), 1),
  webp: addWebpMetadata(await makeWebp(), 64, 32),
  gif: makeGif(),
  avif: makeAvif(),
};

const latin = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

async function prepared(bytes: Uint8Array) {
  const result = await preparePicture(bytes);
  assert.ok(!("problem" in result), "problem" in result ? result.problem : "");
  return result;
}

async function problemOf(bytes: Uint8Array): Promise<string> {
  const result = await preparePicture(bytes);
  assert.ok("problem" in result, "expected a problem");
  return result.problem;
}

Deno.test("the bytes say what a picture is", () => {
  const expected = {
    jpeg: { type: "image/jpeg", width: 64, height: 32, orientation: 1, isAnimated: false },
    png: { type: "image/png", width: 64, height: 32, orientation: 1, isAnimated: false },
    webp: { type: "image/webp", width: 64, height: 32, orientation: 1, isAnimated: false },
    gif: { type: "image/gif", width: 1, height: 1, orientation: 1, isAnimated: true },
    avif: { type: "image/avif", width: 40, height: 30, orientation: 1, isAnimated: false },
  };
  for (const [name, bytes] of Object.entries(samples)) {
    assert.deepEqual(sniffPicture(bytes), expected[name as keyof typeof expected], name);
  }
  assert.equal(sniffPicture(text("<svg xmlns='http://www.w3.org/2000/svg'/>")), undefined);
  assert.equal(sniffPicture(new Uint8Array()), undefined);
});

Deno.test("place, camera, comments and what follows the end are gone, the picture is not encoded anew", async () => {
  for (const [name, bytes] of Object.entries(samples)) {
    assert.ok(latin(bytes).includes(SECRET), name);
    const { bytes: clean } = await prepared(bytes);
    assert.ok(!latin(clean).includes(SECRET), name);
    assert.ok(!/GPS|xap|rdf\+xml.*SECRET/.test(latin(clean)), name);
    assert.deepEqual(sniffPicture(clean), sniffPicture(bytes), name);
    assert.deepEqual(stripPicture(clean), clean, `${name}: cleaning twice`);
  }
  const plain = await makePng();
  assert.deepEqual(stripPicture(plain), plain);
});

Deno.test("colours and loops stay", async () => {
  assert.ok(latin((await prepared(samples.jpeg)).bytes).includes("ICC_PROFILE"));
  assert.ok(latin((await prepared(samples.png)).bytes).includes("gAMA"));
  assert.ok(latin((await prepared(samples.gif)).bytes).includes("NETSCAPE2.0"));
  assert.ok(latin((await prepared(samples.avif)).bytes).includes("PICTURE-DATA"));
});

Deno.test("the flags of a cleaned WebP promise nothing that is gone", async () => {
  const { bytes } = await prepared(samples.webp);
  assert.equal(bytes[20], 0);
  assert.equal(new DataView(bytes.buffer).getUint32(4, true), bytes.length - 8);
});

Deno.test("a picture that lies on its side stands upright afterwards", async () => {
  await initJpegDecoder(codecs.jpegDecoder);
  // Where the green corner of the sample is after each orientation: x and y as parts of the whole.
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [1, 1], [0, 1]] as const;
  for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
    const picture = await prepared(addJpegMetadata(await makeJpeg(64, 32), orientation));
    const [width, height] = orientation >= 5 ? [32, 64] : [64, 32];
    assert.deepEqual([picture.width, picture.height], [width, height]);
    assert.ok(latin(picture.bytes).includes("ICC_PROFILE"), "the colour profile stays");
    const { data } = await decodeJpeg(picture.bytes.buffer);
    const [right, bottom] = corners[orientation - 1] ?? [0, 0];
    const x = right ? width - 3 : 2;
    const y = bottom ? height - 3 : 2;
    const [red = 0, green = 0, blue = 0] = data.slice((y * width + x) * 4);
    assert.ok(green > 200 && red < 80 && blue < 80, `${orientation}: ${red} ${green} ${blue}`);
  }
});

Deno.test("a large picture is made smaller, whatever its kind", async () => {
  for (
    const bytes of [
      await makeJpeg(2_600, 400),
      await makePng(400, 2_600),
      await makeWebp(2_600, 400),
    ]
  ) {
    const header = sniffPicture(bytes);
    const { type, width, height, bytes: small } = await prepared(bytes);
    assert.equal(type, header?.type);
    assert.equal(Math.max(width, height), 2_048);
    assert.equal(Math.min(width, height), 315);
    assert.deepEqual(sniffPicture(small), {
      type,
      width,
      height,
      orientation: 1,
      isAnimated: false,
    });
  }
});

Deno.test("more than 50 million pixels are refused by the header alone", async () => {
  const bomb = new Uint8Array(samples.png);
  new DataView(bomb.buffer).setUint32(16, 100_000);
  new DataView(bomb.buffer).setUint32(20, 100_000);
  assert.match(await problemOf(bomb), /100000 × 100000 pixels, at most 50 million/);
});

Deno.test("a header that promises more than there is makes a problem, not a wait", async () => {
  const liar = new Uint8Array(samples.png);
  new DataView(liar.buffer).setUint32(16, 5_000);
  new DataView(liar.buffer).setUint32(20, 5_000);
  assert.match(await problemOf(liar), /incomplete or damaged/);
});

Deno.test("animated pictures and AVIF are not made smaller but refused when too large", async () => {
  assert.match(await problemOf(makeGif(3_000, 10)), /animated.*3000 × 10/);
  assert.match(await problemOf(makeAvif(3_000, 10)), /AVIF.*save it as JPEG/);
});

Deno.test("what is no picture is told so in a sentence", async () => {
  assert.match(await problemOf(new Uint8Array()), /empty/);
  assert.match(await problemOf(text("hello")), /JPEG, PNG/);
  assert.match(await problemOf(text("\0\0\0\x18ftypheic\0\0\0\0heicmif1")), /HEIC/);
  assert.match(await problemOf(new Uint8Array(65 * 1024 * 1024)), /64 MB/);
});

Deno.test("a picture cut short anywhere is a problem or still whole, never a throw", async () => {
  for (const [name, bytes] of Object.entries(samples)) {
    for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 60)) {
      const result = await preparePicture(bytes.slice(0, length));
      if ("problem" in result) continue;
      assert.ok(!latin(result.bytes).includes(SECRET), `${name} ${length}`);
    }
  }
});

Deno.test("flipped bytes never throw or hang", () => {
  const sources = Object.values(samples);
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.array(fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 })), {
        minLength: 1,
        maxLength: 6,
      }),
      (source, flips) => {
        const bytes = new Uint8Array(source);
        for (const [at, value] of flips) bytes[at % bytes.length] = value;
        sniffPicture(bytes);
        stripPicture(bytes);
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("a PNG that needs an unknown chunk is refused", async () => {
  const png = await makePng();
  const bytes = joinBytes([
    png.subarray(0, 33),
    makeChunk("ABCD", new Uint8Array(3)),
    png.subarray(33),
  ]);
  assert.match(await problemOf(bytes), /incomplete or damaged/);
});

Deno.test("pictures wait their turn, and not without end", async () => {
  const large = await makeJpeg(2_100, 50);
  const results = await Promise.all(Array.from({ length: 20 }, () => preparePicture(large)));
  const refused = results.filter((result) => "problem" in result);
  assert.equal(refused.length, 4);
  assert.ok(refused.every((result) => "problem" in result && /try again/.test(result.problem)));
  await prepared(large);
});

Deno.test("a smaller picture has the mean of what each pixel covers, by opacity", () => {
  const pixels = new ImageData(3, 2);
  // Two rows: opaque red, clear green, opaque blue.
  pixels.data.set([
    255,
    0,
    0,
    255,
    0,
    255,
    0,
    0,
    0,
    0,
    255,
    255,
    255,
    0,
    0,
    255,
    0,
    255,
    0,
    0,
    0,
    0,
    255,
    255,
  ]);
  assert.deepEqual([...shrinkPixels(pixels, 1, 1).data], [128, 0, 128, 170]);
  assert.deepEqual([...shrinkPixels(pixels, 3, 1).data.slice(0, 8)], [255, 0, 0, 255, 0, 0, 0, 0]);
  for (const [width, height] of [[2, 2], [3, 1], [1, 2]] as const) {
    const grey = new ImageData(new Uint8ClampedArray(3 * 2 * 4).fill(200), 3, 2);
    assert.ok(shrinkPixels(grey, width, height).data.every((value) => value === 200));
  }
});
