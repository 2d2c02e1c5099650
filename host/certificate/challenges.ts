/** Answers to an authority's challenges, as long as it may ask for them. @module */
import type { Challenges } from "../acme/order.ts";

/** Where port 80 looks them up. */
export type ChallengeBook =
  & Challenges
  & Readonly<{
    /** The answer to a token; undefined for one that nobody waits for. */
    find: (token: string) => string | undefined;
  }>;

/** Makes an empty book. */
export function makeChallengeBook(): ChallengeBook {
  const shown = new Map<string, string>();
  return {
    show: (token, answer) => void shown.set(token, answer),
    hide: (token) => void shown.delete(token),
    find: (token) => shown.get(token),
  };
}
