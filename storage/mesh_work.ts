/** Whether the mesh has anything to do at all: a capsule that nobody follows and that follows nobody needs no second thread. @module */
import type { Database } from "./database.ts";

/** True when there is a mirror, a follower, a delivery, a claim to check, a feed, or a start to be checked. */
export function hasMeshWork(db: Database): boolean {
  const row = db.prepare(
    `select exists (select 1 from mirrors) or exists (select 1 from followers)
     or exists (select 1 from deliveries) or exists (select 1 from feeds)
     or exists (select 1 from peers where confirmed_at_ms is null)
     or exists (select 1 from signing where outcome = 'checking') as has`,
  ).get() as { has: number };
  return row.has === 1;
}
