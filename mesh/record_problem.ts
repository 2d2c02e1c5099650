/** Why no identity record was made. @module */

/** Why the phrase did not make a record. The message is one plain sentence; nothing was written. */
export class RecordProblem extends Error {
  override readonly name = "RecordProblem";
  constructor(
    readonly code:
      | "phrase_malformed"
      | "phrase_wrong"
      | "no_capsule"
      | "closed"
      | "cut_range"
      | "too_many_records"
      | "newer_head"
      | "damaged",
    message: string,
  ) {
    super(message);
  }
}
