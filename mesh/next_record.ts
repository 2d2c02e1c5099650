/** The next identity record of the own capsule: made with the recovery phrase, in one transaction (docs/protocol.md §5). @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint, updateCheckpoint } from "../storage/checkpoints.ts";
import { findContent } from "../storage/contents.ts";
import { deleteTilesAbove } from "../storage/cut_tiles.ts";
import type { Database } from "../storage/database.ts";
import { findNewestHeld } from "../storage/entries.ts";
import { deleteForkProof } from "../storage/fork_proofs.ts";
import { derivePublicKey, saveSigningKey } from "../storage/keys.ts";
import { acceptRecords } from "../storage/set_aside.ts";
import { findTile } from "../storage/tiles.ts";
import { findIdentity, listNotes, toStoredRecords } from "./identities.ts";
import { encodeCapsuleId } from "./protocol/capsule_id.ts";
import { signCheckpoint } from "./protocol/checkpoint.ts";
import { decodeContent } from "./protocol/content.ts";
import { formatTime } from "./protocol/entry.ts";
import {
  type Identity,
  type IdentityRecord,
  isClosed,
  signIdentityRecord,
  verifyIdentityChain,
} from "./protocol/identity.ts";
import { IDENTITY_RECORDS_MAX } from "./protocol/limits.ts";
import { deriveRecoverySeed } from "./protocol/phrase.ts";
import { equalBytes } from "./protocol/text.ts";
import { treeRoot } from "./protocol/tree.ts";
import { RecordProblem } from "./record_problem.ts";
import { readPhrase } from "./recovery_phrase.ts";
import { makeSign, verifySignature } from "./verify_signature.ts";

/** The recovery key of a phrase, and the capsule that it is the author of. */
export type RecoveryKey = Readonly<{
  /** Seed of the recovery key, 32 bytes. Secret; never stored. */
  seed: Uint8Array;
  /** The capsule id that the phrase stands for. */
  id: string;
}>;

/** Reads a phrase as typed. Throws RecordProblem "phrase_malformed". */
export function readRecoveryKey(phrase: string): RecoveryKey {
  const entropy = readPhrase(phrase);
  if (entropy === undefined) {
    throw new RecordProblem(
      "phrase_malformed",
      "This is not a recovery phrase: it has twelve words. Look for a slip in spelling or order.",
    );
  }
  const seed = deriveRecoverySeed(entropy);
  return { seed, id: encodeCapsuleId(derivePublicKey(seed)) };
}

/** Reads a phrase as typed and checks that it is this capsule's. Throws RecordProblem "phrase_malformed", "phrase_wrong". */
export function needRecoveryKey(phrase: string, capsuleId: string): RecoveryKey {
  const key = readRecoveryKey(phrase);
  if (key.id === capsuleId) return key;
  throw new RecordProblem("phrase_wrong", "These twelve words belong to another capsule.");
}

/** What the next record says. */
export type NextRecord = Readonly<{
  key: RecoveryKey;
  /** True makes a new signing key; false closes the identity. */
  isOpen: boolean;
  /** Entries the author stands by; the whole log when absent. */
  cut?: number | undefined;
  /** The address, or null for none; the one in force at the cut when absent. */
  address?: string | null | undefined;
  /** Unix milliseconds. */
  nowMs: number;
}>;

/** A record that was made. */
export type MadeRecord = Readonly<{ log: number; n: number; cut: number }>;

/**
 * Makes and stores the next record with a new signing key and a checkpoint by it at the cut, or, to close, without. Inside the
 * caller's write transaction; throws RecordProblem, and nothing of it is stored then. Everything at or above the cut is set aside.
 */
export function storeNextRecord(db: Database, own: OwnCapsule, next: NextRecord): MadeRecord {
  const { log, id } = own;
  const identity = findIdentity(db, log);
  const head = findCheckpoint(db, log);
  if (identity === undefined || head === undefined) throw damaged();
  checkNext(identity, next.isOpen);
  const cut = next.cut ?? head.size;
  if (!Number.isInteger(cut) || cut < 0 || cut > head.size) {
    throw new RecordProblem(
      "cut_range",
      `The cut is a number of entries, from 0 to ${head.size}: found ${cut}.`,
    );
  }
  const read = (level: number, n: number) => findTile(db, log, level, n);
  if (!equalBytes(treeRoot(head.size, read), head.root)) throw damaged();
  const root = treeRoot(cut, read);
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = derivePublicKey(seed);
  const record: IdentityRecord = {
    capsuleId: id,
    n: identity.newest.n + 1,
    previousHash: identity.newestHash,
    signingKey: next.isOpen ? publicKey : null,
    address: next.address === undefined ? findAddressAt(db, log, identity, cut) : next.address,
    cutSize: cut,
    cutRoot: root,
    time: formatTime(next.nowMs),
  };
  const notes = [...listNotes(db, log), signIdentityRecord(record, makeSign(next.key.seed))];
  const made = verifyIdentityChain(notes, verifySignature);
  const outcome = acceptRecords(db, log, {
    expected: identity.newestHash,
    records: toStoredRecords(made, notes),
    cut: { size: cut, root },
    address: record.address,
    isConfirmed: true,
  });
  if (outcome === "moved") throw new Error("Cannot store record: it moved inside a transaction");
  deleteTilesAbove(db, log, cut);
  deleteForkProof(db, log);
  if (next.isOpen) {
    saveSigningKey(db, log, { seed, publicKey });
    const note = signCheckpoint({ capsuleId: id, size: cut, root }, publicKey, makeSign(seed));
    updateCheckpoint(db, log, cut, { size: cut, root, note });
  }
  return { log, n: record.n, cut };
}

/** The own capsule. Throws RecordProblem "no_capsule". */
export function needOwn(db: Database): OwnCapsule {
  const own = findOwnCapsule(db);
  if (own !== undefined) return own;
  throw new RecordProblem("no_capsule", "There is no capsule in this database yet.");
}

function checkNext(identity: Identity, isOpen: boolean): void {
  if (isClosed(identity)) {
    throw new RecordProblem("closed", "This identity is closed; nothing can follow.");
  }
  // The last number only closes (docs/protocol.md §5.4).
  const max = isOpen ? IDENTITY_RECORDS_MAX - 2 : IDENTITY_RECORDS_MAX - 1;
  if (identity.newest.n + 1 <= max) return;
  throw new RecordProblem(
    "too_many_records",
    "This identity had its last new key; what is left is to close it.",
  );
}

/** The address in force when the log had so many entries under this identity (docs/protocol.md §5.8). */
export function findAddressAt(
  db: Database,
  log: number,
  { capsuleId, newest }: Identity,
  size: number,
): string | null {
  for (let below = size;;) {
    const index = findNewestHeld(db, log, "address", below);
    if (index === undefined || index < newest.cutSize) return newest.address;
    const found = findContent(db, log, index);
    const content = found.state === "held" && decodeContent(found.bytes, "address", capsuleId);
    if (content && content.kind === "address") return content.address;
    below = index;
  }
}

function damaged(): RecordProblem {
  return new RecordProblem(
    "damaged",
    "The log does not add up to its checkpoint: restore a backup, or recover from your followers.",
  );
}
