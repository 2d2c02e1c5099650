/** Pictures for tests: small landscapes, drawn by the browser itself. @module */
import type { Browser } from "playwright-core";

/** A picture as a file would hold it. */
export type SamplePicture = Readonly<{ bytes: Uint8Array; description: string }>;

const SCENES = [
  { sky: "#f6d7b0", sun: "#f08a4b", far: "#b98b82", near: "#5b4a5e", words: "Hills at dusk" },
  {
    sky: "#cfe3ee",
    sun: "#fdf6e3",
    far: "#8fb3c4",
    near: "#2f5d6e",
    words: "A river valley at noon",
  },
  {
    sky: "#1d2b4a",
    sun: "#e8e6d9",
    far: "#31456e",
    near: "#0e1626",
    words: "Mountains by moonlight",
  },
  { sky: "#e9efd6", sun: "#f2c14e", far: "#a3b18a", near: "#3a5a40", words: "Meadows in spring" },
  {
    sky: "#f3d9dc",
    sun: "#d4526e",
    far: "#c08497",
    near: "#5c374c",
    words: "The sea wall in winter",
  },
  {
    sky: "#e6e2dd",
    sun: "#c9ada7",
    far: "#9a8c98",
    near: "#22223b",
    words: "Fog over the estuary",
  },
  {
    sky: "#fbe8c8",
    sun: "#e07a5f",
    far: "#81b29a",
    near: "#3d405b",
    words: "The delta from the dyke",
  },
  {
    sky: "#d7e9f7",
    sun: "#ffffff",
    far: "#a9c6de",
    near: "#48658a",
    words: "Snow on the far bank",
  },
] as const;

const SIZES = [[1600, 1000], [1200, 1500], [1600, 900], [1200, 1200]] as const;

function draw(scene: typeof SCENES[number], width: number, height: number): string {
  const ridge = (base: number, swing: number, waves: number): string => {
    const points = Array.from({ length: 41 }, (_, i) => {
      const x = i / 40;
      const y = base + swing * (Math.sin(x * waves) + 0.4 * Math.sin(x * waves * 2.7 + 1));
      return `${(x * width).toFixed(0)},${(y * height).toFixed(0)}`;
    });
    return `0,${height} ${points.join(" ")} ${width},${height}`;
  };
  return `<!doctype html><body style="margin:0"><svg width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="${scene.sky}"/>` +
    `<circle cx="${width * 0.68}" cy="${height * 0.36}" r="${
      height * 0.09
    }" fill="${scene.sun}"/>` +
    `<polygon points="${ridge(0.55, 0.06, 7)}" fill="${scene.far}"/>` +
    `<polygon points="${ridge(0.74, 0.05, 4)}" fill="${scene.near}"/></svg>`;
}

/** Draws the first `count` landscapes, at most eight, as JPEG. */
export async function drawPictures(browser: Browser, count: number): Promise<SamplePicture[]> {
  const page = await browser.newPage();
  const pictures: SamplePicture[] = [];
  for (const [i, scene] of SCENES.slice(0, count).entries()) {
    const [width, height] = SIZES[i % SIZES.length] ?? SIZES[0];
    await page.setViewportSize({ width, height });
    await page.setContent(draw(scene, width, height));
    const bytes = new Uint8Array(await page.screenshot({ type: "jpeg", quality: 70 }));
    pictures.push({ bytes, description: scene.words });
  }
  await page.close();
  return pictures;
}
