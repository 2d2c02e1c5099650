/** Reads fields of decoded JSON by rules that are values themselves (docs/protocol.md §10.1). */
import { isJsonObject, type Json } from "./json.ts";
import { isInteger, parseTime } from "./text.ts";
import { countUtf8 } from "./text.ts";
import { LANGUAGE_CHARACTERS_MAX, TAG_CHARACTERS_MAX } from "./limits.ts";

/** Reads one value; `undefined` when a rule is broken. */
export type Read<T> = (value: Json | undefined) => T | undefined;
/** A field that may be absent, never null. */
export type Optional<T> = Readonly<{
  /** Reads the value where it is there. */
  optional: Read<T>;
}>;
/** Rules for the fields of an object, in the order in which they are written. */
export type Rules<T> = {
  readonly [K in keyof T]-?: Pick<Partial<T>, K> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Read<T[K]>;
};

const LANGUAGE = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const EDGE_SPACE = /^\s|\s$/u;

/** Makes the reader of an object: unknown names are left out, names keep the rules' order. */
export function object<T>(rules: Rules<T>): Read<T> {
  const entries = Object.entries(rules) as [string, Read<unknown> | Optional<unknown>][];
  const fields = entries.map(([name, rule]) =>
    typeof rule === "function"
      ? { name, read: rule, isOptional: false }
      : { name, read: rule.optional, isOptional: true }
  );
  return (value) => {
    if (!isJsonObject(value)) return undefined;
    const result: Record<string, unknown> = {};
    for (const { name, read, isOptional } of fields) {
      // A name of ours, which no object has by itself.
      const field = value[name];
      if (field === undefined && isOptional) continue;
      const decoded = read(field);
      if (decoded === undefined) return undefined;
      result[name] = decoded;
    }
    return result as T;
  };
}

/** Marks a field that may be absent. */
export function optional<T>(read: Read<T>): Optional<T> {
  return { optional: read };
}

/** A list of at most `max` items that all follow the rule. */
export function list<T>(read: Read<T>, max: number): Read<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > max) return undefined;
    const items: T[] = [];
    for (const item of value as readonly Json[]) {
      const decoded = read(item);
      if (decoded === undefined) return undefined;
      items.push(decoded);
    }
    return items;
  };
}

/** Any text of at most this many bytes; may be empty. */
export function text(bytesMax: number): Read<string> {
  // A unit of UTF-16 is three bytes at most: nearly every text is too short to be counted.
  const unitsMax = Math.floor(bytesMax / 3);
  return (value) =>
    typeof value === "string" && value.length <= bytesMax &&
      (value.length <= unitsMax || countUtf8(value) <= bytesMax)
      ? value
      : undefined;
}

/** One line: text without control characters; may be empty. */
export function line(bytesMax: number): Read<string> {
  const read = text(bytesMax);
  return (value) => {
    const decoded = read(value);
    return decoded === undefined || CONTROL.test(decoded) ? undefined : decoded;
  };
}

/** One line that says something. */
export function name(bytesMax: number): Read<string> {
  const read = line(bytesMax);
  return (value) => {
    const decoded = read(value);
    return decoded === undefined || decoded.trim() === "" ? undefined : decoded;
  };
}

/** Text that fits a pattern. */
export function matching(pattern: RegExp, bytesMax: number): Read<string> {
  const read = line(bytesMax);
  return (value) => {
    const decoded = read(value);
    return decoded !== undefined && pattern.test(decoded) ? decoded : undefined;
  };
}

/** Text that a check accepts. */
export function checked(check: (value: unknown) => value is string): Read<string> {
  return (value) => check(value) ? value : undefined;
}

/** One of a closed list of texts. */
export function oneOf<T extends string>(...allowed: readonly T[]): Read<T> {
  return (value) => allowed.find((item) => item === value);
}

/** An integer from `min` to `max`. */
export function integer(min: number, max: number): Read<number> {
  return (value) => isInteger(value) && value >= min && value <= max ? value : undefined;
}

/** The value true. */
export function yes(value: Json | undefined): true | undefined {
  return value === true ? true : undefined;
}

/** A time that re-formats to itself. */
export function time(value: Json | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  try {
    parseTime(value);
    return value;
  } catch {
    return undefined;
  }
}

/** A language tag in the form of BCP 47. */
export const language: Read<string> = matching(LANGUAGE, LANGUAGE_CHARACTERS_MAX);

/** A tag: NFC, no `#`, no control characters, no space at its ends, 1 to 64 characters. */
export function tag(value: Json | undefined): string | undefined {
  if (typeof value !== "string" || value.length > 2 * TAG_CHARACTERS_MAX) return undefined;
  const isTag = value !== "" && !value.includes("#") && !CONTROL.test(value) &&
    !EDGE_SPACE.test(value) && [...value].length <= TAG_CHARACTERS_MAX &&
    value.normalize("NFC") === value;
  return isTag ? value : undefined;
}
