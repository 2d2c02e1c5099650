/** Stored identity chains, verified (docs/protocol.md §5). @module */
import type { Database } from "../storage/database.ts";
import {
  findNewestIdentityRecord,
  listIdentityRecords,
  type StoredIdentityRecord,
} from "../storage/identity_records.ts";
import {
  encodeIdentityRecord,
  hashIdentityRecord,
  type Identity,
  verifyIdentityChain,
} from "./protocol/identity.ts";
import { equalBytes } from "./protocol/text.ts";
import { verifySignature } from "./verify_signature.ts";

/** Verified chains by log: the newest record's hash stands for all before it. */
const known = new WeakMap<Database, Map<number, Identity>>();
const KNOWN_MAX = 2_000;

/**
 * Finds the identity of a log, verified again when its newest record is another one; undefined for an unknown log. Throws
 * ProtocolError when what is stored is no chain: that is damage.
 */
export function findIdentity(db: Database, log: number): Identity | undefined {
  const newest = findNewestIdentityRecord(db, log);
  if (newest === undefined) return undefined;
  let identities = known.get(db);
  if (identities === undefined) known.set(db, identities = new Map());
  const found = identities.get(log);
  if (found !== undefined && equalBytes(found.newestHash, newest.hash)) return found;
  const identity = verifyIdentityChain(listNotes(db, log), verifySignature);
  if (identities.size >= KNOWN_MAX) identities.clear();
  identities.set(log, identity);
  return identity;
}

/** Lists the notes of a log's chain from record 0, as they travel. */
export function listNotes(db: Database, log: number): string[] {
  return listIdentityRecords(db, log).map(({ note }) => note);
}

/** Makes the rows of a verified chain from its notes; each note must be the one of the record at its place. */
export function toStoredRecords(
  identity: Identity,
  notes: readonly string[],
): StoredIdentityRecord[] {
  return identity.records.map((record, n) => ({
    n,
    hash: hashIdentityRecord(encodeIdentityRecord(record)),
    note: notes[n] as string,
  }));
}
