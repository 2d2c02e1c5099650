/** Values of front matter in the many shapes they are written in, each bounded. @module */
import { isRecord } from "./front_matter.ts";

type Fields = Readonly<Record<string, unknown>>;

const VALUES_MAX = 256;
const TAGS_MAX = 32;
const TAG_CHARS_MAX = 64;
const AUTHORS_MAX = 64;
const NAME_BYTES_MAX = 256;
// Nothing that a line of text cannot show.
const UNSHOWN = /[[\p{Cc}\uFFFE\uFFFF]--[\t\n]]/gv;

/** A text or number as text, trimmed; `undefined` when there is none. */
export function readText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return undefined;
  const text = value.toWellFormed().replace(/\r\n?/g, "\n").replace(UNSHOWN, "").normalize("NFC")
    .trim();
  return text === "" ? undefined : text;
}

/** The texts of a list, or the one text there is. */
export function readTexts(value: unknown): string[] {
  const list = Array.isArray(value) ? value.slice(0, VALUES_MAX) : [value];
  return list.map(readText).filter((text) => text !== undefined);
}

/** Tags and categories from wherever the common programs put them, each once whatever its case. */
export function readTags(fields: Fields): string[] {
  const sources = [fields, fields["taxonomies"], fields["extra"]].filter(isRecord);
  const names = ["tags", "tag", "categories", "category", "keywords"];
  const tags = new Map<string, string>();
  for (
    const text of sources.flatMap((source) => names.flatMap((name) => splitTags(source[name])))
  ) {
    const tag = cleanTag(text);
    if (tag !== undefined && !tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag);
  }
  return [...tags.values()].slice(0, TAGS_MAX);
}

/** A tag as the protocol takes it, or nothing. */
export function cleanTag(text: string): string | undefined {
  const tag = text.normalize("NFC").replaceAll("#", "").replace(/[\s\p{Cc}]+/gu, " ").trim();
  return tag === "" || Array.from(tag).length > TAG_CHARS_MAX ? undefined : tag;
}

/** The names of the authors that the fields give. */
export function readAuthors(fields: Fields): string[] {
  const sources = [fields, fields["taxonomies"], fields["extra"]].filter(isRecord);
  const values = sources.flatMap((source) => [source["authors"], source["author"]]);
  const names = values.flatMap((
    value,
  ) => (Array.isArray(value) ? value.slice(0, VALUES_MAX) : [value]))
    .map((value) => readText(isRecord(value) ? value["name"] : value))
    .filter((name) => name !== undefined)
    .map((name) => cutBytes(name.replace(/\s+/g, " "), NAME_BYTES_MAX));
  return [...new Set(names)].slice(0, AUTHORS_MAX);
}

/** A language tag from the fields, or the one in a file's name. */
export function readLanguage(fields: Fields, suffix: string | undefined): string | undefined {
  const typed = ["language", "lang", "locale"].map((key) => readText(fields[key])).find(Boolean) ??
    suffix;
  if (typed === undefined || typed.length > 35) return undefined;
  try {
    return Intl.getCanonicalLocales(typed.replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}

/** The text, cut between characters where it has more bytes. */
export function cutBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= bytesMax) return text;
  return new TextDecoder().decode(bytes.subarray(0, bytesMax - 3)).replace(/\ufffd+$/, "")
    .trimEnd() +
    "…";
}

function splitTags(value: unknown): string[] {
  if (typeof value === "string") return value.split(/[,;]/).slice(0, VALUES_MAX);
  const list = Array.isArray(value) ? value.slice(0, VALUES_MAX) : [];
  return list.map((item) => readText(isRecord(item) ? item["name"] : item)).filter((text) =>
    text !== undefined
  );
}
