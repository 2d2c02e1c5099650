/** Why no identity record was made. @module */

/** What stands in the way: the code decides what a program does, the message what a person reads. */
export type RecordCode =
  | "phrase_malformed"
  | "phrase_wrong"
  | "no_capsule"
  | "closed"
  | "cut_range"
  | "too_many_records"
  | "newer_head"
  | "damaged";

/** Why the phrase did not make a record. The message is one plain sentence; nothing was written. */
export class RecordProblem extends Error {
  /** Which of the closed list of problems this is. */
  readonly code: RecordCode;

  /** Makes a problem with its sentence. */
  constructor(code: RecordCode, message: string) {
    super(message);
    this.name = "RecordProblem";
    this.code = code;
  }
}
