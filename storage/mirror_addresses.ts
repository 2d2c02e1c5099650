/** Which mirror stands behind an address that readers know. @module */
import type { Database } from "./database.ts";

/**
 * Finds the id of the openly mirrored capsule that answered at one of these addresses, the last one to do so. An address that
 * nobody confirmed, that was left, or that shows another id by now names none: what a log claims of itself is not enough.
 */
export function findConfirmedId(db: Database, addresses: readonly string[]): string | undefined {
  const row = db.prepare(
    `select r.id from peers r join capsules c on c.id = r.id join mirrors m on m.log = c.log
     where r.address in (select value from json_each(?)) and r.confirmed_at_ms is not null
     and r.is_former = 0 and (r.shown_id is null or r.shown_id = r.id)
     and m.is_quiet = 0 and m.state <> 'leaving'
     order by r.confirmed_at_ms desc, r.id limit 1`,
  ).get(JSON.stringify(addresses)) as { id: string } | undefined;
  return row?.id;
}
