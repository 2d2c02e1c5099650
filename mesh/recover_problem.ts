/** Why a capsule was not brought back. @module */

/** What stands in the way of a recovery. */
export type RecoverCode =
  /** The database has a capsule already. */
  | "already_created"
  /** Nobody who was asked has a copy. */
  | "no_copy"
  /** The identity was closed: nothing can be signed under it again. */
  | "closed"
  /** Copies contradict each other, and the owner has not said which counts. */
  | "contradiction"
  /** The cut is not within any copy. */
  | "cut_range"
  /** Entries that nobody gave. */
  | "entries_missing"
  /** Stopped before it was through. */
  | "stopped";

/** One way in which the log was continued, as the owner recognises it. */
export type Branch = Readonly<{
  /** Entries in it. */
  size: number;
  /** Where it was found. */
  addresses: readonly string[];
  /** Its newest pieces, the newest first. */
  newest: readonly Readonly<{
    index: number;
    /** The claimed time, RFC 3339. */
    time: string;
    kind: string;
    /** Title, or the beginning of the text; "" where there is none. */
    words: string;
  }>[];
}>;

/** A recovery that did not come to its end: the message is one plain sentence; run again, it goes on. */
export class RecoverProblem extends Error {
  /** Which of the closed list of problems this is. */
  readonly code: RecoverCode;
  /** With `contradiction`: what there is to choose from. */
  readonly branches: readonly Branch[];

  /** Makes a problem with its sentence. */
  constructor(code: RecoverCode, message: string, branches: readonly Branch[] = []) {
    super(message);
    this.name = "RecoverProblem";
    this.code = code;
    this.branches = branches;
  }
}
