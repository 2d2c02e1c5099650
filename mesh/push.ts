/** A new checkpoint of our own log goes on its way: rows in the transaction that published it (docs/protocol.md §13). @module */
import type { Database } from "../storage/database.ts";
import { addPushes } from "../storage/deliveries.ts";
import { listFollowers, listLongestFollowers, updateFollowersTold } from "../storage/followers.ts";
import { planPush } from "./plan_push.ts";

/** Followers that are looked at for one checkpoint: the ones known longest, and as many others. */
const LOOKED_AT = 64;
const ID_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** Adds the deliveries of the checkpoint of size `size`. Costs a moment, whatever the number of followers. */
export function pushCheckpoint(
  db: Database,
  log: number,
  size: number,
  nowMs: number,
  random: () => number = Math.random,
): void {
  const longest = listLongestFollowers(db, LOOKED_AT);
  if (longest.length === 0) return;
  const after = `cap1${Array.from({ length: 4 }, () => chooseCharacter(random)).join("")}`;
  const others = longest.length < LOOKED_AT ? [] : [
    ...listFollowers(db, { after, limit: LOOKED_AT }),
    ...listFollowers(db, { limit: LOOKED_AT }),
  ].slice(0, LOOKED_AT);
  const candidates = new Map([...longest, ...others].map((one) => [one.id, one]));
  const pushes = planPush([...candidates.values()], random);
  addPushes(db, log, pushes, nowMs, size);
  updateFollowersTold(db, pushes.map(({ id }) => id), size, nowMs);
}

function chooseCharacter(random: () => number): string {
  return ID_CHARACTERS.charAt(Math.floor(random() * ID_CHARACTERS.length));
}
