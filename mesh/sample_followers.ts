/** The few followers that the well-known page names (docs/protocol.md §12.1). @module */
import { createHash } from "node:crypto";
import type { Database } from "../storage/database.ts";
import { type Follower, listFollowers } from "../storage/followers.ts";

/** Followers on the page. */
export const SAMPLE_MAX = 8;
/** Followers looked at for them. */
const LOOKED_AT = 64;
/** The sample stays the same for so long, so that the page has one entity tag. */
const TURN_MS = 60_000;
const ID_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/**
 * Samples at most 8 followers with a confirmed address: others in every minute and after every start. Blocked ones and quiet
 * mirrors that follow us only by their own log are not among them.
 */
export function sampleFollowers(
  db: Database,
  startId: string,
  nowMs: number,
): { id: string; address: string }[] {
  const seed = createHash("sha256").update(`${startId} ${Math.floor(nowMs / TURN_MS)}`).digest();
  const after = `cap1${
    [...seed.subarray(0, 4)].map((byte) => ID_CHARACTERS.charAt(byte % 32)).join("")
  }`;
  const found = new Map<string, Follower>();
  for (const one of listFollowers(db, { after, limit: LOOKED_AT })) found.set(one.id, one);
  if (found.size < LOOKED_AT) {
    for (const one of listFollowers(db, { limit: LOOKED_AT })) found.set(one.id, one);
  }
  const sample: { id: string; address: string }[] = [];
  for (const { id, address } of found.values()) {
    if (address !== null && sample.length < SAMPLE_MAX) sample.push({ id, address });
  }
  return sample;
}
