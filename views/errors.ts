/** Pages for when something is not there or went wrong; they look like the site. @module */
import type { TakedownReason } from "../storage/takedowns.ts";
import { Banner } from "./banners.ts";
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { SearchForm } from "./search.ts";
import { REASONS } from "./takedown_words.ts";
import { safeUrl } from "./text.ts";
import { formatDate, isoTime } from "./time.ts";

/** Nothing is at this address. */
export function NotFoundPage({ site }: { site: Site }): Markup {
  const page = html`
    <div class="page">
      <h1 class="page-title">There is nothing here</h1>
      <p>The address may have a typing mistake, or what stood here moved. Look for it by its words:</p>
      ${SearchForm({
        site,
        query: "",
        label: `Search in everything by ${site.name || "this author"}`,
      })}
      <p><a href=${`${site.base}/`}>To the newest posts</a></p>
    </div>
  `;
  return Layout({ site, title: "Nothing here", children: page, isIndexed: false });
}

/** What stood here was taken back by its author. */
export function WithdrawnPage({ site, kind }: { site: Site; kind: "post" | "article" }): Markup {
  const page = html`
    <div class="page">
      <h1 class="page-title">Withdrawn</h1>
      ${Banner({ kind: "withdrawn", children: `${site.name} withdrew this ${kind}.` })}
      <p><a href=${`${site.base}/`}>To the newest posts</a></p>
    </div>
  `;
  return Layout({ site, title: "Withdrawn", children: page, isIndexed: false });
}

/** What stood here was taken down by the one who keeps the copy. */
export function TakenDownPage(
  { site, atMs, reason }: { site: Site; atMs: number; reason: TakedownReason },
): Markup {
  const date = html`<time datetime=${isoTime(atMs)}>${formatDate(atMs, site)}</time>`;
  const page = html`
    <div class="page">
      <h1 class="page-title">Taken down here</h1>
      ${Banner({
        kind: "withdrawn",
        children: html`
          The owner of this capsule took it down from here on ${date}. Kind of reason: ${REASONS[
            reason
          ].label}.
        `,
      })}
      <p>It may still be read where its author published it. <a href="/removed">What was taken down here</a></p>
    </div>
  `;
  return Layout({ site, title: "Taken down here", children: page, isIndexed: false });
}

/** One sentence about what is wrong and what to do. */
export function ProblemPage(
  { site, title, sentence, requestId }: {
    site: Site;
    title: string;
    sentence: string;
    requestId?: string | undefined;
  },
): Markup {
  const reference = requestId !== undefined && html`
    <p class="quiet">If you write to the owner about it, name the number <code>${requestId}</code>.</p>
  `;
  const page = html`
    <div class="page">
      <h1 class="page-title">${title}</h1>
      <p>${sentence}</p>
      ${reference}
      <p><a href="/">To the home page</a></p>
    </div>
  `;
  return Layout({ site, title, children: page, isIndexed: false });
}

/** Signing in and writing at a copy for reading: where that is done; `writtenAt` is undefined where nobody knows. */
export function ElsewherePage(
  { site, writtenAt }: { site: Site; writtenAt: string | undefined },
): Markup {
  const url = writtenAt === undefined ? undefined : safeUrl(`${writtenAt}/studio`);
  const way = url === undefined
    ? html`<p>The owner signs in where the capsule itself runs.</p>`
    : html`<p>The owner signs in at the capsule itself: <a href=${url} rel="nofollow">${writtenAt}</a></p>`;
  const page = html`
    <div class="page">
      <h1 class="page-title">This is a copy for reading</h1>
      <p>Nothing can be written here.</p>
      ${way}
      <p><a href="/">To the home page</a></p>
    </div>
  `;
  return Layout({ site, title: "A copy for reading", children: page, isIndexed: false });
}

/** Before set-up is done. */
export function NotSetUpPage({ site }: { site: Site }): Markup {
  return html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Not set up yet</title>
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <link rel="stylesheet" href=${site.styleUrl} />
      </head>
      <body>
        <main id="main">
          <div class="page">
            <h1 class="page-title">Not set up yet</h1>
            <p>
              This capsule has no author yet. If it is yours, open the link that the program printed when it
              started. Is the link lost? Start the program again: it prints another.
            </p>
          </div>
        </main>
      </body>
    </html>
  `;
}
