/** The capsule is reached somewhere else from now on (docs/protocol.md §5.8). @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import { saveOwnFormer } from "./moved_peer.ts";
import { publishAddress, type Published } from "./publish.ts";
import type { Publisher } from "./publisher.ts";

/** What came of a move. */
export type Moved = Published & Readonly<{ from: string | null; to: string }>;

/**
 * Publishes a new address, and keeps the former one for 30 days; followers learn of it as of every entry. "same" when it is the
 * present one. Throws PublishProblem "address_form" and what publishing throws; nothing was written then.
 */
export function moveCapsule(publisher: Publisher, address: string): Moved | "same" {
  const { db, now } = publisher;
  return db.transaction(() => {
    const own = findOwnCapsule(db);
    if (own?.address === address) return "same";
    const published = publishAddress(publisher, address);
    const from = own?.address ?? null;
    if (own !== undefined) {
      saveOwnFormer(db, { id: own.id, address, addressBefore: from, nowMs: now() });
    }
    return { ...published, from, to: address };
  });
}
