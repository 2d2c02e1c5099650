/** Faces of people: their portrait where it is here, else the first letter of their name. @module */
import type { Picture } from "../storage/pieces.ts";
import { html, type Markup } from "./html.ts";
import { Portrait } from "./pictures.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** The first letter of a name, where there is no portrait; the name beside it says who. */
export function Initial({ name }: { name: string }): Markup {
  const letter = Array.from(name)[0] ?? "?";
  return html`
    <span class="portrait initial" aria-hidden="true">${letter.toUpperCase()}</span>
  `;
}

/** A portrait that is here, or the first letter. */
export function Face(
  { picture, name }: Readonly<{ picture: Picture | undefined; name: string }>,
): Markup {
  return Portrait({ site: { picture, missing: NOTHING }, size: 40 }) ?? Initial({ name });
}
