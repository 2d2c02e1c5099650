/** The newest entries of the own log in words that their author recognises: to choose a cut. @module */
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findContent } from "../storage/contents.ts";
import type { Database } from "../storage/database.ts";
import { listEntries } from "../storage/entries.ts";
import { decodeStoredContent } from "../storage/stored_values.ts";

/** One entry. */
export type NewestEntry = Readonly<{
  index: number;
  /** The time it claims, Unix milliseconds. */
  timeMs: number;
  kind: string;
  /** Title, or the beginning of the text, or what it is about; "" where there is none. */
  words: string;
}>;

const WORDS_MAX = 80;

/** Lists the newest entries of a log, the newest first. */
export function listNewestEntries(db: Database, log: number, limit: number): NewestEntry[] {
  const size = findCheckpoint(db, log)?.size ?? 0;
  const entries = listEntries(db, log, Math.max(0, size - limit), limit);
  return entries.map(({ index, timeMs, kind }) => {
    const found = findContent(db, log, index);
    const content = found.state === "held" ? decodeStoredContent(found.bytes, kind) : undefined;
    const words = found.state === "withdrawn" ? "withdrawn" : describe(content);
    return { index, timeMs, kind, words };
  }).reverse();
}

function describe(content: ReturnType<typeof decodeStoredContent>): string {
  if (content === undefined) return "";
  if (content.kind === "withdraw") return `of entry ${content.withdraws}`;
  if (content.kind === "address" || content.kind === "follow") return content.address;
  if (content.kind === "unfollow") return content.follows;
  const whole = "title" in content
    ? content.title
    : "text" in content
    ? content.text
    : "name" in content
    ? content.name
    : "";
  const words = Array.from(whole.replaceAll(/[\s\p{Cc}]+/gu, " ").trim());
  return words.length <= WORDS_MAX ? words.join("") : `${words.slice(0, WORDS_MAX).join("")}…`;
}
