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

/** A content's row with bytes that are set aside too. */
export type ContentRow = Readonly<{
  /** Index of the entry. */
  n: number;
  /** held, withdrawn or erased. */
  state: string;
  /** Index of the withdrawal, or null. */
  by: number | null;
  /** Null when erased. */
  bytes: Uint8Array | null;
}>;

/** Lists the contents of a run of entries, by index. */
export function listContentRows(
  { db, log }: VerifiedLog,
  from: number,
  count: number,
): Map<number, ContentRow> {
  const rows = db.prepare(
    `select n, state, by_n as "by", bytes from contents where log = ? and n >= ? and n < ? order by n`,
  ).all(log, from, from + count) as ContentRow[];
  return new Map(rows.map((row) => [row.n, row]));
}
