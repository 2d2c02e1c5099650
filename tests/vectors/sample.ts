/** A small identity and log with fixed keys, times and salts, that scenarios are cut from. */
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { signCheckpoint } from "../../mesh/protocol/checkpoint.ts";
import { type Content, encodeContent } from "../../mesh/protocol/content.ts";
import { encodeEntry, formatTime } from "../../mesh/protocol/entry.ts";
import {
  hashIdentityRecord,
  type IdentityRecord,
  signIdentityRecord,
} from "../../mesh/protocol/identity.ts";
import { decodeNote } from "../../mesh/protocol/note.ts";
import { deriveRecoverySeed } from "../../mesh/protocol/phrase.ts";
import { EMPTY_ROOT, extendTree, hashLeaf, type ReadTile } from "../../mesh/protocol/tree.ts";
import { keyFromSeed, type TestKey } from "./keys.ts";

/** Entropy of the sample's recovery phrase. */
export const ENTROPY: Uint8Array = Uint8Array.from({ length: 16 }, (_, i) => i);
/** The sample's recovery key. */
export const RECOVERY: TestKey = keyFromSeed(deriveRecoverySeed(ENTROPY));
/** The sample's capsule id. */
export const ID: string = encodeCapsuleId(RECOVERY.publicKey);
/** Another capsule. */
export const OTHER_RECOVERY: TestKey = keyFromSeed(
  deriveRecoverySeed(new Uint8Array(16).fill(255)),
);
/** The other capsule's id. */
export const OTHER_ID: string = encodeCapsuleId(OTHER_RECOVERY.publicKey);
/** 2026-01-01T12:00:00.000Z. */
export const START_MS = 1_767_268_800_000;

/** The n-th signing key of the sample. */
export function signingKey(n: number): TestKey {
  return keyFromSeed(sha256(new TextEncoder().encode(`capsule test signing key ${n}`)));
}

/** A time of the sample, n minutes after its start. */
export function minute(n: number): string {
  return formatTime(START_MS + n * 60_000);
}

/** The fields of record 0, or others on top of them. */
export function record(changes: Partial<IdentityRecord> = {}): IdentityRecord {
  return {
    capsuleId: ID,
    n: 0,
    previousHash: null,
    signingKey: signingKey(0).publicKey,
    address: "https://ada.example",
    cutSize: 0,
    cutRoot: EMPTY_ROOT,
    time: minute(0),
    ...changes,
  };
}

/** A signed chain: record 0, then one record for each of the changes. */
export function chain(...changes: Partial<IdentityRecord>[]): string[] {
  const notes = [signIdentityRecord(record(), RECOVERY.sign)];
  for (const change of changes) {
    const previousHash = hashIdentityRecord(decodeNote(notes[notes.length - 1] as string).text);
    const n = notes.length;
    const next = { n, previousHash, signingKey: signingKey(n).publicKey, time: minute(n) };
    notes.push(signIdentityRecord(record({ ...next, ...change }), RECOVERY.sign));
  }
  return notes;
}

/** A post of the sample. */
export function post(text: string, salt: number): Content {
  return {
    kind: "post",
    capsule: ID,
    salt: salt.toString(16).padStart(32, "0"),
    publishedAt: minute(salt),
    language: "en",
    text,
    pictures: [],
    tags: [],
  };
}

/** A log of posts with its tiles. */
export type SampleLog = Readonly<{
  entries: Uint8Array[];
  contents: Uint8Array[];
  leafHashes: Uint8Array[];
  size: number;
  root: Uint8Array;
  tiles: ReadonlyMap<string, Uint8Array>;
  readTile: ReadTile;
}>;

/** Builds a log of this many posts, `prefix` in front of each text. */
export function buildLog(size: number, prefix = "Post"): SampleLog {
  const contents: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  for (let index = 0; index < size; index++) {
    const content = encodeContent(post(`${prefix} ${index}`, index));
    contents.push(content);
    entries.push(encodeEntry({
      capsuleId: ID,
      index,
      time: minute(index),
      kind: "post",
      contentHash: sha256(content),
      contentBytes: content.length,
    }));
  }
  const leafHashes = entries.map(hashLeaf);
  const grown = extendTree(0, leafHashes, () => undefined);
  const tiles = new Map(grown.tiles.map((tile) => [`${tile.level}/${tile.n}`, tile.hashes]));
  const readTile: ReadTile = (level, n) => tiles.get(`${level}/${n}`);
  return { entries, contents, leafHashes, size, root: grown.root, tiles, readTile };
}

/** The sample's checkpoint, signed by its n-th key. */
export function checkpoint(size: number, root: Uint8Array, key = 0): string {
  const { publicKey, sign } = signingKey(key);
  return signCheckpoint({ capsuleId: ID, size, root }, publicKey, sign);
}

/** The chain of the other capsule: record 0. */
export function otherChain(): string[] {
  return [signIdentityRecord(record({ capsuleId: OTHER_ID }), OTHER_RECOVERY.sign)];
}
