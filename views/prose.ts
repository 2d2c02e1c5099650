/** How an author's Markdown becomes part of their pages. @module */
import type { MarkdownOptions } from "../content/markdown.ts";
import type { Picture } from "../mesh/protocol/content.ts";
import type { Site } from "./layout.ts";
import { absoluteUrl, blobUrl, relOf } from "./urls.ts";

type Prose = Readonly<{
  site: Site;
  /** The path of the page, without the base. */
  path: string;
  pictures: readonly Picture[];
}>;

/** Options of `renderMarkdown`: links and pictures lead where they lead at the author's own address. */
export function proseOptions({ site, path, pictures }: Prose): Omit<MarkdownOptions, "id"> {
  const { base, missing, address } = site;
  return {
    pictures: missing.size === 0
      ? pictures
      : pictures.map((picture) => ({ ...picture, isMissing: missing.has(picture.hash) })),
    blobUrl,
    // What others wrote is theirs, wherever it leads.
    isExternal: (url) => site.mirror !== undefined || !url.startsWith(`${address}/`),
    rel: relOf(site),
    ...(base !== "" &&
      { localUrl: (href) => base + resolvePath(href, absoluteUrl(address, path)) }),
  };
}

/** The path that a relative address means on a page; it stays as it is when it means none. */
function resolvePath(href: string, page: string): string {
  const url = URL.parse(href, page);
  return url === null ? href : url.pathname + url.search + url.hash;
}
