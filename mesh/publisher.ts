/** Signing: contents become entries, tiles and a checkpoint in one transaction (docs/protocol.md, signing). @module */
import { createHash } from "node:crypto";
import { isDamageError } from "../storage/database_problem.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findDamage, saveDamage } from "../storage/damage.ts";
import type { StoredEntry } from "../storage/entries.ts";
import { checkHead } from "../storage/head.ts";
import { findSigningKey } from "../storage/keys.ts";
import { appendEntries } from "../storage/log.ts";
import { findOnceResult, insertOnceResult } from "../storage/once_keys.ts";
import { findTile } from "../storage/tiles.ts";
import { signCheckpoint } from "./protocol/checkpoint.ts";
import { type Content, encodeContent } from "./protocol/content.ts";
import { encodeEntry, formatTime } from "./protocol/entry.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { toHex } from "./protocol/hex.ts";
import { extendTree, hashLeaf } from "./protocol/tree.ts";
import { PublishProblem } from "./publish_problem.ts";
import { needSigning } from "./signing.ts";
import { pushCheckpoint } from "./push.ts";
import { makeSign, verifySignature } from "./verify_signature.ts";

/** What publishing needs. */
export type Publisher = Readonly<{
  /** A connection that may write. */
  db: Database;
  /** Unix milliseconds. */
  now: () => number;
}>;

/** What was published, and can be counted on to be on disk. */
export type Published = Readonly<{
  /** Position in the log. */
  index: number;
  /** The entry's hash, 64 hex digits. */
  hash: string;
}>;

/** Connections whose head was checked; later transactions of a connection keep it right. */
const checked = new WeakMap<Database, number>();

/**
 * Runs `work` with the own capsule in one write transaction, so that what it read is still so when it appends. Throws
 * PublishProblem "no_capsule" before set-up, "damaged" when the store is, and "not_checked" or "held" while another copy may
 * have signed more (docs/protocol.md §13.4): nothing is signed then.
 */
export function withCapsule<T>(
  { db, now }: Publisher,
  work: (capsule: OwnCapsule) => T,
): T {
  refuseDamage(db);
  try {
    return db.transaction(() => {
      const capsule = findOwnCapsule(db);
      if (capsule === undefined) {
        throw new PublishProblem(
          "no_capsule",
          "There is no capsule yet: set it up first, in the browser or with “capsule init”.",
        );
      }
      needSigning(db, now());
      checkOnce(db, capsule.log);
      return work(capsule);
    });
  } catch (error) {
    throw explain(db, now, error);
  }
}

/** Runs `work` once for a key: a second call with the same key answers what the first did and does nothing. */
export function once<T>(publisher: Publisher, key: string | undefined, work: () => T): T {
  if (key === undefined) return work();
  const { db, now } = publisher;
  const earlier = findOnceResult(db, key);
  if (earlier !== undefined) return earlier as T;
  const result = work();
  insertOnceResult(db, key, result, now());
  return result;
}

/** Signs and appends contents, at most 1,000, inside the transaction of `withCapsule`. */
export function append(
  { db, now }: Publisher,
  capsule: Readonly<{ log: number; id: string }>,
  contents: readonly Content[],
): Published[] {
  const { log, id } = capsule;
  const key = findSigningKey(db, log);
  const checkpoint = findCheckpoint(db, log);
  if (key === undefined || checkpoint === undefined) {
    throw new PublishProblem(
      "damaged",
      "The signing key is not in the database: restore a backup.",
    );
  }
  const nowMs = now();
  const time = formatTime(nowMs);
  const bytes = contents.map(encodeOwn);
  const entries = contents.map(({ kind }, i): StoredEntry => {
    const content = bytes[i] as Uint8Array;
    const index = checkpoint.size + i;
    const contentHash = new Uint8Array(createHash("sha256").update(content).digest());
    const contentBytes = content.length;
    const entry = encodeEntry({ capsuleId: id, index, time, kind, contentHash, contentBytes });
    return { index, bytes: entry, hash: hashLeaf(entry), kind, timeMs: nowMs };
  });
  const hashes = entries.map(({ hash }) => hash);
  const read = (level: number, n: number) => findTile(db, log, level, n);
  const { size, root, tiles } = extendTree(checkpoint.size, hashes, read);
  const note = signCheckpoint({ capsuleId: id, size, root }, key.publicKey, makeSign(key.seed));
  const outcome = appendEntries(db, log, checkpoint.size, {
    entries,
    contents: bytes,
    tiles,
    note,
    root,
  });
  // The write lock was taken before the head was read, so only a bug gets here.
  if (outcome === "moved") throw new Error("Cannot append: the head moved inside a transaction");
  pushCheckpoint(db, log, size, nowMs);
  return entries.map(({ index, hash }) => ({ index, hash: toHex(hash) }));
}

function encodeOwn(content: Content): Uint8Array {
  try {
    return encodeContent(content);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const options = { cause: error };
    if (error.code === "content_too_long") {
      throw new PublishProblem(
        "content_too_large",
        "This is too long to publish: an article may have 512 KiB, everything else 16 KiB.",
        options,
      );
    }
    throw new PublishProblem(
      "invalid",
      "This cannot be published: one of its fields is too long or holds characters that are not allowed.",
      options,
    );
  }
}

function refuseDamage(db: Database): void {
  const damage = findDamage(db);
  if (damage !== undefined) throw new PublishProblem("damaged", damage);
}

function checkOnce(db: Database, log: number): void {
  if (checked.get(db) === log) return;
  const damage = checkHead(db, log, verifySignature);
  if (damage !== undefined) throw new PublishProblem("damaged", damage);
  checked.set(db, log);
}

/** Remembers damage, outside the transaction that met it, and says in publishing's words what went wrong. */
function explain(db: Database, now: () => number, error: unknown): unknown {
  const isDamage = error instanceof DatabaseProblem && error.kind === "damaged" ||
    error instanceof PublishProblem && error.code === "damaged" || isDamageError(error);
  if (isDamage && error instanceof Error) {
    if (!db.isInTransaction) saveDamage(db, error.message, now());
    else db.damage ??= error.message;
    if (error instanceof PublishProblem) return error;
    return new PublishProblem("damaged", error.message, { cause: error });
  }
  if (error instanceof DatabaseProblem && error.kind === "busy") {
    return new PublishProblem("busy", error.message, { cause: error });
  }
  return error;
}
