/** The page that says what feeds are and where they are. @module */
import { html, type Markup } from "./html.ts";
import { Layout, type Site } from "./layout.ts";
import { originUrl, relOf, tagUrl } from "./urls.ts";

/** One row of links: what is in the feed, and the path before `/feed.json`. */
type Row = Readonly<{ label: string; prefix: string; lang?: string }>;

/** The page at /feeds. `tags` are the most frequent ones. */
export function FeedsPage(
  { site, tags }: Readonly<{
    site: Site;
    tags: readonly Readonly<{ tag: string; label: string }>[];
  }>,
): Markup {
  const rows: Row[] = [
    { label: "Everything", prefix: "" },
    { label: "Short posts", prefix: "/posts" },
    { label: "Articles", prefix: "/articles" },
  ];
  const tagRows = tags.map(({ tag, label }) => ({ label: `#${label}`, prefix: tagUrl(tag) }));
  const children = html`
    <article class="prose feeds">
      <header class="page-header"><h1>Feeds</h1></header>
      <p>
        A feed brings what ${site.name} publishes to you: without an account, without an e-mail
        address, and without anybody keeping count. Put one of these addresses into a feed reader;
        it looks for new things now and then and keeps them for you. Most readers also find them
        when you give them the address of this site.
      </p>
      ${OriginalFeeds({ site })}
      ${FeedTable({ site, rows, caption: "The main feeds" })}
      ${tagRows.length === 0 ? null : html`
        <section>
          <h2>By subject</h2>
          ${FeedTable({ site, rows: tagRows, caption: "A feed for each tag" })}
        </section>
      `}
      <h2>What is in them</h2>
      <p>
        Everything is there in full, with its pictures. Which of the three forms you take does not
        matter: if your reader knows JSON Feed, take that; Atom and RSS say the same. Older pieces
        follow page by page behind the newest.
      </p>
      <h2>For programs</h2>
      <p>
        The id of an item is <code>urn:sha256:</code> and the hash of its entry in the author’s
        signed log. It stays the same when the site moves, and on every copy. In JSON Feed,${" "}
        <code>_capsule</code> names the entry’s index and hash and the address of a
        document that proves it: who signed it and that it was not altered. The feed’s own${" "}
        <code>_capsule</code> has the capsule’s id and the size and root of the log.
      </p>
    </article>
  `;
  return Layout({
    site,
    title: "Feeds",
    path: "/feeds",
    canonical: "/feeds",
    description: `Follow ${site.name} in a feed reader: JSON Feed, Atom and RSS.`,
    children,
  });
}

/** Feeds of a copy are for when there is nothing better. */
function OriginalFeeds({ site }: { site: Site }): Markup | null {
  const url = site.mirror && originUrl(site, "/feeds");
  if (url === undefined) return null;
  return html`
    <p>
      These are the feeds of a copy. As long as ${site.name} can be reached, take${" "}
      <a href=${url} rel=${relOf(site)}>the original ones</a>.
    </p>
  `;
}

function FeedTable(
  { site, rows, caption }: Readonly<{ site: Site; rows: readonly Row[]; caption: string }>,
): Markup {
  return html`
    <div class="table">
      <table>
        <caption class="visually-hidden">${caption}</caption>
        <tbody>
          ${rows.map(({ label, prefix: path }) => {
            const prefix = site.base + path;
            return html`
              <tr>
                <th scope="row"><bdi>${label}</bdi></th>
                <td><a href=${`${prefix}/feed.json`} type="application/feed+json">JSON Feed</a></td>
                <td><a href=${`${prefix}/feed.atom`} type="application/atom+xml">Atom</a></td>
                <td><a href=${`${prefix}/feed.rss`} type="application/rss+xml">RSS</a></td>
              </tr>
            `;
          })}
        </tbody>
      </table>
    </div>
  `;
}
