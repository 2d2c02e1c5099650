/** The studio's stylesheet and islands, served beside the readers' stylesheet. @module */
import { addAsset } from "./assets.ts";
import autosave from "./assets/islands/autosave.js" with { type: "text" };
import contrast from "./assets/islands/contrast.js" with { type: "text" };
import counter from "./assets/islands/counter.js" with { type: "text" };
import keys from "./assets/islands/keys.js" with { type: "text" };
import pictures from "./assets/islands/pictures.js" with { type: "text" };
import preview from "./assets/islands/preview.js" with { type: "text" };
import timeZone from "./assets/islands/time_zone.js" with { type: "text" };
import style from "./assets/studio.css" with { type: "text" };
import type { Island } from "./studio.ts";

/** The path of the studio's stylesheet. */
export const STUDIO_STYLE_URL = addAsset("studio.css", style);

/** The path of each island's script. */
export const ISLAND_URLS: Readonly<Record<Island, string>> = {
  autosave: addAsset("autosave.js", autosave),
  contrast: addAsset("contrast.js", contrast),
  counter: addAsset("counter.js", counter),
  keys: addAsset("keys.js", keys),
  pictures: addAsset("pictures.js", pictures),
  preview: addAsset("preview.js", preview),
  timeZone: addAsset("time_zone.js", timeZone),
};
