/** When an ordinary feed is asked again: pure. @module */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Shortest time between two questions to a feed. */
export const FEED_INTERVAL_MIN_MS = 15 * MINUTE_MS;
/** Longest time between two questions to a feed. */
export const FEED_INTERVAL_MAX_MS: number = DAY_MS;

const LOOKED_AT = 10;
const GONE_MS = 30 * DAY_MS;

/**
 * A quarter of the time that lies between its newest items, or since the newest, whichever is longer; between 15 minutes
 * and a day. Without items (nothing had changed) half as long again as before.
 */
export function nextFeedInterval(
  timesMs: readonly number[],
  nowMs: number,
  beforeMs = FEED_INTERVAL_MAX_MS,
): number {
  const newest = timesMs.toSorted((a, b) => b - a).slice(0, LOOKED_AT);
  const [first] = newest;
  const last = newest.at(-1);
  if (first === undefined || last === undefined) return bound(beforeMs * 1.5);
  const gapMs = newest.length < 2 ? 0 : (first - last) / (newest.length - 1);
  return bound(Math.max(gapMs, nowMs - first) / 4);
}

/** How long to wait after so many failures in a row: 15 minutes, doubled up to a day; a month for what is gone for good. */
export function retryFeedAfter(problem: string, failures: number): number {
  if (problem === "gone") return GONE_MS;
  return bound(FEED_INTERVAL_MIN_MS * 2 ** Math.min(10, failures - 1));
}

function bound(ms: number): number {
  return Math.round(Math.max(FEED_INTERVAL_MIN_MS, Math.min(FEED_INTERVAL_MAX_MS, ms)));
}
