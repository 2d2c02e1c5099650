/** Is this capsule being served, by which program, and does it answer? @module */
import { askLoopback, type ToldStart } from "../../mesh/fetch.ts";
import type { Database } from "../../storage/database.ts";
import { findLease, type Lease } from "../../storage/leases.ts";
import { type Finding, fine, problem, warning } from "../../views/findings.ts";
import { LEASE_FRESH_MS } from "../lease.ts";
import { PROGRAM_VERSION } from "../program_version.ts";

/** What is known of the server. */
export type ServingFacts = Readonly<{
  lease: Lease | undefined;
  /** What it said; undefined when it did not answer, or another start did. */
  told: ToldStart | undefined;
  nowMs: number;
  /** Of the program that asks. */
  version: string;
}>;

/** Asks the server that the database names, if that is one of this machine. */
export async function lookAtServing(db: Database, nowMs: number): Promise<ServingFacts> {
  const lease = findLease(db);
  const isLocal = lease !== undefined && /^http:\/\/(?:127\.|\[::1\])/.test(lease.url);
  const told = isLocal ? await askLoopback(lease.url) : undefined;
  const isItself = told !== undefined && told.start === lease?.start;
  return { lease, told: isItself ? told : undefined, nowMs, version: PROGRAM_VERSION };
}

/** Judges it. */
export function judgeServing({ lease, told, nowMs, version }: ServingFacts): Finding {
  const name = "Server";
  if (told !== undefined) {
    if (told.version === version || told.version === "") {
      return fine(name, `It runs, version ${version}, at ${lease?.url ?? "this machine"}.`);
    }
    return warning(
      name,
      `Version ${told.version} runs; the program that looks is version ${version}.`,
      "Start the server anew, so that the newer program serves.",
    );
  }
  const isFresh = lease !== undefined && Math.abs(nowMs - lease.seenAtMs) < LEASE_FRESH_MS;
  if (!isFresh) {
    return warning(name, "Nothing serves this capsule now.", 'Start it with "capsule serve".');
  }
  if (lease.url === "") return fine(name, "It is just being started.");
  return problem(
    name,
    `A server says that it runs at ${lease.url}, and does not answer there.`,
    "Look again in half a minute. If it stays so, end that program and start it anew.",
  );
}
