/** Deliveries that came lately, counted by network, in the database so that a restart forgets none. @module */
import type { Database } from "./database.ts";

/** Arrivals are counted over this long. */
export const ARRIVAL_WINDOW_MS = 60_000;
/** Arrivals in the window of one network (an IPv4 /24 or IPv6 /48). */
export const NETWORK_ARRIVALS_MAX = 30;

/** How long a network must wait before it may deliver again, in milliseconds; 0 when it may now. */
export function findArrivalWait(db: Database, network: string, nowMs: number): number {
  const row = db.prepare(
    `select at_ms as atMs from inbox_arrivals where network = ? and at_ms > ? and at_ms <= ?
     order by at_ms desc limit 1 offset ?`,
  ).get(network.slice(0, 64), nowMs - ARRIVAL_WINDOW_MS, nowMs, NETWORK_ARRIVALS_MAX - 1) as
    | { atMs: number }
    | undefined;
  return row === undefined ? 0 : row.atMs + ARRIVAL_WINDOW_MS - nowMs;
}

/** Inserts an arrival before anything of it is read, and answers its number; forgets old ones. */
export function insertArrival(db: Database, network: string, nowMs: number): number {
  return db.quietTransaction(() => {
    // Also what a clock that was set back left in the future.
    db.prepare("delete from inbox_arrivals where at_ms <= ? or at_ms > ?")
      .run(nowMs - ARRIVAL_WINDOW_MS, nowMs);
    return db.prepare("insert into inbox_arrivals (network, at_ms) values (?, ?)")
      .run(network.slice(0, 64), nowMs).lastId;
  });
}

/** Takes an arrival back: it brought something new, and an honest neighbour may bring as much as there is. */
export function deleteArrival(db: Database, id: number): void {
  db.quietTransaction(() => db.prepare("delete from inbox_arrivals where id = ?").run(id));
}
