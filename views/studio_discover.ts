/** People followed by those one follows: found in what is held already, so that looking asks nobody. @module */
import type { Suggestion } from "../storage/suggestions.ts";
import { countOf } from "./ages.ts";
import { html, type Markup } from "./html.ts";
import { type Paging, PagingLinks } from "./paging.ts";
import type { Frame } from "./studio.ts";
import { Hidden } from "./studio_fields.ts";
import { EmptyState, PeoplePage } from "./studio_people.ts";

type Props = Readonly<{
  frame: Frame;
  suggestions: readonly Suggestion[];
  paging: Paging;
}>;

/** The page at `/studio/discover`. */
export function DiscoverPage({ frame, suggestions, paging }: Props): Markup {
  const list = suggestions.length === 0
    ? EmptyState({
      children:
        "Nobody yet. Here stand those whom the people you follow follow, as soon as you follow somebody.",
      action: { url: "/studio/follow", verb: "Follow somebody" },
    })
    : html`
      <div>
        <p class="help">
          Found in your own copies: to show this, nobody was asked. An address is what somebody else
          says; it is checked when you follow.
        </p>
        <ul class="lines bare">${suggestions.map((one) => SuggestionLine({ suggestion: one }))}</ul>
        ${PagingLinks(paging)}
      </div>
    `;
  return PeoplePage({
    frame,
    title: "Discover",
    path: "/studio/discover",
    children: html`
      <section>
        <h1>Followed by people you follow</h1>
        ${list}
      </section>
    `,
  });
}

function SuggestionLine({ suggestion }: { suggestion: Suggestion }): Markup {
  const { id, address, followers, names } = suggestion;
  const host = URL.parse(address)?.host ?? "";
  const name = host || `${id.slice(0, 14)}…`;
  return html`
    <li class="suggestion">
      <div>
        <span class="line-title person" dir="auto">${name}</span>
        <span class="line-meta">Followed by ${describeFollowers(names, followers)}</span>
      </div>
      <form method="post" action="/studio/follow">
        ${Hidden({ name: "target", value: id })} ${Hidden({ name: "from", value: address })}
        <button type="submit">Follow<span class="visually-hidden">: ${name}</span></button>
      </form>
    </li>
  `;
}

/** "Ada and Ben", "Ada, Ben, Cleo and 4 others"; without names their number. */
function describeFollowers(names: readonly string[], followers: number): string {
  if (names.length === 0) return countOf(followers, "person you follow", "people you follow");
  const others = followers - names.length;
  const all = others > 0
    ? [...names, others === 1 ? "one other" : `${others.toLocaleString("en")} others`]
    : names;
  const last = all.at(-1) ?? "";
  return all.length === 1 ? last : `${all.slice(0, -1).join(", ")} and ${last}`;
}
