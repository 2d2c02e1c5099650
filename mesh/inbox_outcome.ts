/** What the inbox needs, and what becomes of a delivery (docs/protocol.md §12.10). @module */
import type { Mesh } from "./mesh.ts";

/** What receiving needs. */
export type InboxDeps = Pick<Mesh, "db" | "now" | "log" | "isDev">;

/**
 * What became of a delivery: "stored" now; "known" already; "later", when it was pulled; "ignored", because it is about nothing
 * that this capsule openly keeps, or of a kind it does not know; "fork", with the proof that contradicts it.
 */
export type Outcome =
  | Readonly<{
    outcome: "stored" | "known" | "later" | "ignored";
    /** Set for new entries of somebody who is followed: there are as many of them as that one writes. */
    isNews?: true;
  }>
  | Readonly<{ outcome: "fork"; proof: string }>;

/** A delivery that cannot be taken and breaks no rule of what is signed. */
export class InboxProblem extends Error {
  /** The class's own name, as in every error. */
  override readonly name = "InboxProblem";
  /** `body_form`: not the JSON of a delivery. `too_many`: too many strangers follow already. */
  readonly code: "body_form" | "too_many";

  /** The message is for logs: expected, found. */
  constructor(code: InboxProblem["code"], message: string) {
    super(message);
    this.code = code;
  }
}
