/** Blobs: pictures by hash, in chunks, kept while a shown entry or a draft names them. @module */
import { createHash } from "node:crypto";
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import { BLOB_BYTES_MAX } from "../mesh/protocol/limits.ts";
import type { Database } from "./database.ts";
import { countRunningDays } from "./running_days.ts";
import { hasTakedowns, isTakenDown } from "./takedown_list.ts";
import { deleteWantedBlob, insertWantedBlob } from "./wanted_blobs.ts";

/** What is known of a picture without its bytes. */
export type StoredBlob = Readonly<{
  /** SHA-256 of the bytes, 64 hex digits. */
  hash: string;
  /** Media type, decided from the bytes: image/jpeg, png, webp, avif or gif. */
  type: string;
  /** Length in bytes. */
  bytes: number;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
}>;

const CHUNK_BYTES = 65_536;
/** Blobs deleted by one call of `deleteUnusedBlobs`. */
const DELETIONS_MAX = 1_000;

type Row = {
  id: number;
  hash: Uint8Array;
  type: string;
  bytes: number;
  width: number;
  height: number;
};
const COLUMNS = "id, hash, type, bytes, width, height";
const UNDRAFTED =
  "not exists (select 1 from drafts where instr(drafts.fields, lower(hex(blobs.hash))) > 0)";

/** These bytes were taken down here: they may not come again on any path (P12). */
export class TakenDownBlob extends Error {
  /** What went wrong. */
  override readonly name = "TakenDownBlob";
}

/** Says whether a picture's bytes were taken down here; `saveBlob` refuses them. */
export function isRefusedBlob(db: Database, bytes: Uint8Array): boolean {
  return hasTakedowns(db) && isTakenDown(db, "blob", toHex(hashOf(bytes)));
}

/** Saves a picture's bytes and answers their hash; bytes that are there already are kept once. Throws TakenDownBlob. */
export function saveBlob(
  db: Database,
  bytes: Uint8Array,
  info: Readonly<{ type: string; width: number; height: number }>,
  nowMs: number,
): string {
  if (bytes.length === 0 || bytes.length > BLOB_BYTES_MAX) {
    throw new RangeError(
      `Cannot save blob: expected 1 to ${BLOB_BYTES_MAX} bytes, found ${bytes.length}`,
    );
  }
  const hash = hashOf(bytes);
  db.transaction(() => {
    if (isTakenDown(db, "blob", toHex(hash))) {
      throw new TakenDownBlob(`Cannot save blob: ${toHex(hash)} was taken down`);
    }
    const known = db.prepare("select id from blobs where hash = ?").get(hash);
    if (known !== undefined) {
      db.prepare("update blobs set saved_at_ms = ?, set_aside_day = null where hash = ?")
        .run(nowMs, hash);
      return;
    }
    const { lastId } = db.prepare(
      "insert into blobs (hash, type, bytes, width, height, saved_at_ms) values (?, ?, ?, ?, ?, ?)",
    ).run(hash, info.type, bytes.length, info.width, info.height, nowMs);
    const insert = db.prepare("insert into blob_chunks (blob, n, bytes) values (?, ?, ?)");
    for (let n = 0; n * CHUNK_BYTES < bytes.length; n += 1) {
      insert.run(lastId, n, bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES));
    }
    updateUsers(db, hash, bytes.length, 1);
  });
  return toHex(hash);
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

/** Finds a picture; undefined when it is not here or only withdrawn entries named it. */
export function findBlob(db: Database, hash: string): StoredBlob | undefined {
  return toBlob(findRow(db, hash));
}

/** Finds a picture that the owner writes about: one that is set aside too, which publishing it shows again. */
export function findKeptBlob(db: Database, hash: string): StoredBlob | undefined {
  if (!isHash(hash)) return undefined;
  const row = db.prepare(`select ${COLUMNS} from blobs where hash = ?`).get(fromHex(hash));
  return toBlob(row as Row | undefined);
}

/** Reads the bytes [from, to) of a picture, reading only the chunks they are in; empty when it is not here. */
export function readBlob(db: Database, hash: string, from: number, to: number): Uint8Array {
  const row = findRow(db, hash);
  if (row === undefined) return new Uint8Array(0);
  const start = Math.max(0, Math.min(from, row.bytes));
  const end = Math.max(start, Math.min(to, row.bytes));
  const result = new Uint8Array(end - start);
  if (result.length === 0) return result;
  const first = Math.floor(start / CHUNK_BYTES);
  const last = Math.floor((end - 1) / CHUNK_BYTES);
  const find = db.prepare("select bytes from blob_chunks where blob = ? and n = ?");
  for (let n = first; n <= last; n += 1) {
    const chunk = find.get(row.id, n) as { bytes: Uint8Array } | undefined;
    if (chunk === undefined) throw new Error(`Cannot read blob ${hash}: chunk ${n} is absent`);
    const offset = n * CHUNK_BYTES;
    const part = chunk.bytes.subarray(Math.max(0, start - offset), end - offset);
    result.set(part, Math.max(0, offset - start));
  }
  return result;
}

/** Counts the shown entries that name a picture, up to 1,000. */
export function countBlobUses(db: Database, hash: string): number {
  const row = db.prepare(
    "select count(*) as n from (select 1 from blob_uses where hash = ? limit 1000)",
  ).get(fromHex(hash)) as { n: number };
  return row.n;
}

/** A picture as a content names it. */
export type NamedBlob = Readonly<{
  /** 64 hex digits. */
  hash: string;
  /** Length, as the content says. */
  bytes: number;
}>;

/**
 * Records that an entry names pictures; called by the projection. A picture set aside is shown again; one that is not here is
 * wanted, unless it was taken down.
 */
export function insertBlobUses(
  db: Database,
  log: number,
  index: number,
  pictures: readonly NamedBlob[],
): void {
  for (const picture of pictures) {
    const hash = fromHex(picture.hash);
    const isFirst = !isUsed(db, hash, log);
    db.prepare("insert into blob_uses (hash, log, n) values (?, ?, ?) on conflict do nothing")
      .run(hash, log, index);
    const blob = findSize(db, hash);
    if (blob === undefined) insertWantedBlob(db, log, index, picture);
    else if (isFirst) updateBlobCount(db, log, blob.bytes, 1);
    if (blob !== undefined && blob.setAsideDay !== null) {
      db.prepare("update blobs set set_aside_day = null where hash = ?").run(hash);
    }
  }
}

/** Forgets that an entry names pictures; those that no other entry names are set aside. */
export function deleteBlobUses(
  db: Database,
  log: number,
  index: number,
  pictures: readonly NamedBlob[],
): void {
  for (const picture of pictures) {
    const hash = fromHex(picture.hash);
    const { changes } = db.prepare("delete from blob_uses where hash = ? and log = ? and n = ?")
      .run(hash, log, index);
    if (changes === 0) continue;
    const blob = findSize(db, hash);
    if (blob === undefined) deleteWantedBlob(db, log, hash);
    else if (!isUsed(db, hash, log)) updateBlobCount(db, log, blob.bytes, -1);
    if (blob === undefined || countBlobUses(db, picture.hash) > 0) continue;
    db.prepare("update blobs set set_aside_day = ? where hash = ?").run(countRunningDays(db), hash);
  }
}

/** Erases a picture's bytes at once, whoever names it; what an eviction or a takedown does. */
export function deleteBlob(db: Database, hash: string): void {
  const bytes = fromHex(hash);
  const blob = findSize(db, bytes);
  if (blob === undefined) return;
  updateUsers(db, bytes, blob.bytes, -1);
  db.prepare("delete from blobs where hash = ?").run(bytes);
}

function isUsed(db: Database, hash: Uint8Array, log: number): boolean {
  return db.prepare("select 1 from blob_uses where hash = ? and log = ? limit 1")
    .get(hash, log) !== undefined;
}

function findSize(
  db: Database,
  hash: Uint8Array,
): { bytes: number; setAsideDay: number | null } | undefined {
  return db.prepare("select bytes, set_aside_day as setAsideDay from blobs where hash = ?")
    .get(hash) as { bytes: number; setAsideDay: number | null } | undefined;
}

/** A picture came or went: each log that names it counts it, and wants it no more. */
function updateUsers(db: Database, hash: Uint8Array, bytes: number, change: 1 | -1): void {
  const logs = db.prepare("select distinct log from blob_uses where hash = ?").all(hash) as {
    log: number;
  }[];
  for (const { log } of logs) {
    updateBlobCount(db, log, bytes, change);
    if (change === 1) {
      db.prepare("delete from wanted_blobs where log = ? and hash = ?").run(log, hash);
    }
  }
}

/** Nothing happens for the owner's own log: it has no mirror. */
function updateBlobCount(db: Database, log: number, bytes: number, change: 1 | -1): void {
  db.prepare("update mirrors set blobs = blobs + ?, blob_bytes = blob_bytes + ? where log = ?")
    .run(change, change * bytes, log);
}

/**
 * Deletes pictures that were uploaded before a time and that neither an entry nor a draft names; answers how many.
 * At most 1,000 in one call. What a withdrawal set aside is left to `eraseWithdrawn`.
 */
export function deleteUnusedBlobs(db: Database, olderThanMs: number): number {
  return db.transaction(() =>
    db.prepare(
      `delete from blobs where id in (select id from blobs
       where saved_at_ms < ? and set_aside_day is null and ${UNDRAFTED}
       and not exists (select 1 from blob_uses where blob_uses.hash = blobs.hash)
       order by id limit ?)`,
    ).run(olderThanMs, DELETIONS_MAX).changes
  );
}

/** Deletes at most `limit` pictures set aside on or before a running day that no draft names; answers how many. */
export function deleteBlobsSetAside(db: Database, day: number, limit: number): number {
  return db.prepare(
    `delete from blobs where id in
     (select id from blobs where set_aside_day <= ? and ${UNDRAFTED} order by id limit ?)`,
  ).run(day, limit).changes;
}

function findRow(db: Database, hash: string): Row | undefined {
  if (!isHash(hash)) return undefined;
  return db.prepare(`select ${COLUMNS} from blobs where hash = ? and set_aside_day is null`)
    .get(fromHex(hash)) as Row | undefined;
}

function toBlob(row: Row | undefined): StoredBlob | undefined {
  if (row === undefined) return undefined;
  const { hash, type, bytes, width, height } = row;
  return { hash: toHex(hash), type, bytes, width, height };
}

function isHash(hash: string): boolean {
  return /^[0-9a-f]{64}$/.test(hash);
}
