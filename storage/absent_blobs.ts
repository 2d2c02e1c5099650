/** Pictures that entries name and that are not here: not fetched yet, erased to keep a budget, or removed. @module */
import { fromHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";

const HASH = /^[0-9a-f]{64}$/;

/** Lists those of the hashes (hex) whose pictures are not shown here. */
export function listAbsentBlobs(db: Database, hashes: readonly string[]): string[] {
  const find = db.prepare("select 1 from blobs where hash = ? and set_aside_day is null");
  return hashes.filter((hash) => !HASH.test(hash) || find.get(fromHex(hash)) === undefined);
}

/** True while pictures that a log's entries name are still to be fetched. */
export function hasWantedBlobs(db: Database, log: number): boolean {
  return db.prepare("select 1 from wanted_blobs where log = ? limit 1").get(log) !== undefined;
}
