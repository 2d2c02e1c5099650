/** What other programs show when somebody passes a link on (Open Graph). @module */
import type { Picture } from "../mesh/protocol/content.ts";
import { html, type Markup } from "./html.ts";
import type { Site } from "./layout.ts";
import { isoTime } from "./time.ts";
import { absoluteUrl, blobUrl, originUrl } from "./urls.ts";

/** What a page is about, for a preview of it. */
export type Preview = Readonly<{
  type: "website" | "article" | "profile";
  title: string;
  description: string;
  path: string;
  picture?: Picture | undefined;
  publishedAtMs?: number | undefined;
  revisedAtMs?: number | undefined;
  tags?: readonly string[] | undefined;
}>;

/** The elements for a page's head. */
export function openGraph(site: Site, preview: Preview): Markup[] {
  const { type, title, description, path, picture } = preview;
  const facts: [string, string | undefined][] = [
    ["og:type", type],
    ["og:title", title],
    ["og:description", description || undefined],
    ["og:url", originUrl(site, path) ?? absoluteUrl(site.address, site.base + path)],
    ["og:site_name", site.name],
    ...pictureFacts(site, picture),
    ["article:published_time", timeOf(preview.publishedAtMs)],
    ["article:modified_time", timeOf(preview.revisedAtMs)],
    ...(preview.tags ?? []).map((tag): [string, string] => ["article:tag", tag]),
  ];
  const elements = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<meta property=${name} content=${value} />`]
  );
  const isLarge = picture !== undefined && picture.width >= 600;
  const card = isLarge ? "summary_large_image" : "summary";
  return [...elements, html`<meta name="twitter:card" content=${card} />`];
}

function pictureFacts(site: Site, picture: Picture | undefined): [string, string | undefined][] {
  if (picture === undefined || site.missing.has(picture.hash)) return [];
  return [
    ["og:image", absoluteUrl(site.address, blobUrl(picture.hash))],
    ["og:image:width", String(picture.width)],
    ["og:image:height", String(picture.height)],
    ["og:image:alt", picture.description || undefined],
  ];
}

function timeOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : isoTime(ms);
}
