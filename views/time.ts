// Instants as people read them. Nothing here knows what time it is now.

export type TimeStyle = Readonly<{
  /** An IANA zone name; an unknown one counts as UTC. */
  timeZone: string;
  /** A BCP 47 tag; an unknown one counts as English. */
  language: string;
}>;

/** For the terminal, and where nobody's time zone is known. */
export const UTC: TimeStyle = { timeZone: "UTC", language: "en" };

type Shape = "date" | "dateTime" | "month" | "numbers";

const FORMATS_MAX = 64;
const MS_MAX = 8.64e15;
const shapes: Readonly<Record<Shape, Intl.DateTimeFormatOptions>> = {
  date: { day: "numeric", month: "long", year: "numeric" },
  dateTime: {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  },
  month: { month: "long", year: "numeric" },
  numbers: { day: "2-digit", month: "2-digit", year: "numeric", calendar: "gregory" },
};
// Making one takes 30 µs, using one 1 µs. The least recently made goes when there are too many.
const formats = new Map<string, Intl.DateTimeFormat>();

/** "22 November 2026" in the language and zone asked for; "" for an instant that no calendar holds. */
export function formatDate(ms: number, style: TimeStyle): string {
  return format("date", ms, style);
}

/** Day and time of day with the zone's short name. */
export function formatDateTime(ms: number, style: TimeStyle): string {
  return format("dateTime", ms, style);
}

/** Month and year, for the headings of an archive. */
export function formatMonth(ms: number, style: TimeStyle): string {
  return format("month", ms, style);
}

/** RFC 3339 in UTC, for `datetime` attributes; "" for an instant that no calendar holds. */
export function isoTime(ms: number): string {
  return isInstant(ms) ? new Date(ms).toISOString() : "";
}

/** The year of an instant in a zone. */
export function year(ms: number, timeZone: string): number {
  return numbers(ms, timeZone, "year");
}

/** The month of an instant in a zone, 1 to 12. */
export function month(ms: number, timeZone: string): number {
  return numbers(ms, timeZone, "month");
}

/** Whether `timeZone` is a zone that dates can be shown in. */
export function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return timeZone !== "";
  } catch {
    return false;
  }
}

function numbers(ms: number, timeZone: string, part: "year" | "month"): number {
  if (!isInstant(ms)) return 0;
  const parts = findFormat("numbers", { timeZone, language: "en" }).formatToParts(ms);
  return Number(parts.find(({ type }) => type === part)?.value ?? 0);
}

function format(shape: Shape, ms: number, style: TimeStyle): string {
  return isInstant(ms) ? findFormat(shape, style).format(ms) : "";
}

function isInstant(ms: number): boolean {
  return Math.abs(ms) <= MS_MAX;
}

function findFormat(shape: Shape, { timeZone, language }: TimeStyle): Intl.DateTimeFormat {
  const key = `${shape} ${timeZone} ${language}`;
  const known = formats.get(key);
  if (known) return known;
  const made = makeFormat(shape, timeZone, language);
  if (formats.size >= FORMATS_MAX) {
    for (const oldest of formats.keys()) {
      formats.delete(oldest);
      break;
    }
  }
  formats.set(key, made);
  return made;
}

function makeFormat(shape: Shape, timeZone: string, language: string): Intl.DateTimeFormat {
  // "en" alone is American; day before month reads the same everywhere else.
  const wished = language === "" || language === "en" ? "en-GB" : language;
  for (
    const [locale, zone] of [[wished, timeZone], ["en-GB", timeZone], [wished, "UTC"]] as const
  ) {
    try {
      return new Intl.DateTimeFormat(locale, { ...shapes[shape], timeZone: zone });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return new Intl.DateTimeFormat("en-GB", { ...shapes[shape], timeZone: "UTC" });
}
