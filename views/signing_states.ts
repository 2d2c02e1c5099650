/** Why this capsule may not publish now, in words for its owner; nothing when it may. @module */
import type { SigningOutcome } from "../storage/signing.ts";

/** What is the case, and what to do. */
export type SigningWords = Readonly<{
  sentence: string;
  advice: string;
  /** True while it settles by itself. */
  isPassing?: boolean;
}>;

/** The words for an outcome; undefined when publishing is allowed. */
export function describeSigning(outcome: SigningOutcome): SigningWords | undefined {
  return outcome === "allowed" ? undefined : WORDS[outcome];
}

/** The same on one line, for the terminal. */
export function describeSigningInText(outcome: SigningOutcome): string | undefined {
  const words = describeSigning(outcome);
  return words && `${words.sentence} ${words.advice}`;
}

const WORDS: Readonly<Record<Exclude<SigningOutcome, "allowed">, SigningWords>> = {
  checking: {
    sentence: "Your followers are being asked for the newest state of your capsule.",
    advice: "Publishing waits for their answer, 20 seconds at most. You can write meanwhile.",
    isPassing: true,
  },
  "another_copy": {
    sentence: "Another copy of this capsule answers at your address.",
    advice:
      "Two copies would contradict each other, so this one publishes nothing. Stop one of them, then start the other again.",
  },
  behind: {
    sentence: "Your followers have newer posts of yours than this database.",
    advice:
      "Probably an old backup was restored. The newer posts are being fetched; then publishing is possible again.",
    isPassing: true,
  },
  undelivered: {
    sentence: "A follower knows of newer posts of yours, but nobody gives them back.",
    advice:
      "Publishing now would contradict what you said before. Wait for that follower, restore a newer backup, or change your key with the recovery phrase.",
  },
  nobody: {
    sentence:
      "None of your followers answered, so nobody can say whether this is your newest state.",
    advice:
      "If this is not an old backup, you may go on. If it is, wait until one of them answers.",
  },
  forked: {
    sentence: "A follower holds a version of your log that contradicts this one.",
    advice:
      "Somebody has your key, or two copies were running. Set it right with your recovery phrase: a new key ends the contradiction.",
  },
  superseded: {
    sentence: "Your capsule was taken up again elsewhere with the recovery phrase.",
    advice:
      "This copy has the former key and publishes nothing any more. Go on there; if that was not you, close the identity with your phrase.",
  },
  closed: {
    sentence: "You closed this identity.",
    advice:
      "Everything stays readable here and with those who follow you. Nothing new can be published.",
  },
};
