/** Dates as archives write them, with zones where they have some. @module */
import { TomlDate } from "smol-toml";

const ISO =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[Tt\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$/;
/** A year that a person can have written in. */
const YEAR_MIN = 1900;
const YEAR_MAX = 2200;

/**
 * The moment that a field means, in Unix milliseconds. A day without a time is noon there, so that it stays that day in most
 * zones; a time without a zone is the capsule's (`timeZone`, an IANA name). `undefined` when it is no date.
 */
export function readDate(value: unknown, timeZone: string): number | undefined {
  const text = value instanceof TomlDate || value instanceof Date
    ? value.toISOString()
    : typeof value === "string"
    ? value.trim()
    : undefined;
  if (text === undefined || text.length > 64) return undefined;
  const match = ISO.exec(text);
  if (match) return readIso(match, timeZone);
  // RFC 822 and the like: only with a year of four digits and a zone, else it would be guessing.
  if (!/\d{4}/.test(text) || !/(?:Z|UTC|GMT|[A-Z]{3}|[+-]\d{4})$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The day in a path or file name such as `2014/12/12/name` or `2014-12-12-name`, as `2014-12-12`. */
export function findDay(path: string): string | undefined {
  const match = /(?:^|\/)(\d{4})[-/_](\d{2})[-/_](\d{2})(?=[-_/.]|$)/.exec(path);
  if (!match) return undefined;
  const day = `${match[1]}-${match[2]}-${match[3]}`;
  return readDate(day, "UTC") === undefined ? undefined : day;
}

function readIso(match: RegExpExecArray, timeZone: string): number | undefined {
  const [, year = "", month = "", day = "", hour, minute, second, fraction, zone] = match;
  const parts = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: hour === undefined ? 12 : Number(hour),
    minute: Number(minute ?? 0),
    second: Math.min(Number(second ?? 0), 59),
    millisecond: Number((fraction ?? "0").padEnd(3, "0").slice(0, 3)),
  };
  if (parts.year < YEAR_MIN || parts.year > YEAR_MAX) return undefined;
  try {
    const local = Temporal.PlainDateTime.from(parts, { overflow: "reject" });
    const place = zone === undefined
      ? timeZone
      : zone.startsWith("+") || zone.startsWith("-")
      ? `${zone.slice(0, 3)}:${zone.slice(-2)}`
      : "UTC";
    return local.toZonedDateTime(place).epochMilliseconds;
  } catch {
    // A 31st of February, an hour 25.
    return undefined;
  }
}
