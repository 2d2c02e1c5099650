/** Neighbours: capsules at confirmed addresses that openly keep logs that we keep too. @module */
import { toHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";

/** A capsule with which we share logs. */
export type Neighbour = Readonly<{ id: string; address: string }>;

/** One open mirror as a question for newer heads names it. */
export type OpenHead = Readonly<{
  log: number;
  id: string;
  /** Number and hash (hex) of the newest record. */
  record: number;
  hash: string;
  size: number;
  root: Uint8Array;
}>;

/** Lists neighbours in random order; at most `limit`. */
export function listNeighbours(db: Database, limit: number): Neighbour[] {
  return db.prepare(
    `select h.id, max(p.address) as address from holders h
     join mirrors m on m.log = h.log and m.is_quiet = 0 and m.state <> 'leaving'
     join peers p on p.id = h.id and p.confirmed_at_ms is not null and p.shown_id is null
       and p.is_former = 0
     where not exists (select 1 from blocks b where b.target = h.id)
     group by h.id order by random() limit ?`,
  ).all(limit) as Neighbour[];
}

/** Lists open mirrors that are kept up to date, in random order: those that a neighbour keeps too, or others. At most `limit`. */
export function listOpenHeads(
  db: Database,
  neighbour: string,
  isShared: boolean,
  limit: number,
): OpenHead[] {
  const rows = db.prepare(
    `select m.log, c.id, r.n as record, r.hash, k.size, k.root from mirrors m
     join capsules c on c.log = m.log join checkpoints k on k.log = m.log
     join identity_records r on r.log = m.log
       and r.n = (select max(n) from identity_records x where x.log = m.log)
     where m.is_quiet = 0 and m.state in ('current', 'unreachable') and c.id <> ?1
     and exists (select 1 from holders h where h.log = m.log and h.id = ?1) = ?2
     order by random() limit ?3`,
  ).all(neighbour, isShared ? 1 : 0, limit) as (Omit<OpenHead, "hash"> & { hash: Uint8Array })[];
  return rows.map((row) => ({ ...row, hash: toHex(row.hash) }));
}
