/** What can go wrong with a pull, and whose doing it is. @module */
import { DatabaseProblem } from "../storage/database.ts";
import { AskProblem } from "./fetch.ts";
import { ProtocolError } from "./protocol/errors.ts";

/** Codes of a pull beside `ProtocolCode` and `AskCode`: each is one sentence on the owner's page. docs/protocol.md §13. */
export const PULL_CODES = [
  /** Nobody is known who could be asked. */
  "no_source",
  /** The source does not have this log, or no longer. */
  "capsule_unknown",
  /** The source showed a head and does not have what belongs to it. */
  "undelivered",
  /** The source is busy and said so. */
  "busy",
  /** The source answered with a status that means nothing here. */
  "answer_status",
  /** Rows that are not a run: too many, too few, no JSON. */
  "rows_form",
  /** The source knows an older record than we do. */
  "record_older",
  /** The author asked for more in a day than is taken unasked. */
  "flooding",
  /** The log is larger than what is taken unasked. */
  "too_large",
  /** Nobody who was asked gave some of the contents; they are asked for again. */
  "contents_missing",
  /** Everybody who was asked has taken some of the contents down; they are asked for again. */
  "contents_taken_down",
  /** There is no room left on the disk of this capsule. */
  "disk_full",
  /** A picture's bytes are not those that the content names. */
  "blob_mismatch",
  /** A picture's bytes are no picture of the closed list. */
  "blob_form",
] as const;

/** One of `PULL_CODES`. */
export type PullCode = typeof PULL_CODES[number];

/** One source could not be used; others may be. */
export class SourceProblem extends Error {
  /** The class's own name, as in every error. */
  override name = "SourceProblem";
  /** Why: a pull code. */
  readonly code: PullCode;
  /** How long it wants to be left alone, milliseconds; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;
  /** True when what it sent breaks a rule; false when it has nothing, or is busy. */
  readonly isWrong: boolean;

  /** The message is for logs. */
  constructor(
    code: PullCode,
    message: string,
    options: Readonly<{ retryAfterMs?: number | undefined; isWrong?: boolean }> = {},
  ) {
    super(message);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.isWrong = options.isWrong ?? false;
  }
}

/** The log itself breaks a rule, proved by its author's own signature: no other source can help. */
export class LogProblem extends Error {
  /** The class's own name, as in every error. */
  override name = "LogProblem";
  /** Why: a protocol or pull code. */
  readonly code: string;

  /** The message is for logs. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The record or the head became another one while we worked: begin again from what is stored now. */
export class MovedProblem extends Error {
  /** The class's own name, as in every error. */
  override name = "MovedProblem";
}

/** True when there is no room left on this machine's disk: nobody's doing, and mended by itself when there is. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof DatabaseProblem && error.kind === "full";
}

/** What a failed source is remembered by. */
export type SourceFailure = Readonly<{
  code: string;
  /** It broke a rule, as against: it was not there, or busy. */
  isWrong: boolean;
  retryAfterMs: number | undefined;
}>;

/** The failure of one source; undefined for everything that is not its doing and must be thrown on. */
export function failureOf(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceProblem) {
    const { code, isWrong, retryAfterMs } = error;
    return { code, isWrong, retryAfterMs };
  }
  if (error instanceof ProtocolError) {
    return { code: error.code, isWrong: true, retryAfterMs: undefined };
  }
  if (error instanceof AskProblem && error.code !== "stopped") {
    return { code: error.code, isWrong: isBrokenAnswer(error), retryAfterMs: undefined };
  }
  return undefined;
}

/** Too much, or nothing that can be read: somebody was there and did not keep to the rules. */
function isBrokenAnswer({ code }: AskProblem): boolean {
  return code === "too_long" || code === "answer_broken";
}
