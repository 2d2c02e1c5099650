/** What programs ask for: sitemap, robots.txt, manifest, icon. Text in their own formats. @module */
import { DEFAULT_ACCENT, fitAccent, isColour, PAPERS } from "./accent.ts";
import type { Site } from "./layout.ts";
import { isoTime } from "./time.ts";
import { absoluteUrl, blobUrl } from "./urls.ts";

/** One address of a sitemap. */
export type SitemapUrl = Readonly<{ path: string; changedAtMs?: number | undefined }>;

// Those that say they gather text for training models, or are known to; by the names they give themselves.
const AI_CRAWLERS = [
  "AI2Bot",
  "Ai2Bot-Dolma",
  "Amazonbot",
  "anthropic-ai",
  "Applebot-Extended",
  "Bytespider",
  "CCBot",
  "ClaudeBot",
  "cohere-ai",
  "cohere-training-data-crawler",
  "Diffbot",
  "FacebookBot",
  "Google-Extended",
  "GPTBot",
  "ICC-Crawler",
  "ImagesiftBot",
  "img2dataset",
  "Kangaroo Bot",
  "meta-externalagent",
  "omgili",
  "omgilibot",
  "PanguBot",
  "PerplexityBot",
  "Timpibot",
  "VelenPublicWebCrawler",
  "Webzio-Extended",
];
const CLOSED_PATHS = ["/studio", "/search", "/sign-in"];
const XML = '<?xml version="1.0" encoding="utf-8"?>\n';
const SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9";

/** robots.txt with the owner's choice about crawlers. */
export function renderRobots(address: string, crawlers: "all" | "no-ai" | "none"): string {
  if (crawlers === "none") return "User-agent: *\nDisallow: /\n";
  const closed = CLOSED_PATHS.map((path) => `Disallow: ${path}`).join("\n");
  const names = AI_CRAWLERS.map((name) => `User-agent: ${name}`).join("\n");
  const refused = crawlers === "no-ai" ? `${names}\nDisallow: /\n\n` : "";
  return `${refused}User-agent: *\n${closed}\n\nSitemap: ${absoluteUrl(address, "/sitemap.xml")}\n`;
}

/** The list of a sitemap's parts. */
export function renderSitemapIndex(address: string, paths: readonly string[]): string {
  const parts = paths.map((path) =>
    `<sitemap><loc>${escapeXml(absoluteUrl(address, path))}</loc></sitemap>\n`
  );
  return `${XML}<sitemapindex xmlns="${SITEMAP}">\n${parts.join("")}</sitemapindex>\n`;
}

/** One part of a sitemap. */
export function renderSitemap(address: string, urls: readonly SitemapUrl[]): string {
  const lines = urls.map(({ path, changedAtMs }) => {
    const changed = changedAtMs === undefined ? "" : `<lastmod>${isoTime(changedAtMs)}</lastmod>`;
    return `<url><loc>${escapeXml(absoluteUrl(address, path))}</loc>${changed}</url>\n`;
  });
  return `${XML}<urlset xmlns="${SITEMAP}">\n${lines.join("")}</urlset>\n`;
}

/** What a phone needs to put the capsule on its first screen. */
export function renderManifest(site: Site): string {
  const { picture } = site;
  const portrait = picture === undefined ? [] : [{
    src: blobUrl(picture.hash),
    sizes: `${picture.width}x${picture.height}`,
    type: picture.type,
  }];
  return JSON.stringify({
    name: site.name,
    short_name: site.name.slice(0, 30).toWellFormed(),
    description: site.line,
    lang: site.language,
    dir: "auto",
    id: "/",
    start_url: "/",
    scope: "/",
    display: "minimal-ui",
    background_color: PAPERS.light[0],
    theme_color: PAPERS.light[0],
    icons: [{ src: "/favicon.svg", sizes: "any", type: "image/svg+xml" }, ...portrait],
  });
}

/** The first letter of the name on the accent colour. */
export function renderFavicon(name: string, accent: string): string {
  const { light } = fitAccent(isColour(accent) ? accent : DEFAULT_ACCENT);
  const letter = firstLetter(name).toLocaleUpperCase();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">` +
    `<rect width="64" height="64" rx="14" fill="${light}"/>` +
    `<text x="32" y="45" text-anchor="middle" font-family="Charter,Georgia,serif" font-size="38"` +
    ` fill="${PAPERS.light[0]}">${escapeXml(letter)}</text></svg>\n`;
}

function firstLetter(name: string): string {
  for (const { segment } of new Intl.Segmenter("und").segment(name.slice(0, 100))) {
    if (/\p{L}|\p{N}/u.test(segment)) return segment;
  }
  return "•";
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
