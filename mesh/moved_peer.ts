/** A capsule is somewhere else by its own signature: the new address is to be confirmed, the former one is still asked. @module */
import type { Database } from "../storage/database.ts";
import { confirmPeer, deletePeer, findPeers, savePeer, updatePeer } from "../storage/peers.ts";

/** How long a former address is still asked. */
export const FORMER_ADDRESS_MS: number = 30 * 86_400_000;

/** A signed move. */
export type Move = Readonly<{
  /** The capsule. */
  id: string;
  /** Where it says that it is now. */
  address: string;
  /** Where it was until now; null when nowhere. */
  addressBefore: string | null;
  /** Unix milliseconds. */
  nowMs: number;
}>;

/** Remembers a move, inside the transaction that stored what says so. Claims of strangers make room for the author's own word. */
export function saveMovedPeer(db: Database, { id, address, addressBefore, nowMs }: Move): void {
  if (savePeer(db, { id, address, nowMs }) === "full") {
    for (const peer of findPeers(db, id)) {
      if (peer.confirmedAtMs === undefined) deletePeer(db, id, peer.address);
    }
    savePeer(db, { id, address, nowMs });
  }
  updatePeer(db, id, address, { isFormer: false, failures: 0, retryAtMs: 0 });
  if (addressBefore === null || addressBefore === address) return;
  updatePeer(db, id, addressBefore, { isFormer: true });
}

/** Remembers the former address of our own capsule, which answered as ours until now. */
export function saveOwnFormer(db: Database, { id, addressBefore, nowMs }: Move): void {
  if (addressBefore === null) return;
  confirmPeer(db, { id, address: addressBefore, nowMs });
  updatePeer(db, id, addressBefore, { isFormer: true });
}
