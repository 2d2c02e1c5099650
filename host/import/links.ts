/** Finds where links and pictures of a Markdown text point, outside code, and lets them point elsewhere. @module */
import { findText, readDestination } from "./markdown_text.ts";

/** What a link becomes; `undefined` leaves it. "" keeps the words without a link. */
export type ResolveLink = (target: string) => string | undefined;

/** What a picture becomes: another target, a link to where it can be seen, or its description alone. `undefined` leaves it. */
export type ResolvePicture = (target: string, description: string) =>
  | { picture: string; description?: string }
  | { link: string }
  | { words: string }
  | undefined;

/** Where something may begin or end; all that lies between is passed over at once. */
const STOP = /[\\`[\]]|!(?=\[)|<?https?:\/\/|\n(?=[ \t>]{0,38}\n)/g;

type Edit = { from: number; to: number; text: string; plain: string };
type Opener = { at: number; isPicture: boolean; edits: number };
type Definition = {
  from: number;
  to: number;
  target: string;
  line: [number, number];
  /** Where its bracket opens. */
  bracket: number;
};
type Scan = {
  text: string;
  at: number;
  end: number;
  openers: Opener[];
  edits: Edit[];
  definitions: ReadonlyMap<string, Definition>;
  /** Labels of definitions, by what came of what names them. */
  replaced: Set<string>;
  kept: Set<string>;
  asLink: Set<string>;
  link: ResolveLink;
  picture: ResolvePicture;
};

/** The text with every link and picture resolved; what is not resolved stays as it was written, to the byte. */
export function rewriteTargets(text: string, link: ResolveLink, picture: ResolvePicture): string {
  const ranges = findText(text);
  const definitions = findDefinitions(text, ranges);
  const scan: Scan = {
    text,
    at: 0,
    end: 0,
    openers: [],
    edits: [],
    definitions,
    replaced: new Set(),
    kept: new Set(),
    asLink: new Set(),
    link,
    picture,
  };
  const skipped = new Map([...definitions.values()].map(({ bracket, line }) => [bracket, line[1]]));
  for (const [from, to] of ranges) {
    scan.openers = [];
    scan.at = from;
    scan.end = to;
    scanRange(scan, skipped);
  }
  for (const [label, definition] of definitions) editDefinition(scan, label, definition);
  return applyEdits(text, scan.edits);
}

/** Every target as written, in order, links and pictures alike; definitions included. */
export function listTargets(text: string): string[] {
  const targets: string[] = [];
  const note = (target: string) => {
    targets.push(target);
    return undefined;
  };
  rewriteTargets(text, note, note);
  return targets;
}

function scanRange(scan: Scan, skipped: ReadonlyMap<number, number>): void {
  const { text, end } = scan;
  const start = scan.at;
  const range = text.slice(start, end);
  while (scan.at < end) {
    STOP.lastIndex = scan.at - start;
    const stop = STOP.exec(range);
    if (stop === null) return;
    scan.at = start + stop.index;
    switch (stop[0][0]) {
      case "\\":
        scan.at += 2;
        break;
      case "`":
        skipCode(scan);
        break;
      case "!":
        open(scan, true);
        break;
      case "[": {
        const skip = skipped.get(scan.at);
        if (skip === undefined) open(scan, false);
        else scan.at = skip;
        break;
      }
      case "]":
        close(scan);
        break;
      case "\n":
        // A bracket does not reach over an empty line.
        scan.openers = [];
        scan.at += 1;
        break;
      default:
        autolink(scan);
    }
  }
}

function open(scan: Scan, isPicture: boolean): void {
  if (scan.openers.length < 100) {
    scan.openers.push({ at: scan.at, isPicture, edits: scan.edits.length });
  }
  scan.at += isPicture ? 2 : 1;
}

/** At "]": the end of a link's or picture's words, or nothing. */
function close(scan: Scan): void {
  const opener = scan.openers.pop();
  const wordsEnd = scan.at;
  scan.at += 1;
  if (!opener) return;
  const words = scan.text.slice(opener.at + (opener.isPicture ? 2 : 1), wordsEnd);
  if (scan.text[scan.at] === "(") {
    const found = readDestination(scan.text, scan.at + 1, scan.end);
    if (!found) return;
    scan.at = found.end;
    if (opener.isPicture) editPicture(scan, opener, words, found.target, found.end);
    else editLink(scan, opener, words, found);
    return;
  }
  const reference = /^\[([^\[\]]{0,300})\]/.exec(scan.text.slice(scan.at, scan.at + 302));
  const label = normalizeLabel(reference?.[1] || words);
  const definition = scan.definitions.get(label);
  if (!definition) return;
  if (reference) scan.at += reference[0].length;
  if (opener.isPicture) {
    const isReplaced = editPicture(scan, opener, words, definition.target, scan.at);
    (isReplaced ? scan.replaced : scan.kept).add(label);
  } else {
    scan.asLink.add(label);
    flatten(scan, opener);
  }
}

/** Answers whether the picture became something else. */
function editPicture(
  scan: Scan,
  opener: Opener,
  words: string,
  target: string,
  end: number,
): boolean {
  const answer = scan.picture(target, words);
  if (answer === undefined) return false;
  const text = "picture" in answer
    ? `![${answer.description ?? words}](${writeDestination(answer.picture)})`
    : "link" in answer
    ? `[${words || "…"}](${writeDestination(answer.link)})`
    : answer.words;
  const plain = "link" in answer ? words : text;
  scan.edits.length = opener.edits;
  scan.edits.push({ from: opener.at, to: end, text, plain });
  return true;
}

function editLink(
  scan: Scan,
  opener: Opener,
  words: string,
  found: { target: string; from: number; to: number; end: number },
): void {
  flatten(scan, opener);
  const answer = scan.link(found.target);
  if (answer === undefined) return;
  if (answer === "") {
    // The words stay, the brackets around them go; pictures among the words keep their own edits.
    scan.edits.push({ from: opener.at, to: opener.at + 1, text: "", plain: "" });
    const from = opener.at + 1 + words.length;
    scan.edits.push({ from, to: found.end, text: "", plain: "" });
    return;
  }
  const text = writeDestination(answer);
  scan.edits.push({ from: found.from, to: found.to, text, plain: text });
}

/** A link cannot hold a link: pictures inside that became links are only words. */
function flatten(scan: Scan, opener: Opener): void {
  for (const edit of scan.edits.slice(opener.edits)) edit.text = edit.plain;
}

/** `<https://…>` and a bare address. */
function autolink(scan: Scan): void {
  const rest = scan.text.slice(scan.at, Math.min(scan.end, scan.at + 2_100));
  const match = /^<(https?:\/\/[^\s<>]{1,2048})>/.exec(rest) ??
    /^(https?:\/\/[^\s<>()[\]"'`*|]{1,2048})/.exec(rest);
  if (!match) {
    scan.at += 1;
    return;
  }
  const typed = match[0].startsWith("<") ? match[0] : match[0].replace(/[.,;:!?_~]+$/, "");
  const url = typed.replace(/^<|>$/g, "");
  const from = scan.at;
  scan.at += typed.length;
  if (scan.openers.length > 0) return;
  const answer = scan.link(url);
  if (!answer) return;
  const text = `[${url.replace(/([_*[\]])/g, "\\$1")}](${writeDestination(answer)})`;
  scan.edits.push({ from, to: scan.at, text, plain: url });
}

function skipCode(scan: Scan): void {
  const run = /^`+/.exec(scan.text.slice(scan.at, scan.end))?.[0] ?? "`";
  let from = scan.at + run.length;
  scan.at = from;
  for (;;) {
    const found = scan.text.indexOf(run, from);
    if (found < 0 || found >= scan.end) return;
    let end = found;
    while (scan.text[end] === "`") end += 1;
    if (end - found === run.length) {
      scan.at = end;
      return;
    }
    from = end;
  }
}

function editDefinition(scan: Scan, label: string, definition: Definition): void {
  const [from, to] = definition.line;
  if (!scan.asLink.has(label)) {
    if (scan.kept.has(label)) return;
    if (scan.replaced.has(label)) {
      scan.edits.push({ from, to, text: "", plain: "" });
      return;
    }
  }
  const answer = scan.link(definition.target);
  if (!answer) return;
  const text = writeDestination(answer);
  scan.edits.push({ from: definition.from, to: definition.to, text, plain: text });
}

function findDefinitions(
  text: string,
  ranges: readonly [number, number][],
): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  if (!text.includes("]:")) return definitions;
  const pattern =
    /^[ \t>]{0,8}\[(?!\^)([^\[\]\n]{1,300})\]:[ \t]*(?:<([^<>\n]*)>|(\S+))[^\n]*\n?/gm;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const { index } = match;
    while (at < ranges.length && (ranges[at]?.[1] ?? 0) <= index) at += 1;
    if (index < (ranges[at]?.[0] ?? text.length)) continue;
    const label = normalizeLabel(match[1] ?? "");
    if (definitions.has(label)) continue;
    const target = match[2] ?? match[3] ?? "";
    const typed = match[2] === undefined ? target : `<${target}>`;
    const start = index + match[0].indexOf(typed, match[0].indexOf("]:") + 2);
    definitions.set(label, {
      target,
      from: start,
      to: start + typed.length,
      line: [index, index + match[0].length],
      bracket: index + match[0].indexOf("["),
    });
  }
  return definitions;
}

function normalizeLabel(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase();
}

function writeDestination(target: string): string {
  return /[\s()<>]/.test(target) ? `<${target.replace(/[<>\n]/g, encodeURIComponent)}>` : target;
}

function applyEdits(text: string, edits: Edit[]): string {
  if (edits.length === 0) return text;
  edits.sort((a, b) => a.from - b.from || a.to - b.to);
  let result = "";
  let done = 0;
  for (const edit of edits) {
    if (edit.from < done) continue;
    result += text.slice(done, edit.from) + edit.text;
    done = edit.to;
  }
  return result + text.slice(done);
}
