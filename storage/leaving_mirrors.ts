/** Taking a mirror away, in parts, so that nothing waits long. @module */
import { deleteBlob } from "./blobs.ts";
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";
import { deletePiece, type PieceKey } from "./piece_writes.ts";
import { findSettings } from "./settings.ts";
import { Tally } from "./tally.ts";

/** Every other table of a log with its key, in an order that keeps what refers to rows before these rows. */
const TABLES: readonly (readonly [table: string, key: string])[] = [
  ["missing_contents", "log, n"],
  ["contents", "log, n"],
  ["entries", "log, n"],
  ["tiles", "log, level, n"],
  ["revisions", "log, n, kind, revision_n"],
  ["slugs", "log, slug"],
  ["aliases", "log, path, n"],
  ["withdrawals", "log, target_n, n"],
  ["follows", "log, id"],
  ["missing_entries", "log, from_n"],
  ["wanted_blobs", "log, hash"],
  ["entries_set_aside", "log, record_n, n"],
  ["holders", "log, id"],
  ["deliveries", "log, peer, kind"],
  ["piece_tags", "log, tag, kind, id"],
  ["tags", "log, tag"],
  ["piece_counts", "log, shelf"],
  ["archive", "log, year, month, kind"],
];

/** Tables with one row, or a few, of a log. */
const LAST: readonly string[] = [
  "profiles",
  "fork_proofs",
  "identity_records",
  "checkpoints",
  "mirrors",
  "capsules",
];

/**
 * Deletes about `rows` rows of a mirror, in one transaction; true when all of it is gone. From the first call on its state is
 * "leaving": it is neither shown nor served. Pictures that nothing else names go with it. The own log is never touched.
 */
export function deleteMirrorPart(db: Database, log: number, rows: number): boolean {
  return db.transaction(() => {
    const mirror = db.prepare("update mirrors set state = 'leaving' where log = ?").run(log);
    if (mirror.changes === 0) return true;
    let left = rows - deletePieces(db, log, rows);
    if (left > 0) left -= deleteUses(db, log, left);
    for (const [table, key] of TABLES) {
      if (left <= 0) return false;
      left -= db.prepare(
        `delete from ${table} where (${key}) in (select ${key} from ${table} where log = ? limit ?)`,
      ).run(log, left).changes;
    }
    if (left <= 0) return false;
    for (const table of LAST) db.prepare(`delete from ${table} where log = ?`).run(log);
    return true;
  });
}

function deletePieces(db: Database, log: number, limit: number): number {
  const keys = db.prepare(
    `select id, log, kind, is_page as isPage, tags, text_n as textIndex, revisions
     from pieces where log = ? limit ?`,
  ).all(log, limit) as PieceKey[];
  if (keys.length === 0) return 0;
  const tally = new Tally(db, log, findSettings(db).timeZone);
  for (const key of keys) deletePiece(db, tally, key);
  tally.flush();
  return keys.length;
}

function deleteUses(db: Database, log: number, limit: number): number {
  const uses = db.prepare("select hash, n from blob_uses where log = ? limit ?")
    .all(log, limit) as { hash: Uint8Array; n: number }[];
  for (const { hash, n } of uses) {
    db.prepare("delete from blob_uses where hash = ? and log = ? and n = ?").run(hash, log, n);
    if (isNeeded(db, toHex(hash))) continue;
    deleteBlob(db, toHex(hash));
  }
  return uses.length;
}

function isNeeded(db: Database, hash: string): boolean {
  const used = db.prepare("select 1 from blob_uses where hash = ? limit 1").get(fromHex(hash));
  const drafted = db.prepare("select 1 from drafts where instr(fields, ?) > 0 limit 1").get(hash);
  return used !== undefined || drafted !== undefined;
}
