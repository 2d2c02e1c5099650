/** How much a mirror grew today: more than people write waits for the owner. @module */
import type { Database } from "./database.ts";

/** Growth of one mirror on one day (UTC). */
export type Growth = Readonly<{
  /** Entries above the first-followed head. */
  entries: number;
  /** Bytes of their contents. */
  bytes: number;
}>;

const DAY_MS = 86_400_000;

/** Finds how much a mirror grew on the day of this time; nothing for a log that is no mirror. */
export function findGrowth(db: Database, log: number, nowMs: number): Growth {
  const row = db.prepare(
    `select flood_entries as entries, flood_bytes as bytes from mirrors
     where log = ? and flood_day = ?`,
  ).get(log, Math.floor(nowMs / DAY_MS)) as Growth | undefined;
  return row ?? { entries: 0, bytes: 0 };
}

/** Counts growth of a mirror on the day of this time. */
export function updateGrowth(db: Database, log: number, nowMs: number, added: Growth): void {
  const day = Math.floor(nowMs / DAY_MS);
  db.prepare(
    `update mirrors set flood_entries = ? + case flood_day when ? then flood_entries else 0 end,
     flood_bytes = ? + case flood_day when ? then flood_bytes else 0 end, flood_day = ? where log = ?`,
  ).run(added.entries, day, added.bytes, day, day, log);
}
