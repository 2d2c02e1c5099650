/** The invariant checker: re-verifies everything that is stored, from the first entry on. @module */
import type { Verify } from "../mesh/protocol/public_key.ts";
import { findOwnCapsule } from "./capsules.ts";
import { findCheckpoint } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import { verifyBlobs } from "./verify_blobs.ts";
import { verifyCounters } from "./verify_counters.ts";
import { verifyLog } from "./verify_log.ts";
import { findGaps, verifyTakedowns } from "./verify_mirrors.ts";
import { Report, type VerifiedLog } from "./verify_report.ts";
import { verifySearch } from "./verify_search.ts";
import { ShownVerifier, verifyShown } from "./verify_shown.ts";
import { verifyStanding } from "./verify_standing.ts";

/**
 * The two halves of verifying, for two threads with a connection each. "log": the file, signatures, entries, tree, tiles and
 * the hashes of contents. "shown": what pages read, counters, tags, the search index and the pictures. Each looks at one
 * state of the database of its own.
 */
export type VerifyHalf = "log" | "shown";

/** How to verify. */
export type VerifyOptions = Readonly<{
  /** Checks an Ed25519 signature: `verifySignature`. */
  verify: Verify;
  /** Told after about every thousand entries. */
  onProgress?: ((entries: number, total: number) => void) | undefined;
  /** Only one half; both when absent. */
  half?: VerifyHalf | undefined;
  /** Problems listed at most; 100 when absent. */
  limit?: number | undefined;
}>;

/** What verifying found. */
export type Verified = Readonly<{
  /** True when nothing is wrong. */
  ok: boolean;
  /** Entries checked; 0 from the half "shown". */
  entries: number;
  /** One sentence for each problem. */
  problems: string[];
}>;

const PROBLEMS_MAX = 100;

/**
 * Verifies every log (signatures, entries, tree, tiles, contents), what pages show of it, counters, tags, the search index
 * and the pictures, over one state of the database, beside a running server. Never throws for what it finds.
 */
export function verifyStore(db: Database, options: VerifyOptions): Verified {
  let total = 0;
  const report = new Report(
    options.limit ?? PROBLEMS_MAX,
    (entries) => options.onProgress?.(entries, total),
  );
  guard(report, "the checkpoints", () => total = countAllEntries(db));
  if (options.half !== "shown") guard(report, "the file", () => verifyFile(db, report));
  guard(report, "the database", () => db.readTransaction(() => verifyRows(db, report, options)));
  return { ok: report.problems.length === 0, entries: report.entries, problems: report.problems };
}

/**
 * Verifies the owner's own log only: signatures, entries, tree, tiles and the hashes of contents. What others wrote can be had
 * again from them. Nothing is wrong with a database in which no capsule is set up. Never throws for what it finds.
 */
export function verifyOwnLog(db: Database, options: Omit<VerifyOptions, "half">): Verified {
  let total = 0;
  const report = new Report(
    options.limit ?? PROBLEMS_MAX,
    (entries) => options.onProgress?.(entries, total),
  );
  const { verify } = options;
  guard(report, "the log", () =>
    db.readTransaction(() => {
      const own = findOwnCapsule(db);
      if (own === undefined) return;
      total = findCheckpoint(db, own.log)?.size ?? 0;
      verifyLog({ db, log: own.log, capsuleId: own.id, isOwn: true, verify, report }, undefined);
    }));
  return { ok: report.problems.length === 0, entries: report.entries, problems: report.problems };
}

function verifyRows(db: Database, report: Report, { verify, half }: VerifyOptions): void {
  const capsules = db.prepare(
    "select log, id as capsuleId, is_own as isOwn from capsules order by log",
  ).all() as { log: number; capsuleId: string; isOwn: number }[];
  for (const { log, capsuleId, isOwn } of capsules) {
    const verified = { db, log, capsuleId, isOwn: isOwn === 1, verify, report };
    guard(report, `log ${log}`, () => verifyOne(verified, half));
    if (half !== "shown" && !findGaps(verified).isLeaving) {
      guard(report, `what log ${log} says`, () => verifyStanding(verified));
    }
    if (half !== "log") {
      guard(report, `the search index of log ${log}`, () => verifySearch(verified));
    }
  }
  if (half === "log") return;
  guard(report, "the counters", () => verifyCounters(db, report));
  guard(report, "the pictures", () => verifyBlobs(db, report));
  guard(report, "what was taken down", () => verifyTakedowns({ db, report }));
}

/** Both halves go side by side, so that whoever watches sees them end together. */
function verifyOne(verified: VerifiedLog, half: VerifyHalf | undefined): void {
  if (half === "shown") return verifyShown(verified);
  verifyLog(verified, half === "log" ? undefined : new ShownVerifier(verified));
}

/** SQLite's own check of pages and, since 3.44, of the full-text index. */
function verifyFile(db: Database, report: Report): void {
  // Row by row: what is damaged may end the check itself, behind the row that says where.
  for (const row of db.prepare("pragma quick_check(10)").iterate()) {
    const { quick_check: found } = row as { quick_check: string };
    // One row may hold several lines; that with stars names the database, of which there is one.
    const lines = found.split("\n").filter((line) => line !== "ok" && !line.startsWith("***"));
    for (const line of lines) report.add(`The file is damaged: ${line}`);
  }
  const keys = db.prepare("pragma foreign_key_check").all() as { table: string }[];
  if (keys.length > 0) report.add(`Rows of ${keys[0]?.table} lead nowhere`);
}

/** A damaged page can stop any query: that is a finding, not a crash. */
function guard(report: Report, what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    report.add(`Cannot read ${what}: ${error.message}`);
  }
}

function countAllEntries(db: Database): number {
  const row = db.prepare("select coalesce(sum(size), 0) as n from checkpoints").get() as {
    n: number;
  };
  return row.n;
}
