/** Findings as tables: facts, what must come of them. @module */
import { equal, match } from "node:assert/strict";
import type { Finding } from "../../views/findings.ts";

/** What must come of some facts: the state, and words of the line. */
export type Row = readonly [what: string, found: Finding, state: Finding["state"], words: RegExp];

/** Each finding is right, and reads as the house wants it: whole sentences, and what to do exactly where something is. */
export function checkFindings(rows: readonly Row[]): void {
  for (const [what, found, state, words] of rows) {
    const line = `${found.text} ${found.todo}`.trim();
    equal(found.state, state, `${what}: ${line}`);
    match(line, words, what);
    match(found.text, /^\S.*\.$/s, what);
    equal(found.todo === "", state === "ok", `${what}: something to do, or nothing: ${line}`);
  }
}
