/** The owner's accent colour, moved until it can be read on paper in both schemes. @module */

/** The surfaces that the accent stands on, light and dark: paper, and the tint behind code and banners. */
export const PAPERS = {
  light: ["#fcfaf6", "#f3f0e8"],
  dark: ["#181715", "#23211e"],
} as const;

/** The accent of a capsule whose owner has not picked one. */
export const DEFAULT_ACCENT = "#8a3324";

/** The contrast that text needs by WCAG 2.2, 1.4.3. */
export const CONTRAST_MIN = 4.5;

type Triple = readonly [number, number, number];

const STEP = 0.005;

/** The accent for light and for dark paper; each reaches 4.5:1 on its papers, and paper on it does too. */
export function fitAccent(picked: string): { light: string; dark: string } {
  const colour = isColour(picked) ? picked.toLowerCase() : DEFAULT_ACCENT;
  return {
    light: moveUntilReadable(colour, PAPERS.light, -STEP),
    dark: moveUntilReadable(colour, PAPERS.dark, STEP),
  };
}

/** Says whether text is a colour as `#rrggbb`. */
export function isColour(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** The contrast of two colours by WCAG 2.2, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** The rules of the stylesheet that set the accent. */
export function accentStyle(picked: string): string {
  const { light, dark } = fitAccent(picked);
  return `:root{--accent:${light}}@media (prefers-color-scheme:dark){:root{--accent:${dark}}}@media print{:root{--accent:${light}}}\n`;
}

function moveUntilReadable(colour: string, papers: readonly string[], step: number): string {
  const [start, chroma, hue] = toOklch(colour);
  let moved = colour;
  for (let lightness = start; lightness >= 0 && lightness <= 1; lightness += step) {
    if (papers.every((paper) => contrast(moved, paper) >= CONTRAST_MIN)) return moved;
    moved = fromOklch([lightness + step, chroma, hue]);
  }
  return step < 0 ? "#000000" : "#ffffff";
}

function luminance(colour: string): number {
  const [r, g, b] = toLinear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function toLinear(colour: string): Triple {
  const channel = (from: number) => {
    const value = parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

// The matrices are those of OKLab (Björn Ottosson, 2020): lightness moves there without changing the hue that people see.
function toOklch(colour: string): Triple {
  const [r, g, b] = toLinear(colour);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const x = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const y = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  return [lightness, Math.hypot(x, y), Math.atan2(y, x)];
}

/** The nearest colour that a screen shows: chroma gives way before lightness does. */
function fromOklch([lightness, chroma, hue]: Triple): string {
  for (let reduced = chroma; reduced > 0.001; reduced -= 0.004) {
    const channels = toChannels([lightness, reduced, hue]);
    if (channels.every((value) => value > -0.0005 && value < 1.0005)) return toHex(channels);
  }
  return toHex(toChannels([lightness, 0, 0]));
}

function toChannels([lightness, chroma, hue]: Triple): Triple {
  const x = chroma * Math.cos(hue);
  const y = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * x + 0.2158037573 * y) ** 3;
  const m = (lightness - 0.1055613458 * x - 0.0638541728 * y) ** 3;
  const s = (lightness - 0.0894841775 * x - 1.291485548 * y) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toHex(channels: Triple): string {
  const digits = channels.map((linear) => {
    const value = Math.min(1, Math.max(0, linear));
    const encoded = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255).toString(16).padStart(2, "0");
  });
  return `#${digits.join("")}`;
}
