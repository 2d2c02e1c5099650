// HTML between the words of a Markdown paragraph: tags become marks, code spans stay as they are.
import type { ConvertedHtml } from "./html_to_markdown.ts";
import { isRaisable, raiseDigits } from "./raised_digits.ts";

export type Tag = Readonly<{ name: string; isEnd: boolean; isEmpty: boolean }>;

const TAG =
  /<(\/?)([a-z][a-z0-9-]*)((?:\s+[a-z_:@][\w:.@-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?){0,40})\s*(\/?)>|<!--[\s\S]*?-->/gi;
const RAISED = /<(su[bp])>([^<]{1,20})<\/\1>/gi;
/** Between the words of a summary and those it opens, on one line. */
const SUMMARY_END = /<\/summary\s*>[ \t]*(?=[^\s<]|<[a-z])/gi;
const MARKS: Readonly<Record<string, string>> = {
  b: "**",
  strong: "**",
  i: "*",
  em: "*",
  cite: "*",
  code: "`",
  kbd: "`",
  samp: "`",
  tt: "`",
  del: "~~",
  s: "~~",
  strike: "~~",
};
const TEXT =
  /^(?:span|div|p|u|sup|sub|small|mark|abbr|font|center|big|ins|dfn|var|time|wbr|section|article|blockquote|details|summary|li|ul|ol|figure|figcaption|noscript|picture|source|q|bdi|bdo|label|address)$/;
const HTML =
  /^(?:iframe|video|audio|embed|object|canvas|svg|math|form|input|button|select|textarea|script|style|table|thead|tbody|tr|td|th|dl|dt|dd|map|area|progress|meter|h[1-6]|pre|hr)$/;

/** The tags in a piece of HTML. */
export function* findTags(html: string): Generator<Tag> {
  for (const [, slash, name, , empty] of html.matchAll(TAG)) {
    if (name) yield { name: name.toLowerCase(), isEnd: slash === "/", isEmpty: empty === "/" };
  }
}

/** One paragraph, heading or cell of Markdown without HTML. */
export function convertInline(source: string): ConvertedHtml {
  const left = new Map<string, number>();
  const links: string[] = [];
  const markdown = source.split(/(`+[^`]+`+)/).map((part, at) => {
    if (at % 2 === 1) return part;
    const raised = part.replace(
      RAISED,
      (_whole, typed: string, words: string, from: number) => {
        const name = typed.toLowerCase();
        const isKept = isRaisable(words, part.slice(Math.max(0, from - 1), from));
        if (!isKept) left.set(name, (left.get(name) ?? 0) + 1);
        return raiseDigits(name, words);
      },
    );
    return raised.replace(SUMMARY_END, " – ").replace(
      TAG,
      (whole, slash: string, name: string | undefined, attributes: string) => {
        if (name === undefined) return "";
        return convertTag(whole, name.toLowerCase(), slash === "/", attributes, links, left);
      },
    );
  }).join("");
  const problems = Array.from(left, ([name, count]) => `left out: ${count} × <${name}>`);
  return { markdown, problems };
}

function convertTag(
  whole: string,
  name: string,
  isEnd: boolean,
  attributes: string,
  links: string[],
  left: Map<string, number>,
): string {
  const mark = MARKS[name];
  if (mark) return mark;
  if (name === "a") {
    if (isEnd) return links.pop() ?? "";
    const url = readAttribute(attributes, "href");
    const isUsable = url !== "" && !/^(?:javascript|data|vbscript|file):/i.test(url);
    links.push(isUsable ? `](${writeUrl(url)})` : "");
    return isUsable ? "[" : "";
  }
  if (name === "br") return isEnd ? "" : "  \n";
  if (name === "img") {
    const alt = readAttribute(attributes, "alt").replace(/[\[\]]/g, "\\$&");
    return `![${alt}](${writeUrl(readAttribute(attributes, "src"))})`;
  }
  if (name === "summary" && isEnd) return " ";
  if (TEXT.test(name)) return "";
  if (!HTML.test(name)) return whole;
  if (!isEnd) left.set(name, (left.get(name) ?? 0) + 1);
  return "";
}

function readAttribute(attributes: string, name: string): string {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, "i").exec(
    attributes,
  );
  const value = match?.[1] ?? match?.[2] ?? match?.[3] ?? "";
  return value.replaceAll("&amp;", "&").replaceAll("&quot;", '"').trim();
}

function writeUrl(url: string): string {
  return url.replace(/\s/g, "%20").replace(
    /[()<>\\]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16)}`,
  );
}
