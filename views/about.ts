/** About the author, in their own words. @module */
import { renderMarkdown } from "../content/markdown.ts";
import type { ShownFollow } from "../storage/shown_follows.ts";
import { type Content, html, type Markup, Raw } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { openGraph } from "./open_graph.ts";
import { Portrait } from "./pictures.ts";
import { proseOptions } from "./prose.ts";
import { safeUrl } from "./text.ts";
import { authorUrl, mirrorBase, relOf } from "./urls.ts";

/** The page at `/about`; `about` is Markdown, may be "". */
export function AboutPage(
  { site, about, id, pages, follows }: {
    site: Site;
    about: string;
    id: string;
    /** All own pages. */
    pages: Site["pages"];
    /** Whom the author openly follows. */
    follows: readonly ShownFollow[];
  },
): Markup {
  const rendered = renderMarkdown(about, {
    id: "about",
    ...proseOptions({ site, path: "/about", pictures: [] }),
  });
  const body = about.trim() !== "" &&
    Raw({ html: rendered.html, class: "prose p-note", dir: "auto" });
  const line = site.line !== "" && html`<p class="lead" dir="auto">${site.line}</p>`;
  const page = html`
    <article class="page article-page h-card">
      <header class="opening about-opening">
        ${Portrait({ site, size: 128 })}
        <h1 class="p-name" dir="auto">${site.name}</h1>
        ${line}
        <a class="u-url u-uid" rel=${site.mirror && relOf(site)} href=${authorUrl(
          site,
        )} hidden>${site
          .name}</a>
      </header>
      ${body} ${OwnPages({ site, pages })} ${Elsewhere({ site })}
      ${People({ site, follows })} ${Identity({ site, id })}
    </article>
  `;
  const description = site.line || `About ${site.name}.`;
  return Layout({
    site,
    title: "About",
    children: page,
    path: "/about",
    description,
    canonical: "/about",
    head: openGraph(site, {
      type: "profile",
      title: site.name,
      description,
      path: "/about",
      picture: site.picture,
    }),
  });
}

/** Where the navigation has no room for all own pages, they stand here. */
function OwnPages({ site, pages }: { site: Site; pages: Site["pages"] }): Markup | null {
  if (pages.length <= site.pages.length) return null;
  const items = pages.map(({ title, url }) =>
    html`
      <li><a href=${url} dir="auto">${title}</a></li>
    `
  );
  return html`
    <section class="elsewhere">
      <h2>Pages</h2>
      <ul class="bare">${items}</ul>
    </section>
  `;
}

function Elsewhere({ site }: { site: Site }): Markup | null {
  const items = site.links.flatMap(({ label, url }) => {
    const href = safeUrl(url);
    return href === undefined ? [] : [html`
      <li><a class="u-url" rel=${relOf(
        site,
        "me noopener",
      )} href=${href} dir="auto">${label}</a></li>
    `];
  });
  if (items.length === 0) return null;
  return html`
    <section class="elsewhere">
      <h2>Elsewhere</h2>
      <ul class="bare">${items}</ul>
    </section>
  `;
}

/** Whom the author openly follows: to the copy that is kept here, and to the original. */
function People({ site, follows }: { site: Site; follows: readonly ShownFollow[] }): Markup | null {
  if (follows.length === 0) return null;
  const items = follows.map((follow) => html`<li>${Person({ site, follow })}</li>`);
  const removed = site.mirror === undefined && html`
    <p class="quiet"><a href="/removed">What was taken down from the copies kept here</a></p>
  `;
  return html`
    <section class="elsewhere people">
      <h2>${site.name} follows</h2>
      <ul class="bare">${items}</ul>
      ${removed}
    </section>
  `;
}

function Person({ site, follow }: { site: Site; follow: ShownFollow }): Content {
  const { id, address, name, place } = follow;
  const url = safeUrl(address);
  const host = (url && URL.parse(url)?.host) || `${id.slice(0, 12)}…`;
  if (place === undefined) {
    return url === undefined ? host : html`<a href=${url} rel=${relOf(site)}>${host}</a>`;
  }
  const here = html`
    <a href=${place === "own" ? "/" : `${mirrorBase(id)}/`} dir="auto">${name || host}</a>
  `;
  if (place === "own" || url === undefined) return here;
  const original = html`
    <a class="quiet" href=${url} rel=${relOf(site)}>${name === "" ? "original" : host}</a>
  `;
  return [here, " ", original];
}

/** What stays when the address changes. */
function Identity({ site, id }: { site: Site; id: string }): Markup {
  return html`
    <section class="identity">
      <h2>Capsule id</h2>
      <p
        class="quiet">Everything here is signed under this id, and keeps it when ${site
          .name} moves to another address.</p>
      <p><code>${id}</code></p>
    </section>
  `;
}
