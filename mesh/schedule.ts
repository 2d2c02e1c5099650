/** When a mirror is asked next, and whom: pure (docs/protocol.md §13). @module */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Shortest time between two pulls of one log. */
export const INTERVAL_MIN_MS: number = MINUTE_MS;
/** Longest time between two pulls of one log. */
export const INTERVAL_MAX_MS = 6 * HOUR_MS;
/** A log that waits for a new record, for the owner or for a closing is looked at this often. */
export const WAITING_MS: number = INTERVAL_MAX_MS;
/** A refused log is tried again after this long, or when the owner says so. */
export const REFUSED_MS: number = DAY_MS;
/** While others hold the log the origin is left alone for this long after an answer of its own. */
const ORIGIN_REST_MS = HOUR_MS;
/** The origin is asked at least this often. */
const ORIGIN_EVERY_MS = DAY_MS;
/** Longest time that a `Retry-After` is believed. */
export const RETRY_AFTER_MAX_MS: number = DAY_MS;

/** Whom a log can be asked of. */
export type Source = Readonly<{
  /** An origin, without a slash at its end. */
  address: string;
  /** The capsule that answers there. */
  id: string;
  /** True for the author's own address, present or former. */
  isOrigin: boolean;
}>;

/** Spreads a time by a fifth in both directions, so that those who began together do not stay together. */
export function jitter(ms: number, random: number): number {
  return Math.round(ms * (0.8 + 0.4 * random));
}

/**
 * How long a log is left alone, judged by the times that its author claims of the newest entries, oldest first: an eighth of the
 * time in which one more can be expected; a minute to six hours. A clock that is off can only choose within these.
 */
export function chooseInterval(timesMs: readonly number[], nowMs: number): number {
  const [first, last] = [timesMs[0], timesMs.at(-1)];
  if (first === undefined || last === undefined) return INTERVAL_MAX_MS;
  const gapMs = timesMs.length < 2 ? 0 : Math.max(0, last - first) / (timesMs.length - 1);
  const silenceMs = Math.max(0, nowMs - last);
  const expectedMs = Math.max(gapMs, silenceMs);
  return Math.round(Math.min(INTERVAL_MAX_MS, Math.max(INTERVAL_MIN_MS, expectedMs / 8)));
}

/** Most silences are a restart: a log that could not be had is asked for again after this long at first. */
const RETRY_FIRST_MS = 15_000;

/** How long a log that could not be had waits: 15 seconds, doubled by each failure, six hours at most. */
export function backOff(failures: number): number {
  return Math.min(INTERVAL_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 16));
}

/** Reads `Retry-After` (seconds or a date) as milliseconds from now, at most a day; undefined for none or nonsense. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const isDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(text);
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  const ms = isDate ? Date.parse(text) - nowMs : seconds * 1_000;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(RETRY_AFTER_MAX_MS, Math.max(1_000, ms));
}

/**
 * The sources in the order in which they are asked: one at random among the origin and those who hold the log, then the others.
 * The origin comes first when it was not seen for a day, and last when it was seen within the hour and others are there.
 */
export function orderSources(
  sources: readonly Source[],
  options: Readonly<{
    /** When the origin answered last, Unix milliseconds; undefined for never. */
    originSeenAtMs: number | undefined;
    nowMs: number;
    /** From 0, below 1. */
    random: () => number;
  }>,
): Source[] {
  const { originSeenAtMs, nowMs, random } = options;
  const shuffled = shuffle(sources, random);
  const isOther = shuffled.some(({ isOrigin }) => !isOrigin);
  const restMs = originSeenAtMs === undefined ? Infinity : nowMs - originSeenAtMs;
  if (restMs >= ORIGIN_EVERY_MS || restMs < 0) return sortOrigin(shuffled, true);
  return isOther && restMs < ORIGIN_REST_MS ? sortOrigin(shuffled, false) : shuffled;
}

function sortOrigin(sources: readonly Source[], isFirst: boolean): Source[] {
  const origins = sources.filter(({ isOrigin }) => isOrigin);
  const others = sources.filter(({ isOrigin }) => !isOrigin);
  return isFirst ? [...origins, ...others] : [...others, ...origins];
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[other]] = [shuffled[other] as T, shuffled[i] as T];
  }
  return shuffled;
}

/** Which of the due may begin now: at most `atOnce` run, at most one from a host. */
export function chooseDue<T extends Readonly<{ host: string }>>(
  due: readonly T[],
  running: readonly string[],
  atOnce: number,
): T[] {
  const hosts = new Set(running);
  const chosen: T[] = [];
  for (const one of due) {
    if (running.length + chosen.length >= atOnce) break;
    if (hosts.has(one.host)) continue;
    hosts.add(one.host);
    chosen.push(one);
  }
  return chosen;
}
