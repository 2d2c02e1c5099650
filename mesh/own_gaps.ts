/** What a recovery did not get of the own log, texts and pictures: asked of others who turn up with a copy (docs/protocol.md §13.5). @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { listConfirmedHolders } from "../storage/holdings.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { listMissingContents } from "../storage/missing_contents.ts";
import { listWantedBlobs } from "../storage/wanted_blobs.ts";
import { fetchBlobs } from "./blobs.ts";
import { fetchLateContents } from "./late_contents.ts";
import type { Mesh } from "./mesh.ts";
import { MovedProblem } from "./pull_problem.ts";
import { toLogSource } from "./sources.ts";

const IDLE_MS = 60_000;
/** Capsules that are asked in one round. */
const SOURCES_MAX = 8;

/** Asks those who hold the own log for what is missing of it. A `Round`; with nothing missing it is two cheap questions. */
export async function runOwnGaps(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { db, now } = mesh;
  const own = findOwnCapsule(db);
  if (own === undefined || !isAnythingDue(db, own.log, now())) return IDLE_MS;
  const record = findNewestIdentityRecord(db, own.log)?.hash;
  const sources = listConfirmedHolders(db, own.log, SOURCES_MAX)
    .map((holder) => toLogSource(mesh, own.id, holder, signal));
  if (record === undefined || sources.length === 0) return IDLE_MS;
  const work = { mesh, log: own.log, record, sources, hasFailed: false, signal };
  try {
    const failures = await fetchLateContents(work);
    const rest = sources.filter(({ address }) => !failures.has(address));
    await fetchBlobs({ ...work, sources: rest, hasFailed: failures.size > 0 });
  } catch (error) {
    // A new record came meanwhile: the next round asks under that one.
    if (!(error instanceof MovedProblem)) throw error;
  }
  return IDLE_MS;
}

function isAnythingDue(db: Database, log: number, nowMs: number): boolean {
  return listMissingContents(db, log, nowMs, 1).length > 0 ||
    listWantedBlobs(db, log, nowMs, 1).length > 0;
}
