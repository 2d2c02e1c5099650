/** The styles and scripts that pages name: carried inside the program, served under names that change with their bytes. @module */
import { createHash } from "node:crypto";
import style from "./assets/style.css" with { type: "text" };
import { accentStyle } from "./accent.ts";

/** A file as it is served. */
export type Asset = Readonly<{ type: string; text: string }>;

const CSS = "text/css; charset=utf-8";
const STYLES_MAX = 8;

/** Every asset but the readers' stylesheet by its name, `<name>-<hash>.<ending>`. */
export const ASSETS: Map<string, Asset> = new Map();

// The readers' stylesheet begins with the owner's accent colour, so it is made once for each colour.
const styles = new Map<string, { name: string; asset: Asset }>();

/** Adds an asset; answers the path that pages name. `name` is `<name>.<css or js>`. */
export function addAsset(name: string, text: string): string {
  const dot = name.lastIndexOf(".");
  const served = `${name.slice(0, dot)}-${hashText(text)}${name.slice(dot)}`;
  const type = name.endsWith(".css") ? CSS : "text/javascript; charset=utf-8";
  ASSETS.set(served, { type, text });
  return `/assets/${served}`;
}

/** The path of the readers' stylesheet with this accent colour. */
export function styleUrl(accent: string): string {
  return `/assets/${findStyle(accent).name}`;
}

/** The readers' stylesheet with this accent colour. */
export function findStyle(accent: string): { name: string; asset: Asset } {
  const known = styles.get(accent);
  if (known !== undefined) return known;
  const text = accentStyle(accent) + style;
  const made = { name: `style-${hashText(text)}.css`, asset: { type: CSS, text } };
  if (styles.size >= STYLES_MAX) styles.clear();
  styles.set(accent, made);
  return made;
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
