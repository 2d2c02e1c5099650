/** The kinds of reasons for a takedown in words, as the public reads them. @module */
import type { TakedownReason } from "../storage/takedowns.ts";

const WORDS: Readonly<Record<TakedownReason, string>> = {
  law: "a law",
  copyright: "somebody else’s rights in it",
  privacy: "somebody’s privacy",
  abuse: "abuse",
  spam: "spam",
  other: "another one",
};

/** What stands behind "Reason:". */
export function takedownReason(reason: TakedownReason): string {
  return WORDS[reason];
}
