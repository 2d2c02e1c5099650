/** The fields before a Markdown text: TOML between `+++` lines, YAML between `---` lines, or none. @module */
import { parse as parseToml, TomlDate } from "smol-toml";
import { parse as parseYaml } from "yaml";

export type FrontMatter = Readonly<{
  /** By name as written; `{}` where there is none. */
  fields: Readonly<Record<string, unknown>>;
  /** What follows, without the line break after the closing line. */
  body: string;
  /** Why the fields cannot be read: one sentence. */
  problem: string | undefined;
}>;

/** Characters of front matter that are read. */
const FIELDS_CHARS_MAX = 512 * 1024;

/** Takes a text apart. Never throws: fields that cannot be read are left out with a problem, the body is there. */
export function readFrontMatter(text: string): FrontMatter {
  const source = text.replace(/^\ufeff/, "");
  const open = /^(\+\+\+|---)[ \t]*\r?\n/.exec(source);
  if (!open) return { fields: {}, body: source, problem: undefined };
  const mark = open[1] ?? "";
  const close = mark === "+++"
    ? /^\+\+\+[ \t]*(?:\r?\n|$)/gm
    : /^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/gm;
  close.lastIndex = open[0].length;
  const end = close.exec(source);
  if (!end) {
    // A rule as the first line of a plain text is no front matter.
    if (mark === "---") return { fields: {}, body: source, problem: undefined };
    const problem = "the +++ that ends the front matter is missing";
    return { fields: {}, body: source.slice(open[0].length), problem };
  }
  const block = source.slice(open[0].length, end.index);
  const body = source.slice(end.index + end[0].length);
  if (block.length > FIELDS_CHARS_MAX) {
    const problem = `the front matter has ${block.length} characters: ${FIELDS_CHARS_MAX} are read`;
    return { fields: {}, body, problem };
  }
  return { ...parseFields(block, mark), body };
}

function parseFields(block: string, mark: string): Omit<FrontMatter, "body"> {
  const kind = mark === "+++" ? "TOML" : "YAML";
  try {
    const fields: unknown = mark === "+++"
      ? parseToml(block)
      : parseYaml(block, { maxAliasCount: 20, logLevel: "error" });
    if (fields === null) return { fields: {}, problem: undefined };
    if (isRecord(fields)) return { fields, problem: undefined };
    return { fields: {}, problem: `the ${kind} front matter is a list or a text, not fields` };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : "";
    return { fields: {}, problem: `the ${kind} front matter cannot be read: ${reason}` };
  }
}

/** Whether this is a table of named fields; a date is none. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof TomlDate);
}
