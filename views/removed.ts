/** What was taken down here, for anybody: when and for what kind of reason, never what it was. @module */
import type { Takedown } from "../storage/takedowns.ts";
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { type Paging, pagingHead, PagingLinks } from "./paging.ts";
import { REASONS, REMOVED_THINGS } from "./takedown_words.ts";
import { formatDate, isoTime } from "./time.ts";

/** One takedown as the public may know it. */
export type Removal = Readonly<Pick<Takedown, "kind" | "reason" | "atMs">>;

/** The page at `/removed`. */
export function RemovedPage(
  { site, removals, paging }: Readonly<{
    site: Site;
    removals: readonly Removal[];
    paging: Paging;
  }>,
): Markup {
  const lines = removals.map(({ kind, reason, atMs }) =>
    html`
      <tr>
        <td><time datetime=${isoTime(atMs).slice(0, 10)}>${formatDate(atMs, site)}</time></td>
        <td>${REMOVED_THINGS[kind]}</td>
        <td>${REASONS[reason].label}</td>
      </tr>
    `
  );
  const list = removals.length === 0
    ? html`<p class="empty">Nothing has been taken down.</p>`
    : html`
      <div class="table" tabindex="0" role="region" aria-label="What was taken down">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>${lines}</tbody>
        </table>
      </div>
    `;
  return Layout({
    site,
    title: "Taken down here",
    description: `What ${site.name} took down from the copies kept here, and why.`,
    canonical: "/removed",
    lang: "en",
    head: pagingHead(paging),
    children: html`
      <div class="page">
        <header class="page-title">
          <h1>Taken down here</h1>
        </header>
        <p>
          This capsule keeps copies of what other people publish. Its owner, ${site
            .name}, can take something down from these copies; the author’s own pages, and copies elsewhere,
          are not touched by it. Each takedown stands here with its date and the kind of reason.
        </p>
        ${list} ${PagingLinks(paging)}
      </div>
    `,
  });
}
