/** When to renew: the authority's word (RFC 9773), else a share of the lifetime. @module */
import type { Connection } from "./connection.ts";
import { isRecord } from "./problem.ts";

/** When the authority wants a certificate renewed. */
export type RenewalWindow = Readonly<{
  /** Unix ms. */
  startMs: number;
  /** Unix ms; after the start. */
  endMs: number;
  /** When to ask again, Unix ms. */
  askAtMs: number;
}>;

const ASK_MS = 6 * 3_600_000;
const ASK_MIN_MS = 60_000;
const ASK_MAX_MS = 86_400_000;
const SHORT_MS = 10 * 86_400_000;

/** Asks when to renew; undefined when the authority does not say, or not in a form that can be used. Throws AcmeProblem. */
export async function findRenewalWindow(
  { directory, get, parts: { now } }: Connection,
  renewalId: string,
): Promise<RenewalWindow | undefined> {
  if (directory.renewalInfo === undefined) return undefined;
  const { value, retryAtMs } = await get(`${directory.renewalInfo}/${renewalId}`);
  const found = isRecord(value) && isRecord(value.suggestedWindow) ? value.suggestedWindow : {};
  const startMs = Date.parse(String(found.start));
  const endMs = Date.parse(String(found.end));
  if (!(endMs > startMs)) return undefined;
  const nowMs = now();
  const askInMs = (retryAtMs ?? nowMs + ASK_MS) - nowMs;
  return { startMs, endMs, askAtMs: nowMs + Math.min(Math.max(askInMs, ASK_MIN_MS), ASK_MAX_MS) };
}

/** Renewed before so much of its lifetime is left, whatever an authority says: one that is wrong must not let it end. */
const LEFT_SHARE = 8;

/** The latest moment at which a certificate is renewed. */
export function latestMoment({ notBeforeMs, notAfterMs }: Lifetime): number {
  return Math.floor(notAfterMs - (notAfterMs - notBeforeMs) / LEFT_SHARE);
}

/** Unix ms both. */
type Lifetime = Readonly<{ notBeforeMs: number; notAfterMs: number }>;

/** A moment in the window, by chance: so not everybody comes at once. */
export function chooseMoment(
  { startMs, endMs }: Pick<RenewalWindow, "startMs" | "endMs">,
  random: () => number,
): number {
  return Math.round(startMs + random() * (endMs - startMs));
}

/** Without the authority's word: at a third of the lifetime left, half where it is under ten days. */
export function shareMoment(
  { notBeforeMs, notAfterMs }: Lifetime,
): number {
  const lifetimeMs = notAfterMs - notBeforeMs;
  return Math.round(notAfterMs - lifetimeMs / (lifetimeMs < SHORT_MS ? 2 : 3));
}
