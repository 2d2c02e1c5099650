/** One item of an ordinary feed, to read here. @module */
import type { FeedItem } from "../storage/feeds.ts";
import { Banner } from "./banners.ts";
import { html, type Markup, Raw } from "./html.ts";
import { type Frame, StudioPage } from "./studio.ts";
import { safeUrl } from "./text.ts";
import { formatDateTime, isoTime } from "./time.ts";

/** The page at `/studio/timeline/feed/<id>`. */
export function FeedItemPage({ frame, item }: { frame: Frame; item: FeedItem }): Markup {
  const { feedTitle, title, author, url, publishedAtMs } = item;
  const href = safeUrl(url);
  const original = href !== undefined && html`
    <p
      class="actions"><a class="button" href=${href} rel="noopener nofollow">Read it at ${URL
        .parse(href)?.host}</a></p>
  `;
  return StudioPage({
    frame,
    title: title || feedTitle,
    path: "/studio/timeline",
    children: html`
      <article class="article-page">
        <header class="opening">
          <p class="eyebrow"><a href="/studio/timeline">Timeline</a></p>
          <h1 dir="auto">${title || feedTitle}</h1>
          <p class="meta">
            <span dir="auto">${feedTitle}${author !== "" && author !== feedTitle &&
              `, ${author}`}</span>
            <time datetime=${isoTime(publishedAtMs)}>${formatDateTime(
              publishedAtMs,
              frame.site,
            )}</time>
          </p>
        </header>
        ${Banner({
          kind: "information",
          children:
            "From an ordinary feed: nobody signed it, and its pictures stay where they are.",
        })}
        <h2 class="visually-hidden">Text</h2>
        ${Raw({ html: item.html, class: "prose", dir: "auto" })} ${original}
      </article>
    `,
  });
}
