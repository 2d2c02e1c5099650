/** May anything be published now? @module */
import type { SigningOutcome } from "../../storage/signing.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { describeSigning } from "../../views/signing_states.ts";

const NAME = "Publishing";

/** Judges what the start rules found; `outcome` is undefined where they never ran. */
export function judgePublishing(
  { outcome, isServed }: Readonly<{ outcome: SigningOutcome | undefined; isServed: boolean }>,
): Finding {
  // What was being looked into when a server ended is looked into again by the next.
  const isPast = !isServed && outcome === "checking";
  const words = outcome === undefined || isPast ? undefined : describeSigning(outcome);
  if (words === undefined) return fine(NAME, "Nothing stands in the way.");
  const make = words.isPassing === true ? warning : problem;
  return make(NAME, words.sentence, words.advice);
}
