/** The body of a delivery, as read back after commit (docs/protocol.md §12.10). @module */
import { findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findContent } from "../storage/contents.ts";
import type { Database } from "../storage/database.ts";
import type { Delivery } from "../storage/deliveries.ts";
import { listEntries } from "../storage/entries.ts";
import { listConfirmed } from "../storage/peers.ts";
import { listNotes } from "./identities.ts";
import { makeProofDocument } from "./proofs.ts";
import { countUtf8 } from "./protocol/text.ts";
import { encodeRow } from "./rows.ts";

/** Bytes of the entries and contents that go along: with the chain it stays below what an inbox takes. */
export const ENTRIES_BYTES_MAX: number = 200 * 1024;
/** Entries that go along: whoever lacks more pulls. */
export const ENTRIES_MAX = 16;

/**
 * Makes the body of a delivery; undefined when there is nothing to tell any more: the head is a cut without a checkpoint, or the
 * entry is not ours to prove. `address`: where our own capsule is reached.
 */
export function makeDeliveryBody(
  db: Database,
  { kind, log, n, tell }: Pick<Delivery, "kind" | "log" | "n" | "tell">,
  address: string | undefined,
): string | undefined {
  return db.readTransaction(() => {
    switch (kind) {
      case "identity":
        return JSON.stringify({ capsule: 1, kind, identity: listNotes(db, log) });
      case "follow":
      case "unfollow": {
        const proof = makeProofDocument(db, log, n ?? -1);
        const isProof = proof !== undefined && proof !== "withdrawn" && proof !== "takendown";
        if (!isProof || address === undefined) return undefined;
        return JSON.stringify({ capsule: 1, kind, address, proof });
      }
      case "checkpoint":
        return makeCheckpointBody(db, log, tell);
    }
  });
}

function makeCheckpointBody(
  db: Database,
  log: number,
  tell: readonly string[],
): string | undefined {
  const checkpoint = findCheckpoint(db, log);
  if (checkpoint === undefined || checkpoint.note === "") return undefined;
  const rows = listNewestRows(db, log, checkpoint.size);
  const head = JSON.stringify({
    capsule: 1,
    kind: "checkpoint",
    identity: listNotes(db, log),
    checkpoint: checkpoint.note,
    from: checkpoint.size - rows.length,
    tell: tell.flatMap((id) => {
      const [peer] = listConfirmed(db, id);
      return peer === undefined ? [] : [{ id, address: peer.address }];
    }),
  });
  return `${head.slice(0, -1)},"entries":[${rows.join(",")}]}`;
}

/** The newest entries with their contents, as long as all of them are here and fit. */
function listNewestRows(db: Database, log: number, size: number): string[] {
  const rows: string[] = [];
  let bytes = 0;
  const from = Math.max(0, size - ENTRIES_MAX);
  const entries = listEntries(db, log, from, size - from);
  for (let index = size - 1; index >= from; index--) {
    const entry = entries.find((one) => one.index === index);
    if (entry === undefined) break;
    const { row } = encodeRow(entry, findContent(db, log, index));
    bytes += countUtf8(row) + 1;
    if (bytes > ENTRIES_BYTES_MAX) break;
    rows.unshift(row);
  }
  return rows;
}

/** Where our own capsule says that it is reached; undefined when it has no address. */
export function findOwnAddress(db: Database): string | undefined {
  return findOwnCapsule(db)?.address ?? undefined;
}
