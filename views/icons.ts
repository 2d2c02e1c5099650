/** The few icons: drawn with one stroke in the colour of the words beside them. @module */
import { html, type Markup } from "./html.ts";

const PATHS = {
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5 20 20",
  feed: "M5 11a8 8 0 0 1 8 8M5 5a14 14 0 0 1 14 14M6 17.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1Z",
  pin: "M9 4h6l-1 6 3 3H7l3-3-1-6ZM12 13v7",
  corrected: "M4 20l1-4L16 5l3 3L8 19l-4 1ZM14 7l3 3",
  withdrawn: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.5 6.5l11 11",
  warning: "M12 4 3 19.5h18L12 4ZM12 10v4.5M12 17v.3",
  information: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 11v5M12 8v.3",
  check: "M5 12.5 10 17.5 19.5 7",
  older: "M5 12h14M13 6l6 6-6 6",
  newer: "M19 12H5M11 6l-6 6 6 6",
  reply: "M10 6 4 12l6 6M4 12h9a7 7 0 0 1 7 7",
  quote: "M5 17V9h5v5l-2 3M14 17V9h5v5l-2 3",
  mirror: "M9 9h10v10H9ZM5 15V5h10",
  write: "M4 20h16M5 16 16 5l3 3L8 19l-3 0Z",
} as const;

/** The names of the icons there are. */
export type IconName = keyof typeof PATHS;

/** An icon beside words; the words carry the meaning, so programs that read aloud skip it. */
export function Icon({ name }: { name: IconName }): Markup {
  return html`
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d=${PATHS[name]} />
    </svg>
  `;
}
