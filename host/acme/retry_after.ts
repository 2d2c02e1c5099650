/** The header Retry-After (RFC 9110 §10.2.3). @module */

/** The longest limit of an authority that is known is a week; a mistake must not cost a certificate. */
const SECONDS_MAX = 8 * 86_400;

/** The moment it names, Unix ms; undefined without one. At most eight days ahead. */
export function readRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : NaN;
  const atMs = Number.isNaN(seconds) ? Date.parse(text) : nowMs + seconds * 1_000;
  if (Number.isNaN(atMs)) return undefined;
  return Math.min(Math.max(atMs, nowMs), nowMs + SECONDS_MAX * 1_000);
}
