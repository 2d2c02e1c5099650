/** How long ago, as people say it. @module */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "just now", "3 minutes ago", "5 hours ago", "yesterday", "12 days ago", "4 months ago", "2 years ago". */
export function describeAge(ms: number, nowMs: number): string {
  const age = nowMs - ms;
  if (age < MINUTE_MS) return "just now";
  if (age < HOUR_MS) return ago(age / MINUTE_MS, "minute");
  if (age < DAY_MS) return ago(age / HOUR_MS, "hour");
  if (age < 2 * DAY_MS) return "yesterday";
  if (age < 60 * DAY_MS) return ago(age / DAY_MS, "day");
  if (age < 730 * DAY_MS) return ago(age / (30.44 * DAY_MS), "month");
  return ago(age / (365.25 * DAY_MS), "year");
}

function ago(count: number, unit: string): string {
  const whole = Math.floor(count);
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}

/** "0 kB", "340 kB", "12.4 MB", "1.2 GB". */
export function describeBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  const [value, unit] = bytes < 1_000_000_000 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${value < 100 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}

/** "1 post", "2,000 posts". */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
