/** Is the database tidied every night? @module */
import type { Database } from "../../storage/database.ts";
import { findNewestUpkeepRun, type UpkeepRun } from "../../storage/upkeep_runs.ts";
import { describeAge, describeBytes } from "../../views/ages.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";

/** What is known of it. */
export type UpkeepFacts = Readonly<{
  nowMs: number;
  /** Undefined before the first. */
  newest: UpkeepRun | undefined;
  isServed: boolean;
}>;

const NAME = "Upkeep";
/** A server that ran would have done it in one of these nights. */
const NIGHTS_MS = 3 * 86_400_000;

/** Judges it. */
export function judgeUpkeep({ nowMs, newest, isServed }: UpkeepFacts): Finding {
  if (newest === undefined) {
    return fine(NAME, "The database is tidied in the first night in which the server runs.");
  }
  const { begunAtMs, outcome, bytesBefore, bytesAfter } = newest;
  const age = describeAge(begunAtMs, nowMs);
  if (outcome === "failed") {
    return problem(
      NAME,
      `The database could not be tidied (${age}).`,
      "The log says why. Look whether the disk is full; it is tried again the next night.",
    );
  }
  if (isServed && nowMs - begunAtMs > NIGHTS_MS) {
    return warning(
      NAME,
      `The database was tidied last ${age}.`,
      "Let the server run through the night; its log says why if it is not done then.",
    );
  }
  const freed = Math.max(0, bytesBefore - bytesAfter);
  const given = freed > 0 ? `; ${describeBytes(freed)} were given back to the disk` : "";
  const rest = outcome === "whole" ? "" : "; the next night goes on";
  return fine(NAME, `The database was tidied ${age}${given}${rest}.`);
}

/** Reads how the newest night went. */
export function lookAtUpkeep(
  db: Database,
  { nowMs, isServed }: Pick<UpkeepFacts, "nowMs" | "isServed">,
): UpkeepFacts {
  return { nowMs, isServed, newest: findNewestUpkeepRun(db) };
}
