// Foreign HTML into Markdown, for imports. Imported when needed only: the libraries are large.
// Text outside of the HTML stays as its author typed it.
import MarkdownIt, { type Env } from "markdown-it/browser";
import Turndown from "turndown";
import { cleanText } from "./escape.ts";
import { convertInline } from "./html_inline.ts";
import { findRegions } from "./html_regions.ts";
import { addRules, type Converter, FOREIGN, type Left } from "./html_rules.ts";

export type ConvertedHtml = Readonly<{
  markdown: string;
  /** One sentence for each kind of thing that Markdown cannot hold. */
  problems: string[];
}>;

const parser = new MarkdownIt({ html: true, linkify: false });
const finder = makeFinder();
const left: Left = new Map();
let converter: Converter | undefined;
const HTML_CHARS_MAX = 2 * 1024 * 1024;
/** A name, and what may follow it: an address in "<>" is no tag, nor is a comparison. */
const TAG_BEGIN = /<(?:[a-z][a-z0-9-]*(?![^\s/>])|[!/])/i;
// The converter calls itself for each level: beyond some thousand the stack would end.
const DEPTH_MAX = 200;
const PROGRESS = /<(?:progress|meter)\b[^<>]*>/gi;
const FOREIGN_TAG = new RegExp(`<(${FOREIGN.join("|")})\\b`, "gi");
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/;

/** Markdown of an HTML fragment or page; at most 2 MiB of it. Never throws for what the HTML holds. */
export function htmlToMarkdown(html: string): ConvertedHtml {
  left.clear();
  const problems: string[] = [];
  let source = cleanText(html);
  if (source.length > HTML_CHARS_MAX) {
    source = source.slice(0, HTML_CHARS_MAX);
    problems.push("left out: everything behind the first 2 MB of a text");
  }
  if (measureDepth(source) > DEPTH_MAX) {
    source = source.replace(/<\/?[a-z][^<>]*>/gi, " ");
    problems.push("left out: the formatting of a text whose parts are nested more than 200 deep");
  }
  // An empty element counts as blank: what it shows becomes its text before that is asked.
  source = source.replace(PROGRESS, (tag) => writeProgress(tag));
  for (const [, name = ""] of source.matchAll(FOREIGN_TAG)) {
    left.set(name.toLowerCase(), (left.get(name.toLowerCase()) ?? 0) + 1);
  }
  converter ??= makeConverter();
  const markdown = tidy(converter.turndown(source));
  problems.push(...Array.from(left, ([name, count]) => `left out: ${count} × <${name}>`));
  return { markdown, problems };
}

/** Markdown without HTML. A text that holds none comes back as it is. */
export function convertInlineHtml(markdown: string): ConvertedHtml {
  if (!TAG_BEGIN.test(markdown) || markdown.length > HTML_CHARS_MAX) {
    return { markdown, problems: [] };
  }
  const source = cleanText(markdown);
  const env: Env = {};
  const regions = findRegions(finder.parse(source, env));
  if (regions.length === 0) return { markdown, problems: [] };
  // Links by reference find their addresses in the whole text; notes are no references.
  const known = Object.entries(env.references ?? {}).filter(([name]) => !name.startsWith("^"));
  const references = Object.fromEntries(known);
  const lines = source.split("\n");
  const parts: string[] = [];
  const problems = new Map<string, number>();
  let done = 0;
  for (const { from, to, isHtml } of regions) {
    if (from < done) continue;
    parts.push(...lines.slice(done, from));
    const text = lines.slice(from, to).join("\n");
    const converted = isHtml ? convertRegion(text, references) : convertInline(text);
    for (const problem of converted.problems) {
      problems.set(problem, (problems.get(problem) ?? 0) + 1);
    }
    if (converted.markdown !== "" && isHtml) parts.push("", converted.markdown, "");
    else if (!isHtml) parts.push(converted.markdown);
    done = to;
  }
  parts.push(...lines.slice(done));
  return { markdown: closeGaps(parts.join("\n")), problems: sumProblems(problems) };
}

/** Markdown-it that looks between the words of a block only where a tag may stand: the rest is never shown. */
function makeFinder(): typeof parser {
  const made = new MarkdownIt({ html: true, linkify: false });
  made.core.ruler.at("inline", ({ tokens, md, env }) => {
    for (const { type, content, children } of tokens) {
      if (type !== "inline" || children === null || !/<[a-z!/?]/i.test(content)) continue;
      md.inline.parse(content, md, env, children);
    }
  });
  return made;
}

function makeConverter(): Converter {
  const made: Converter = new Turndown({
    headingStyle: "atx",
    hr: "---",
    bulletListMarker: "-",
    codeBlockStyle: "fenced",
    emDelimiter: "*",
  });
  addRules(made, left);
  return made;
}

function tidy(markdown: string): string {
  return markdown
    .replace(/\u00a0/g, " ")
    // Notes that stood in the text as Markdown are notes again.
    .replace(/\\\[\^([^\]\s\\]{1,100})\\\]/g, "[^$1]")
    .replace(/[ \t]+\n[ \t]*\n/g, "\n\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** An upper bound of how deep elements stand in each other. */
function measureDepth(html: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [, slash, name = ""] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/gi)) {
    if (VOID.test(name.toLowerCase())) continue;
    depth = slash ? Math.max(0, depth - 1) : depth + 1;
    // Paragraphs, items and cells end without a tag.
    if (!slash && /^(?:p|li|td|th|tr|dt|dd|option)$/i.test(name)) depth--;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function convertRegion(
  text: string,
  references: NonNullable<Env["references"]>,
): ConvertedHtml {
  const { body, definitions } = splitDefinitions(text);
  const { markdown, problems } = isComment(body)
    ? { markdown: "", problems: [] }
    : htmlToMarkdown(parser.render(body, { references: { ...references } }));
  const parts = definitions.length === 0 ? [markdown] : [markdown, definitions.join("\n")];
  return { markdown: parts.filter((part) => part !== "").join("\n\n"), problems };
}

/** One comment and nothing else: the most frequent HTML between Markdown, such as `<!-- more -->`. */
function isComment(text: string): boolean {
  return /^ {0,3}<!--(?!-?>)(?:(?!--!?>)[^<])*-->\s*$/.test(text);
}

/** Definitions of links and notes show nothing where they stand, but texts elsewhere refer to them. */
function splitDefinitions(text: string) {
  const definitions: string[] = [];
  let isCode = false;
  const body = text.split("\n").filter((line) => {
    if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode;
    if (isCode || !/^ {0,3}\[[^\]]{1,300}\]:\s*\S/.test(line)) return true;
    definitions.push(line.trim());
    return false;
  });
  return { body: body.join("\n"), definitions };
}

function sumProblems(problems: ReadonlyMap<string, number>): string[] {
  const sums = new Map<string, number>();
  const others: string[] = [];
  for (const [problem, times] of problems) {
    const [, count, name] = /^left out: (\d+) × (<.+>)$/.exec(problem) ?? [];
    if (!count || !name) others.push(problem);
    else sums.set(name, (sums.get(name) ?? 0) + Number(count) * times);
  }
  return [...others, ...Array.from(sums, ([name, count]) => `left out: ${count} × ${name}`)];
}

function closeGaps(markdown: string): string {
  // Blank lines inside code are the author's.
  return markdown.includes("```") ? markdown : markdown.replace(/\n{3,}/g, "\n\n");
}

function writeProgress(tag: string): string {
  const [, value] = /\svalue\s*=\s*["']?([\d.]+)/i.exec(tag) ?? [];
  const [, max = "1"] = /\smax\s*=\s*["']?([\d.]+)/i.exec(tag) ?? [];
  return value ? ` (${value} of ${max}) ` : "";
}
