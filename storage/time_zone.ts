/** Months and years of a time zone as instants, for the archive. @module */

/** A month as a person in some time zone counts it. */
export type Month = Readonly<{
  /** Calendar year. */
  year: number;
  /** 1 to 12. */
  month: number;
}>;

const formats = new Map<string, Intl.DateTimeFormat>();
const FORMATS_MAX = 16;
const DAY_MS = 86_400_000;

/** Says whether this is an IANA time zone known here. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

/** The month in which an instant (Unix milliseconds) lies: the one that began last. */
export function findMonth(timeZone: string, ms: number): Month {
  const local = new Date(ms + findOffsetMs(timeZone, ms));
  const year = local.getUTCFullYear();
  const month = local.getUTCMonth() + 1;
  // Where clocks go back over a month's first midnight, its first hour reads like the end of the month before.
  const next = toMonth(year, month + 1);
  if (ms >= findMonthStartMs(timeZone, next)) return next;
  return { year, month };
}

/** The first millisecond of a month; months beyond 12 run into the next years. */
export function findMonthStartMs(timeZone: string, { year, month }: Month): number {
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, 1);
  const wanted = local.getTime();
  // The offsets on both sides of any change of clocks near that midnight, the earlier instant first.
  const before = findOffsetMs(timeZone, wanted - DAY_MS);
  const after = findOffsetMs(timeZone, wanted + DAY_MS);
  const early = wanted - Math.max(before, after);
  const isReached = early + findOffsetMs(timeZone, early) >= wanted;
  return isReached ? early : wanted - Math.min(before, after);
}

/** Answers the month of many instants fast: neighbours mostly lie in the same month. */
export function makeMonthFinder(timeZone: string): (ms: number) => Month {
  let month: Month = { year: 0, month: 1 };
  let startMs = 0;
  let endMs = 0;
  return (ms) => {
    if (ms >= startMs && ms < endMs) return month;
    month = findMonth(timeZone, ms);
    startMs = findMonthStartMs(timeZone, month);
    endMs = findMonthStartMs(timeZone, toMonth(month.year, month.month + 1));
    return month;
  };
}

/** A month by its number, which may be 13. */
function toMonth(year: number, month: number): Month {
  return month > 12 ? { year: year + 1, month: month - 12 } : { year, month };
}

/** How far local clocks are ahead of UTC at an instant. */
export function findOffsetMs(timeZone: string, ms: number): number {
  if (timeZone === "UTC") return 0;
  const parts: Record<string, number> = {};
  for (const { type, value } of findFormat(timeZone).formatToParts(ms)) {
    parts[type] = Number(value);
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second);
  return local.getTime() - Math.floor(ms / 1000) * 1000;
}

function findFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  if (formats.size >= FORMATS_MAX) formats.clear();
  formats.set(timeZone, format);
  return format;
}
