/** Whether the mesh has anything to do at all: a capsule that nobody follows and that follows nobody needs no second thread. @module */
import type { Database } from "./database.ts";

/** True when there is a mirror, a follower, a delivery, a claim to check, a feed, or somebody who has our log. */
export function hasMeshWork(db: Database): boolean {
  const row = db.prepare(
    `select exists (select 1 from mirrors) or exists (select 1 from followers)
     or exists (select 1 from deliveries) or exists (select 1 from feeds)
     or exists (select 1 from peers where confirmed_at_ms is null)
     or exists (select 1 from holders h join capsules c on c.log = h.log and c.is_own = 1) as has`,
  ).get() as { has: number };
  return row.has === 1;
}
