/** Verifies one log: identity, checkpoint, entries, contents, tree and tiles. @module */
import { hash } from "node:crypto";
import { decodeEntry, type Entry } from "../mesh/protocol/entry.ts";
import { ENTRY_BYTES_MAX } from "../mesh/protocol/limits.ts";
import { hashIdentityRecord, verifyHead, verifyIdentityChain } from "../mesh/protocol/identity.ts";
import { decodeNote } from "../mesh/protocol/note.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import { EMPTY_ROOT, extendTree, hashLeaf } from "../mesh/protocol/tree.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { ENTRIES_MAX, listEntries, type StoredEntry } from "./entries.ts";
import { listIdentityRecords } from "./identity_records.ts";
import { findSigningKey, isWholeKey } from "./keys.ts";
import { findTile } from "./tiles.ts";
import type { PieceVerifier } from "./verify_pieces.ts";
import { type ContentRow, listContentRows, type VerifiedLog } from "./verify_report.ts";

/** Verifies a log from its identity to its newest content and, when `pieces` is given, what is shown of it. */
export function verifyLog(verified: VerifiedLog, pieces: PieceVerifier | undefined): void {
  const { db, log, report } = verified;
  verifyIdentity(verified);
  const checkpoint = findCheckpoint(db, log);
  if (checkpoint === undefined) return report.add(`Log ${log} has no checkpoint`);
  const tree = new TreeVerifier(verified);
  for (let from = 0; from < checkpoint.size && !report.isFull;) {
    const entries = listEntries(db, log, from, ENTRIES_MAX);
    if (entries.length === 0) {
      return report.add(`Log ${log}: expected ${checkpoint.size} entries, found ${from}`);
    }
    const contents = listContentRows(verified, from, entries.length);
    const hashes: Uint8Array[] = [];
    for (const [i, entry] of entries.entries()) {
      if (entry.index !== from + i) return report.add(`Log ${log}: entry ${from + i} is not there`);
      const leaf = hashLeaf(entry.bytes);
      hashes.push(leaf);
      verifyEntry(verified, entry, leaf, contents.get(entry.index), pieces);
    }
    tree.extend(hashes);
    pieces?.finishRun(from, entries.length);
    from += entries.length;
    report.advance(entries.length);
  }
  if (report.isFull) return;
  tree.finish(checkpoint.size, checkpoint.root);
  pieces?.finish();
  const beyond = listEntries(db, log, checkpoint.size, 1);
  report.check(beyond.length === 0, `Log ${log} has entries above its checkpoint`);
}

function verifyIdentity({ db, log, capsuleId, isOwn, verify, report }: VerifiedLog): void {
  const records = listIdentityRecords(db, log);
  const identity = verifyIdentityChain(records.map(({ note }) => note), verify);
  report.check(identity.capsuleId === capsuleId, `Log ${log}: its identity is of another capsule`);
  for (const [i, { n, hash, note }] of records.entries()) {
    report.check(n === i, `Log ${log}: identity record ${i} is stored as ${n}`);
    const expected = hashIdentityRecord(decodeNote(note).text);
    report.check(equalBytes(hash, expected), `Log ${log}: hash of identity record ${n}`);
  }
  const checkpoint = findCheckpoint(db, log);
  if (checkpoint === undefined) return;
  const head = verifyHead(identity, checkpoint.note, verify);
  const isSame = head.size === checkpoint.size && equalBytes(head.root, checkpoint.root);
  report.check(isSame, `Log ${log}: the checkpoint's row is not what was signed`);
  const key = identity.newest.signingKey;
  const stored = findSigningKey(db, log);
  report.check(isOwn || stored === undefined, `Log ${log}: a key to sign somebody else's log`);
  if (!isOwn || key === null) return;
  const isKey = stored !== undefined && equalBytes(stored.publicKey, key) && isWholeKey(stored);
  report.check(isKey, `Log ${log}: the signing key is not the one its identity names`);
}

const encoder = new TextEncoder();
const expected = new Uint8Array(ENTRY_BYTES_MAX);
const KIND = /^[a-z]{1,32}$/;

/**
 * The common case fast: the entry is, to the byte, what would be written for its row and its content (docs/protocol.md §7), so
 * it keeps every rule and names this content. What is not is looked at part by part.
 */
function isAsStored(
  capsuleId: string,
  { index, kind, timeMs, bytes }: StoredEntry,
  row: ContentRow | undefined,
): row is ContentRow {
  if (row === undefined || row.bytes === null || !KIND.test(kind)) return false;
  const date = new Date(timeMs);
  const time = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  if (time.length !== 24) return false;
  const { written } = encoder.encodeInto(
    `capsule entry 1\n${capsuleId}\n${index}\n${time}\n${kind}\n` +
      `${hash("sha256", row.bytes)} ${row.bytes.length}\n`,
    expected,
  );
  if (written !== bytes.length) return false;
  for (let i = 0; i < written; i++) {
    if (expected[i] !== bytes[i]) return false;
  }
  return true;
}

function verifyEntry(
  { log, capsuleId, isOwn, report }: VerifiedLog,
  stored: StoredEntry,
  leaf: Uint8Array,
  row: ContentRow | undefined,
  pieces: PieceVerifier | undefined,
): void {
  const { index, bytes } = stored;
  const place = `Log ${log}, entry ${index}`;
  if (equalBytes(leaf, stored.hash) && isAsStored(capsuleId, stored, row)) {
    return pieces?.verifyContent(stored, row);
  }
  let entry: Entry;
  try {
    entry = decodeEntry(bytes, { capsuleId, index });
  } catch (error) {
    return report.add(`${place}: ${error instanceof Error ? error.message : "unreadable"}`);
  }
  report.check(equalBytes(leaf, stored.hash), `${place}: its hash is not the stored one`);
  report.check(entry.kind === stored.kind, `${place}: its kind is not the stored one`);
  report.check(
    Date.parse(entry.time) === stored.timeMs,
    `${place}: its time is not the stored one`,
  );
  if (row === undefined) return report.check(!isOwn, `${place}: its content is not there`);
  if (row.bytes !== null) {
    const isWhole = row.bytes.length === entry.contentBytes &&
      equalBytes(hash("sha256", row.bytes, "buffer"), entry.contentHash);
    if (!isWhole) return report.add(`${place}: its content is not the one it names`);
  }
  pieces?.verifyContent(stored, row);
}

/** Builds the tree again and compares each tile when it is full or the last. */
class TreeVerifier {
  readonly #verified: VerifiedLog;
  readonly #edge = new Map<string, Uint8Array>();
  #size = 0;
  #root: Uint8Array = EMPTY_ROOT;

  constructor(verified: VerifiedLog) {
    this.#verified = verified;
  }

  extend(hashes: Uint8Array[]): void {
    const read = (level: number, n: number) => this.#edge.get(`${level} ${n}`);
    const { size, root, tiles } = extendTree(this.#size, hashes, read);
    this.#size = size;
    this.#root = root;
    for (const { level, n, hashes } of tiles) {
      const key = `${level} ${n}`;
      this.#edge.set(key, hashes);
      if (hashes.length < 8_192) continue;
      this.#compare(level, n, hashes);
      // A full tile is not read again: the level above has its root.
      this.#edge.delete(key);
    }
  }

  finish(size: number, root: Uint8Array): void {
    const { db, log, report } = this.#verified;
    for (const [key, hashes] of this.#edge) {
      const [level = 0, n = 0] = key.split(" ").map(Number);
      this.#compare(level, n, hashes);
    }
    report.check(this.#size === size, `Log ${log}: expected ${size} entries, found ${this.#size}`);
    report.check(equalBytes(this.#root, root), `Log ${log}: the entries do not add up to the root`);
    const stored = db.prepare(
      `select level, count(*) as tiles, sum(length(bytes)) as bytes from tiles where log = ? group by level`,
    ).all(log) as { level: number; tiles: number; bytes: number }[];
    let width = size;
    let level = 0;
    for (; width > 0; level += 1) {
      const found = stored.find((row) => row.level === level);
      const isWhole = found?.tiles === Math.ceil(width / 256) && found.bytes === width * 32;
      report.check(isWhole, `Log ${log}: level ${level} has tiles too many or too few`);
      width = Math.floor(width / 256);
    }
    report.check(stored.length === level, `Log ${log}: the tree has levels too many or too few`);
  }

  #compare(level: number, n: number, hashes: Uint8Array): void {
    const { db, log, report } = this.#verified;
    const stored = findTile(db, log, level, n);
    const isSame = stored !== undefined && equalBytes(stored, hashes);
    report.check(isSame, `Log ${log}: tile ${n} of level ${level} is not that of its entries`);
  }
}
