/** Pictures that shown entries name and that are not here: what to fetch, the newest first. @module */
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";
import { isTakenDown } from "./takedown_list.ts";

/** A picture to fetch. */
export type WantedBlob = Readonly<{
  /** 64 hex digits. */
  hash: string;
  /** The newest entry that names it. */
  index: number;
  /** Length, as that entry's content says. */
  bytes: number;
  /** How often it was asked for in vain. */
  tries: number;
}>;

/** Lists pictures to fetch now, those of the newest entries first. */
export function listWantedBlobs(
  db: Database,
  log: number,
  nowMs: number,
  limit: number,
): WantedBlob[] {
  const rows = db.prepare(
    `select hash, n as "index", bytes, tries from wanted_blobs
     where log = ? and next_at_ms <= ? order by n desc, hash limit ?`,
  ).all(log, nowMs, limit) as (Omit<WantedBlob, "hash"> & { hash: Uint8Array })[];
  return rows.map((row) => ({ ...row, hash: toHex(row.hash) }));
}

/** Records what asking for a picture in vain brought; nothing when it has come meanwhile. */
export function updateWantedBlob(
  db: Database,
  log: number,
  hash: string,
  changes: Readonly<{ tries: number; nextAtMs: number }>,
): void {
  db.prepare("update wanted_blobs set tries = ?, next_at_ms = ? where log = ? and hash = ?")
    .run(changes.tries, changes.nextAtMs, log, fromHex(hash));
}

/** Wants a picture that an entry names, unless it was taken down. */
export function insertWantedBlob(
  db: Database,
  log: number,
  index: number,
  { hash, bytes }: Readonly<{ hash: string; bytes: number }>,
): void {
  if (isTakenDown(db, "blob", hash)) return;
  db.prepare(
    `insert into wanted_blobs (log, hash, n, bytes) values (?, ?, ?, ?) on conflict (log, hash)
     do update set bytes = iif(excluded.n > n, excluded.bytes, bytes), n = max(n, excluded.n)`,
  ).run(log, fromHex(hash), index, bytes);
}

/** Wants a picture no more when no entry of the log names it; after the newest one went, as of the next. */
export function deleteWantedBlob(db: Database, log: number, hash: Uint8Array): void {
  const row = db.prepare("select max(n) as n from blob_uses where hash = ? and log = ?")
    .get(hash, log) as { n: number | null };
  if (row.n === null) {
    db.prepare("delete from wanted_blobs where log = ? and hash = ?").run(log, hash);
  } else {
    db.prepare("update wanted_blobs set n = ? where log = ? and hash = ?").run(row.n, log, hash);
  }
}
