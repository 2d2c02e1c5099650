/** What the invariant checker collects. @module */
import type { Verify } from "../mesh/protocol/public_key.ts";
import type { Database } from "./database.ts";

/** Problems found, up to a limit, and how far the checker is. */
export class Report {
  /** One sentence for each problem, at most `limit`. */
  readonly problems: string[] = [];
  /** Entries checked so far, of all logs. */
  entries = 0;
  readonly #limit: number;
  readonly #onProgress: (entries: number) => void;

  /** Starts an empty report. */
  constructor(limit: number, onProgress: (entries: number) => void) {
    this.#limit = limit;
    this.#onProgress = onProgress;
  }

  /** True when no more problems are collected. */
  get isFull(): boolean {
    return this.problems.length >= this.#limit;
  }

  /** Adds a problem, unless the report is full. */
  add(problem: string): void {
    if (!this.isFull) this.problems.push(problem);
  }

  /** Adds a problem when a statement that must hold does not. */
  check(holds: boolean, problem: string): void {
    if (!holds) this.add(problem);
  }

  /** Counts checked entries and tells whoever watches. */
  advance(entries: number): void {
    this.entries += entries;
    this.#onProgress(this.entries);
  }
}

/** One log under check. */
export type VerifiedLog = Readonly<{
  /** The database, in a read transaction. */
  db: Database;
  /** Local number of the log. */
  log: number;
  /** Its author. */
  capsuleId: string;
  /** True for the owner's own. */
  isOwn: boolean;
  /** Checks signatures. */
  verify: Verify;
  /** Collects what is wrong. */
  report: Report;
}>;
