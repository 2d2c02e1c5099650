// HTML of ordinary feeds, made safe to show among the owner's pages, and its plain text.
// The libraries are large and few capsules follow feeds: loaded when first needed.
import { cleanText } from "./escape.ts";

export type CleanedHtml = Readonly<{
  html: string;
  /** The words alone, a line for each paragraph. */
  text: string;
}>;

const HTML_CHARS_MAX = 256 * 1024;
const DEPTH_MAX = 100;
const TAGS = [
  ...["p", "br", "hr", "div", "span", "blockquote", "pre", "code", "kbd", "samp", "var"],
  ...["h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption"],
  ...["a", "b", "strong", "i", "em", "u", "s", "del", "ins", "mark", "small", "sub", "sup"],
  ...["abbr", "cite", "dfn", "q", "time", "bdi", "bdo", "ruby", "rt", "rp", "details", "summary"],
  ...["table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"],
];
/** What an element that would fetch something becomes: a link to it, opened by the reader only. */
const MEDIA = ["img", "video", "audio", "iframe", "embed", "object"];
/** Elements that end by themselves, or whose end may be left out. */
const ALONE =
  /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|td|th|tr|dt|dd|option)$/i;
const SCHEMES = ["https", "http", "mailto"];

/**
 * Keeps structure and words, drops scripts, styles, classes, ids and forms. Nothing that is left makes a browser ask
 * another site by itself: a picture, film or frame becomes a link with its description. Headings begin at level three,
 * below those of the page. Links begin at `base` and say that nobody here vouches for them. Never throws for what the HTML holds.
 */
export async function cleanFeedHtml(html: string, base: string): Promise<CleanedHtml> {
  const { default: sanitize } = await import("sanitize-html");
  const link = (href: string | undefined): Record<string, string> => {
    const url = findUrl(href, base);
    return url === undefined ? {} : { href: url, rel: "nofollow ugc noopener" };
  };
  const source = flatten(breakLines(cleanText(html).slice(0, HTML_CHARS_MAX)));
  const cleaned: string = sanitize(source, {
    allowedTags: TAGS,
    allowedAttributes: {
      a: ["href", "rel"],
      time: ["datetime"],
      ol: ["start", "reversed"],
      li: ["value"],
      th: ["colspan", "rowspan"],
      td: ["colspan", "rowspan"],
      "*": ["lang", "dir"],
    },
    allowedSchemes: SCHEMES,
    allowProtocolRelative: false,
    disallowedTagsMode: "discard",
    nonTextTags: ["script", "style", "textarea", "option", "noscript", "template", "title", "svg"],
    parseStyleAttributes: false,
    transformTags: {
      a: (_name: string, attributes: Attributes) => ({
        tagName: "a",
        attribs: link(attributes.href),
      }),
      h1: "h3",
      h2: "h3",
      ...Object.fromEntries(MEDIA.map((name) => [name, (_name: string, attributes: Attributes) => {
        const words = (attributes.alt ?? attributes.title ?? "").trim();
        const attribs = link(attributes.src ?? attributes.data);
        const isShown = attribs.href !== undefined && !isTracker(attributes);
        return isShown
          ? {
            tagName: "a",
            attribs,
            text: words === "" ? nameOf(name) : `${nameOf(name)}: ${words}`,
          }
          : { tagName: "span", attribs: {}, text: words };
      }])),
    },
  });
  const flat = unnestLinks(cleaned).trim();
  return { html: flat, text: readText(flat) };
}

type Attributes = Readonly<Record<string, string>>;

/** In a text without any tag the ends of lines are meant. */
function breakLines(html: string): string {
  return /<[a-z!/?]/i.test(html) ? html : html.trim().replaceAll("\n", "<br>");
}

/** Without its tags where they stand too deep in each other: reading such a text would take seconds. */
function flatten(html: string): string {
  let depth = 0;
  for (const [, slash, name = ""] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/gi)) {
    if (slash === "/") depth = Math.max(0, depth - 1);
    else if (!ALONE.test(name)) depth += 1;
    if (depth > DEPTH_MAX) return html.replace(/<\/?[a-z][^<>]*>/gi, " ");
  }
  return html;
}

/** A picture that was a link is now a link inside a link: the outer one stays. */
function unnestLinks(html: string): string {
  let depth = 0;
  return html.replace(/<a(?: [^>]*)?>|<\/a>/g, (tag) => {
    if (tag !== "</a>") return depth++ === 0 ? tag : "";
    return --depth === 0 ? tag : "";
  });
}

/** Pictures of one pixel tell their server who reads; they show nothing. */
function isTracker({ width, height }: Attributes): boolean {
  return [width, height].some((side) => side !== undefined && Number.parseInt(side) <= 1);
}

function nameOf(element: string): string {
  if (element === "img") return "Picture";
  return element === "audio" ? "Sound" : element === "video" ? "Film" : "Linked file";
}

function findUrl(href: string | undefined, base: string): string | undefined {
  if (href === undefined || href.trim() === "") return undefined;
  const url = URL.parse(href.trim(), base === "" ? undefined : base);
  if (url === null || !SCHEMES.includes(url.protocol.slice(0, -1))) return undefined;
  return url.href.length <= 2_048 ? url.href : undefined;
}

const BLOCK =
  /<\/?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|h[3-6]|blockquote|pre|tr|table|caption|figure|figcaption|details|summary)\b[^>]*>/g;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
};

/** The words of HTML that the sanitiser wrote: its tags are whole and its entities are few. */
function readText(html: string): string {
  return html
    .replace(BLOCK, "\n")
    .replace(/<\/?t[hd]\b[^>]*>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => decodeEntity(name) ?? whole)
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n\s*/g, "\n")
    .trim();
}

function decodeEntity(name: string): string | undefined {
  if (!name.startsWith("#")) return ENTITIES[name];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : " ";
}
