/** Feeds for tests. @module */

/** What one item says. */
export type Words = Readonly<
  { id?: string; title?: string; html?: string; at?: string; link?: string }
>;

/** An RSS feed. */
export function makeRss(items: readonly Words[], title = "A blog"): string {
  const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const lines = items.map(({ id, title, html, at, link }, n) =>
    `<item><guid isPermaLink="false">${id ?? n}</guid>${
      link === undefined ? "" : `<link>${link}</link>`
    }
     <title>${escape(title ?? "")}</title><description>${escape(html ?? "")}</description>
     ${at === undefined ? "" : `<pubDate>${at}</pubDate>`}</item>`
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>${title}</title><link>/home</link>
    ${lines.join("")}</channel></rss>`;
}
