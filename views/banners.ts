/** Honest banners: one quiet line with an icon and plain words, the same everywhere. @module */
import { type Content, html, type Markup } from "./html.ts";
import { Icon, type IconName } from "./icons.ts";

const ICONS = {
  corrected: "corrected",
  withdrawn: "withdrawn",
  damaged: "warning",
  information: "information",
} as const satisfies Record<string, IconName>;

/** What banners speak of. */
export type BannerKind = keyof typeof ICONS;

/** One line about the state of what stands below it. */
export function Banner({ kind, children }: { kind: BannerKind; children: Content }): Markup {
  return html`
    <p class=${`banner ${kind}`}>${Icon({ name: ICONS[kind] })}<span>${children}</span></p>
  `;
}
