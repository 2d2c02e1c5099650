/** What came of a list: feeds are followed at once, capsules one by one. @module */
import type { ImportedOpml } from "../mesh/opml.ts";
import { countOf } from "./ages.ts";
import { html, type Markup } from "./html.ts";
import type { Frame } from "./studio.ts";
import { Hidden } from "./studio_fields.ts";
import { PeoplePage } from "./studio_people.ts";

const REFUSED_SHOWN = 20;

/** The page after a list was read. */
export function ListReadPage(
  { frame, read }: Readonly<{ frame: Frame; read: ImportedOpml }>,
): Markup {
  const { added, known, refused, capsules } = read;
  const lines = capsules.map(({ id, address, name }) =>
    html`
      <li class="suggestion">
        <div>
          <span class="line-title person" dir="auto">${name || address}</span>
          <span class="line-meta">${URL.parse(address)?.host}</span>
        </div>
        <form method="post" action="/studio/follow" target="_blank">
          ${Hidden({ name: "target", value: id })} ${Hidden({ name: "from", value: address })}
          <button type="submit">
            Follow<span class="visually-hidden">: ${name || address}, in a new window</span>
          </button>
        </form>
      </li>
    `
  );
  return PeoplePage({
    frame,
    title: "The list is read",
    path: "/studio/follow",
    children: html`
      <div>
        <h1>The list is read</h1>
        <p class="intro">
          ${countOf(added, "feed is", "feeds are")} followed from now on${known > 0 &&
            `, ${known.toLocaleString("en")} were already`}. Their items come within minutes.
        </p>
        ${lines.length > 0 && html`
          <section>
            <h2>Capsules in it <span class="count">${lines.length}</span></h2>
            <p class="help">
              Following a capsule is signed and keeps a copy of everything in it, so each is your own
              decision. It opens in a new window, so that this list stays.
            </p>
            <ul class="lines bare">${lines}</ul>
          </section>
        `} ${refused.length > 0 && html`
          <section>
            <h2>Not followed <span class="count">${refused.length}</span></h2>
            <p class="help">Their addresses cannot be used, or there are too many.</p>
            <ul class="plain-list">
              ${refused.slice(0, REFUSED_SHOWN).map((url) => html`<li class="id">${url}</li>`)}
            </ul>
          </section>
        `}
        <p class="actions"><a class="button" href="/studio/mesh">Everybody you follow</a></p>
      </div>
    `,
  });
}
