/** Telling everybody who is known to keep our log that there is a new identity record. @module */
import type { Database } from "../storage/database.ts";
import { addDeliveries } from "../storage/deliveries.ts";
import { listAskedPeers } from "../storage/signing.ts";

/** A record is rare and matters: so many are told at once, the others hear of it when they pull or are told by these. */
const TOLD_MAX = 1_000;

/** Adds deliveries of the newest record, inside the transaction that stored it. */
export function tellFollowers(db: Database, log: number, n: number, nowMs: number): void {
  const ids = new Set(listAskedPeers(db, TOLD_MAX).map(({ id }) => id));
  addDeliveries(db, "identity", log, [...ids], nowMs, n);
}
