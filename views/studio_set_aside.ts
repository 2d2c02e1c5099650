/** What is kept unshown for 30 days: entries beyond a newer cut. @module */
import type { SetAside } from "../storage/mirror_gaps.ts";
import { countOf } from "./ages.ts";
import { html, type Markup } from "./html.ts";
import type { Frame } from "./studio.ts";
import { PeoplePage } from "./studio_people.ts";

/** The page at `/studio/mesh/set-aside`. */
export function SetAsidePage(
  { frame, lines }: Readonly<{ frame: Frame; lines: readonly SetAside[] }>,
): Markup {
  const items = lines.map(({ id, name, entries, daysLeft }) =>
    html`
      <li>
        <a class="line-title person" href=${`/studio/mesh/${id}`} dir="auto">${name ||
          `${id.slice(0, 12)}…`}</a>
        <span class="line-meta">
          ${countOf(entries, "entry", "entries")}, erased in ${countOf(
            daysLeft,
            "day",
          )} on which this
          capsule runs
        </span>
      </li>
    `
  );
  return PeoplePage({
    frame,
    title: "Set aside",
    path: "/studio/mesh",
    children: html`
      <section>
        <h1>Set aside</h1>
        <p class="intro">
          When somebody takes their capsule up again with the recovery phrase, or changes their key, what
          was signed with the former key beyond that point does not count any more. It is not shown and
          not passed on, and erased after 30 days.
        </p>
        ${items.length === 0
          ? html`<p class="empty">Nothing is set aside.</p>`
          : html`<ul class="lines bare">${items}</ul>`}
      </section>
    `,
  });
}
