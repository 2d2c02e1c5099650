/** The question for carried items, by the hashes of their entries (docs/protocol.md §12.8). @module */
import { InboxProblem } from "./inbox_outcome.ts";
import { fromHex32 } from "./protocol/hex.ts";
import { decodeJsonObject } from "./protocol/json.ts";

/** Entry hashes of one question. */
export const CARRIED_MAX = 50;

const DEPTH_MAX = 4;

/**
 * Answers with the proof documents held of the asked entries, as JSON; what is not held is left out. An item is carried along
 * with a repost, a quote or an acceptance, and this version writes none of them: it holds none. Throws InboxProblem
 * `body_form` and ProtocolError `hex_form`.
 */
export function answerCarried(text: string): string {
  const hashes = decodeJsonObject(text, DEPTH_MAX)?.hashes;
  if (!Array.isArray(hashes) || hashes.length > CARRIED_MAX) {
    throw new InboxProblem("body_form", `Expected \`hashes\`, a list of at most ${CARRIED_MAX}`);
  }
  for (const hash of hashes) {
    if (typeof hash !== "string") throw new InboxProblem("body_form", "Expected hashes as text");
    fromHex32(hash);
  }
  return JSON.stringify({ carried: [] });
}
