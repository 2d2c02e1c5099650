/** Whom a person means to block, on the command line. @module */
import { readTarget } from "../mesh/follow_target.ts";

/** A capsule id, or the host of an address; throws FollowProblem "target_form" for anything else. */
export function readBlockTarget(word: string): string {
  const target = readTarget({ target: word });
  return "id" in target ? target.id : new URL(target.address).host;
}
