/** Deliveries: what is to be told to which capsule; rows until it was told (docs/protocol.md §12.10). @module */
import type { Database } from "./database.ts";
import { parseStored } from "./stored_values.ts";

/** What a delivery brings. */
export type DeliveryKind = "checkpoint" | "identity" | "follow" | "unfollow";

/** One delivery on its way. */
export type Delivery = Readonly<{
  /** Its number. */
  id: number;
  /** Capsule id of the one who is told. */
  peer: string;
  /** What it brings. */
  kind: DeliveryKind;
  /** The log it is about; our own one for a follow and an unfollow. */
  log: number;
  /** The size of the checkpoint, the number of the record, or the index of the follow entry; null where it was not said. */
  n: number | null;
  /** Capsule ids of those to whom the peer passes it on. */
  tell: readonly string[];
  /** When the first one that has not arrived was added, Unix milliseconds. */
  createdAtMs: number;
  /** How often it was tried. */
  tries: number;
  /** When it is tried next, Unix milliseconds. */
  nextAtMs: number;
}>;

const COLUMNS =
  `id, peer, kind, log, n, tell, created_at_ms as createdAtMs, tries, next_at_ms as nextAtMs`;
/** Deliveries that wait at once: beyond it the newest are not added, and pulling does their work. */
export const DELIVERIES_MAX = 10_000;

/**
 * Adds a delivery for each of these capsules. One of the same kind about the same log that still waits takes the new number;
 * a peer that did not answer is not asked sooner because of it. A follow replaces a waiting unfollow, and the other way round.
 */
export function addDeliveries(
  db: Database,
  kind: DeliveryKind,
  log: number,
  peers: readonly string[],
  nowMs: number,
  n: number | null = null,
): void {
  if (peers.length === 0) return;
  db.transaction(() => {
    const insert = db.prepare(
      `insert into deliveries (peer, kind, log, n, created_at_ms, next_at_ms)
       select ?, ?, ?, ?, ?, ? where (select count(*) from deliveries) < ?
       on conflict (peer, kind, log) do update set n = excluded.n`,
    );
    for (const peer of peers) {
      if (kind === "follow" || kind === "unfollow") {
        const contrary = kind === "follow" ? "unfollow" : "follow";
        db.prepare("delete from deliveries where peer = ? and kind = ? and log = ?")
          .run(peer, contrary, log);
      }
      insert.run(peer, kind, log, n, nowMs, nowMs, DELIVERIES_MAX);
    }
  });
}

/** A checkpoint that one follower is told, and those to whom it passes it on. */
export type Push = Readonly<{ id: string; tell: readonly string[] }>;

/** Adds the deliveries of our own new checkpoint of size `n`, as `addDeliveries` does. */
export function addPushes(
  db: Database,
  log: number,
  pushes: readonly Push[],
  nowMs: number,
  n: number,
): void {
  addDeliveries(db, "checkpoint", log, pushes.map(({ id }) => id), nowMs, n);
  const update = db.prepare(
    "update deliveries set tell = ? where peer = ? and kind = 'checkpoint' and log = ?",
  );
  for (const { id, tell } of pushes) update.run(JSON.stringify(tell), id, log);
}

/** Lists what is due, the longest due first; at most `limit`. */
export function listDueDeliveries(db: Database, nowMs: number, limit: number): Delivery[] {
  const rows = db.prepare(
    `select ${COLUMNS} from deliveries where next_at_ms <= ? order by next_at_ms, id limit ?`,
  ).all(nowMs, limit) as (Omit<Delivery, "tell"> & { tell: string })[];
  return rows.map((row) => ({ ...row, tell: parseStored<string[]>(row.tell) }));
}

/** When the next delivery is due, Unix milliseconds; undefined when there is none. */
export function findNextDeliveryMs(db: Database): number | undefined {
  const row = db.prepare("select min(next_at_ms) as nextAtMs from deliveries").get();
  return (row as { nextAtMs: number | null }).nextAtMs ?? undefined;
}

/** Counts what waits. */
export function countDeliveries(db: Database): number {
  return (db.prepare("select count(*) as count from deliveries").get() as { count: number }).count;
}

/** Deletes a delivery that arrived or ended, unless it took a newer number meanwhile: then it goes on. */
export function deleteDelivery(db: Database, { id, n }: Pick<Delivery, "id" | "n">): void {
  db.prepare("delete from deliveries where id = ? and n is ?").run(id, n);
}

/** Deletes all that waits for one capsule. */
export function deletePeerDeliveries(db: Database, peer: string): void {
  db.prepare("delete from deliveries where peer = ?").run(peer);
}

/** Puts a delivery off. */
export function updateDelivery(
  db: Database,
  id: number,
  { tries, nextAtMs }: Readonly<{ tries: number; nextAtMs: number }>,
): void {
  db.prepare("update deliveries set tries = ?, next_at_ms = ? where id = ?")
    .run(tries, nextAtMs, id);
}
