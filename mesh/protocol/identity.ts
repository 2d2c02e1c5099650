/** Identity records, their chain, and which of two chains wins (docs/protocol.md §5). */
import { sha256 } from "@noble/hashes/sha2.js";
import { checkAddress } from "./address.ts";
import { decodeCapsuleId } from "./capsule_id.ts";
import { type Checkpoint, checkRoot, verifyCheckpoint } from "./checkpoint.ts";
import { ProtocolError } from "./errors.ts";
import { fromHex32, toHex } from "./hex.ts";
import { IDENTITY_RECORDS_MAX } from "./limits.ts";
import { signNote, verifyNote } from "./note.ts";
import { checkPublicKey, decodePublicKey, type Sign, type Verify } from "./public_key.ts";
import {
  decodeInteger,
  encodeInteger,
  encodeUtf8,
  equalBytes,
  fromBase64Hash,
  parseTime,
  toBase64,
} from "./text.ts";

/** One record of an identity chain. */
export type IdentityRecord = Readonly<{
  /** The capsule id, whose key signs the record. */
  capsuleId: string;
  /** Number in the chain, 0 to 63. */
  n: number;
  /** SHA-256 of the text of record n - 1; `null` only in record 0. */
  previousHash: Uint8Array | null;
  /** The key that signs checkpoints from now on; `null` closes the identity. */
  signingKey: Uint8Array | null;
  /** The origin where the capsule is reached; `null` when it has none. */
  address: string | null;
  /** Number of entries the author stands by. */
  cutSize: number;
  /** Root of the tree over them, 32 bytes. */
  cutRoot: Uint8Array;
  /** The time the author claims, RFC 3339 UTC with milliseconds. */
  time: string;
}>;

/** A verified identity chain. */
export type Identity = Readonly<{
  /** The capsule id all records belong to. */
  capsuleId: string;
  /** The records from 0, at least one. */
  records: readonly IdentityRecord[];
  /** The last record. */
  newest: IdentityRecord;
  /** SHA-256 of the newest record's text, 32 bytes. */
  newestHash: Uint8Array;
}>;

const FIRST_LINE = "capsule identity 1";
const LINES = 9;

/** Encodes the nine lines of a record. Throws what `decodeIdentityRecord` throws. */
export function encodeIdentityRecord(record: IdentityRecord): string {
  const text = [
    FIRST_LINE,
    record.capsuleId,
    encodeInteger(record.n),
    record.previousHash === null ? "-" : toHex(record.previousHash),
    record.signingKey === null ? "-" : toHex(record.signingKey),
    record.address ?? "-",
    encodeInteger(record.cutSize),
    toBase64(record.cutRoot),
    record.time,
  ].join("\n") + "\n";
  decodeIdentityRecord(text);
  return text;
}

/**
 * Decodes the text of a record and checks everything that one record alone can show. Throws
 * `ProtocolError` `identity_form`, `identity_too_long` (n above 63), `identity_key`, `key_refused`
 * or what its parts throw. docs/protocol.md §5.4.
 */
export function decodeIdentityRecord(text: string): IdentityRecord {
  const lines = text.split("\n");
  if (lines.length !== LINES + 1 || lines[LINES] !== "" || lines[0] !== FIRST_LINE) {
    throw new ProtocolError("identity_form", "Cannot decode identity record: expected nine lines");
  }
  const [, capsuleId, n, previous, key, address, cutSize, root64, time] = lines as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const recoveryKey = decodeCapsuleId(capsuleId);
  const cutRoot = fromBase64Hash(root64);
  if (cutRoot === undefined) {
    throw new ProtocolError(
      "identity_form",
      "Cannot decode identity record: root is no base64 hash",
    );
  }
  const record: IdentityRecord = {
    capsuleId,
    n: decodeInteger(n),
    previousHash: previous === "-" ? null : fromHex32(previous),
    signingKey: key === "-" ? null : decodePublicKey(key),
    address: address === "-" ? null : checkAddress(address),
    cutSize: decodeInteger(cutSize),
    cutRoot,
    time,
  };
  parseTime(time);
  checkRecord(record, recoveryKey);
  return record;
}

/** SHA-256 of a record's text, 32 bytes: what the next record names. */
export function hashIdentityRecord(text: string): Uint8Array {
  return sha256(encodeUtf8(text));
}

/** Signs a record with the recovery key and returns the note. */
export function signIdentityRecord(record: IdentityRecord, sign: Sign): string {
  const text = encodeIdentityRecord(record);
  const publicKey = decodeCapsuleId(record.capsuleId);
  return signNote({ text, name: record.capsuleId, publicKey, sign });
}

/**
 * Verifies a chain of notes from record 0. Throws `ProtocolError` `identity_too_long` (none or more
 * than 64), `identity_chain` (number, hash or capsule does not follow), `identity_key` (a key named
 * before), `identity_closed` (a record after a closing) or what its parts throw. §5.5.
 */
export function verifyIdentityChain(notes: readonly string[], verify: Verify): Identity {
  if (notes.length === 0 || notes.length > IDENTITY_RECORDS_MAX) {
    throw new ProtocolError("identity_too_long", `Cannot verify identity: ${notes.length} records`);
  }
  const records: IdentityRecord[] = [];
  const keys = new Set<string>();
  const hashes: Uint8Array[] = [];
  for (const note of notes) {
    const text = verifyRecordNote(note, verify);
    const record = decodeIdentityRecord(text);
    checkFollows(record, records, hashes[hashes.length - 1] ?? null);
    const key = record.signingKey === null ? null : toHex(record.signingKey);
    if (key !== null && keys.has(key)) {
      throw new ProtocolError(
        "identity_key",
        `Cannot verify identity: key of ${record.n} was named`,
      );
    }
    if (key !== null) keys.add(key);
    records.push(record);
    hashes.push(hashIdentityRecord(text));
  }
  const newest = records[records.length - 1] as IdentityRecord;
  return {
    capsuleId: newest.capsuleId,
    records,
    newest,
    newestHash: hashes[hashes.length - 1] as Uint8Array,
  };
}

/**
 * Says which of two verified chains of one capsule is in force: `same`; `held` or `offered` wins; or `clash`,
 * two different chains of equal length, of which the first seen is kept and both are shown. A closing wins
 * over every chain; of two, the larger cut, then the smaller hash. Throws `identity_chain` for
 * chains of different capsules. docs/protocol.md §5.6.
 */
export function compareIdentities(
  held: Identity,
  offered: Identity,
): "same" | "held" | "offered" | "clash" {
  if (held.capsuleId !== offered.capsuleId) {
    throw new ProtocolError("identity_chain", "Cannot compare identities: different capsules");
  }
  if (equalBytes(held.newestHash, offered.newestHash)) return "same";
  if (isClosed(held) !== isClosed(offered)) return isClosed(held) ? "held" : "offered";
  if (isClosed(held)) {
    const cuts = held.newest.cutSize - offered.newest.cutSize;
    if (cuts !== 0) return cuts > 0 ? "held" : "offered";
    return toHex(held.newestHash) < toHex(offered.newestHash) ? "held" : "offered";
  }
  if (held.records.length === offered.records.length) return "clash";
  return held.records.length > offered.records.length ? "held" : "offered";
}

/** Says whether the newest record closes the identity. */
export function isClosed(identity: Identity): boolean {
  return identity.newest.signingKey === null;
}

/**
 * Verifies that a checkpoint stands under the newest record: signed by its key, not smaller than the cut,
 * and at the cut's size with the cut's root. That a larger tree extends the cut takes a consistency
 * proof. Throws `checkpoint_void` or what `verifyCheckpoint` throws. docs/protocol.md §9.2.
 */
export function verifyHead(identity: Identity, note: string, verify: Verify): Checkpoint {
  const { capsuleId, signingKey, cutSize, cutRoot } = identity.newest;
  if (signingKey === null) {
    throw new ProtocolError("checkpoint_void", "Cannot verify checkpoint: the identity is closed");
  }
  const checkpoint = verifyCheckpoint(note, capsuleId, signingKey, verify);
  const isBeside = checkpoint.size === cutSize && !equalBytes(checkpoint.root, cutRoot);
  if (checkpoint.size < cutSize || isBeside) {
    throw new ProtocolError("checkpoint_void", `Cannot verify checkpoint: not on cut ${cutSize}`);
  }
  return checkpoint;
}

/** The second line of the text names the key that must have signed it. */
function verifyRecordNote(note: string, verify: Verify): string {
  const capsuleId = note.slice(0, 512).split("\n")[1] ?? "";
  return verifyNote(note, capsuleId, decodeCapsuleId(capsuleId), verify);
}

function checkRecord(record: IdentityRecord, recoveryKey: Uint8Array): void {
  if (record.n >= IDENTITY_RECORDS_MAX) {
    throw new ProtocolError("identity_too_long", `Cannot use identity record: n ${record.n}`);
  }
  checkRoot(record.cutSize, record.cutRoot);
  if (record.signingKey !== null) checkPublicKey(record.signingKey);
  const isFirst = record.n === 0;
  if (isFirst !== (record.previousHash === null)) {
    throw new ProtocolError(
      "identity_form",
      "Cannot use identity record: `-` is for record 0 only",
    );
  }
  if (isFirst && (record.cutSize !== 0 || record.signingKey === null)) {
    throw new ProtocolError(
      "identity_form",
      "Cannot use identity record 0: cut 0 and a key expected",
    );
  }
  if (record.signingKey !== null && equalBytes(record.signingKey, recoveryKey)) {
    throw new ProtocolError("identity_key", "Cannot use identity record: names the recovery key");
  }
  if (record.n === IDENTITY_RECORDS_MAX - 1 && record.signingKey !== null) {
    throw new ProtocolError("identity_too_long", "Cannot use identity record 63: only a closing");
  }
}

function checkFollows(
  record: IdentityRecord,
  records: readonly IdentityRecord[],
  previousHash: Uint8Array | null,
): void {
  const before = records[records.length - 1];
  if (before?.signingKey === null) {
    throw new ProtocolError(
      "identity_closed",
      `Cannot verify identity: ${record.n} after a closing`,
    );
  }
  const isNext = record.n === records.length &&
    (before === undefined || before.capsuleId === record.capsuleId);
  const hash = record.previousHash;
  const isLinked = hash === null || previousHash === null
    ? hash === previousHash
    : equalBytes(hash, previousHash);
  if (!isNext || !isLinked) {
    throw new ProtocolError(
      "identity_chain",
      `Cannot verify identity: record ${record.n} unlinked`,
    );
  }
}
