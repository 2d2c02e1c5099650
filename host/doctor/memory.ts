/** How much memory the server holds. @module */
import { describeAge, describeBytes } from "../../views/ages.ts";
import { type Finding, fine, warning } from "../../views/findings.ts";

/** What is known of it; undefined before the server first wrote it down. */
export type MemoryFacts =
  | Readonly<{ residentBytes: number; atMs: number; nowMs: number }>
  | undefined;

const NAME = "Memory";
const BYTES_MANY = 1_000_000_000;
/** What is no older is true of now; the server writes it down by the hour. */
const NOW_MS = 2 * 3_600_000;

/** Judges it. */
export function judgeMemory(facts: MemoryFacts): Finding {
  if (facts === undefined) {
    return fine(NAME, "It is known once the server has run for five minutes.");
  }
  const { residentBytes, atMs, nowMs } = facts;
  const bytes = describeBytes(residentBytes);
  const text = nowMs - atMs < NOW_MS
    ? `The server uses ${bytes}.`
    : `The server used ${bytes}, ${describeAge(atMs, nowMs)}.`;
  if (residentBytes < BYTES_MANY) return fine(NAME, text);
  return warning(
    NAME,
    text,
    "That is far more than it needs for long. Start it anew; if it comes again, please report it.",
  );
}
