// The text of a short post: paragraphs, line breaks, addresses, #tags and @hosts. No Markdown.
import { cleanText, escapeHtml } from "./escape.ts";
import { segmentGraphemes } from "./graphemes.ts";

export type PostTextOptions = Readonly<{
  /** The address of the page of a tag. */
  tagUrl: (tag: string) => string;
  /** `rel` of links to other sites; "noopener" unless told. */
  rel?: string;
}>;

const TAG_CHARS_MAX = 64;
const LINK_CHARS_SHOWN = 40;
const SOURCE_CHARS_MAX = 65_536;
const TOKEN =
  /https?:\/\/[^\s<>"“”«»]+|[#＃][\p{L}\p{M}\p{N}_]+|@[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}.-]*/giu;
const WORD_BEFORE = /[\p{L}\p{M}\p{N}_&/@#＃]$/u;
const HOST =
  /^(?:[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+(?:\p{L}[\p{L}\p{M}]+|xn--[a-z0-9-]+)$/u;

type Found = { from: number; to: number; kind: "url" | "tag" | "host"; value: string };

/** Safe HTML of a post's text. */
export function renderPostText(text: string, options: PostTextOptions): string {
  const source = cleanText(text.slice(0, SOURCE_CHARS_MAX)).trim();
  if (source === "") return "";
  const marked = /[#＃@]|:\/\//.test(source) ? renderTokens(source, options) : escapeHtml(source);
  return `<p>${marked.replace(/\n[ \t]*\n\s*/g, "</p><p>").replaceAll("\n", "<br>")}</p>`;
}

/** The tags in a post's text in order, NFC, without "#", each once whatever its case. */
export function findTags(text: string): string[] {
  const tags = new Map<string, string>();
  const source = cleanText(text.slice(0, SOURCE_CHARS_MAX));
  if (!/[#＃]/.test(source)) return [];
  for (const found of findTokens(source)) {
    if (found.kind !== "tag") continue;
    const key = found.value.toLowerCase();
    if (!tags.has(key)) tags.set(key, found.value);
  }
  return [...tags.values()];
}

/** Characters as a person counts them. */
export function countGraphemes(text: string): number {
  if (/^[\n\x20-\x7e]*$/.test(text)) return text.length;
  let count = 0;
  for (const _ of segmentGraphemes(text)) count++;
  return count;
}

function renderTokens(source: string, options: PostTextOptions): string {
  const rel = escapeHtml(options.rel ?? "noopener");
  let html = "";
  let done = 0;
  for (const found of findTokens(source)) {
    html += escapeHtml(source.slice(done, found.from));
    const shown = source.slice(found.from, found.to);
    if (found.kind === "url") html += renderUrl(found.value, shown, rel);
    else if (found.kind === "tag") {
      const url = escapeHtml(options.tagUrl(found.value));
      html += `<a class="p-category" href="${url}" rel="tag">${escapeHtml(shown)}</a>`;
    } else {
      const url = escapeHtml(found.value);
      html += `<a class="h-card mention" href="${url}" rel="${rel}">${escapeHtml(shown)}</a>`;
    }
    done = found.to;
  }
  return html + escapeHtml(source.slice(done));
}

function renderUrl(url: string, typed: string, rel: string): string {
  const shown = typed.replace(/^https?:\/\/(?:www\.)?/i, "").replace(/\/$/, "");
  const characters = Array.from(shown);
  const isShort = characters.length <= LINK_CHARS_SHOWN;
  const label = isShort ? shown : `${characters.slice(0, LINK_CHARS_SHOWN - 1).join("")}…`;
  const title = isShort ? "" : ` title="${escapeHtml(typed)}"`;
  return `<a href="${escapeHtml(url)}" rel="${rel}"${title}>${escapeHtml(label)}</a>`;
}

function* findTokens(source: string): Generator<Found> {
  TOKEN.lastIndex = 0;
  for (const match of source.matchAll(TOKEN)) {
    const token = match[0];
    const from = match.index;
    if (from > 0 && WORD_BEFORE.test(source.slice(Math.max(0, from - 2), from))) continue;
    const first = token[0];
    if (first === "@") {
      const host = token.slice(1).replace(/[.-]+$/, "");
      const next = source[from + 1 + host.length];
      const url = next === "@" || !HOST.test(host) ? undefined : parseUrl(`https://${host}/`);
      if (url) yield { from, to: from + 1 + host.length, kind: "host", value: url };
    } else if (first === "#" || first === "＃") {
      const tag = token.slice(1).normalize("NFC");
      if (tag.length <= TAG_CHARS_MAX && /\p{L}/u.test(tag)) {
        yield { from, to: from + token.length, kind: "tag", value: tag };
      }
    } else {
      const typed = trimUrl(token);
      const url = parseUrl(typed);
      if (url) yield { from, to: from + typed.length, kind: "url", value: url };
    }
  }
}

/** The address as a browser writes it, or undefined for one that would mislead (a name and "@" before the host). */
function parseUrl(typed: string): string | undefined {
  const url = URL.parse(typed);
  if (!url || url.username !== "" || url.password !== "" || url.hostname === "") return undefined;
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
}

/** Sentence punctuation and unmatched closing brackets after an address are not part of it. */
function trimUrl(token: string): string {
  let end = token.length;
  for (; end > 0; end--) {
    const last = token[end - 1] ?? "";
    if (/[.,;:!?'’*_~…]/.test(last)) continue;
    const open = last === ")" ? "(" : last === "]" ? "[" : last === "}" ? "{" : "";
    if (open === "") break;
    const body = token.slice(0, end);
    if (body.split(open).length >= body.split(last).length) break;
  }
  return token.slice(0, end);
}
