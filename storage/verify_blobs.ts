/** Verifies pictures: bytes against hashes, and that what entries name is there. @module */
import { createHash } from "node:crypto";
import { toHex } from "../mesh/protocol/hex.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import type { Database } from "./database.ts";
import type { Report } from "./verify_report.ts";

const RUN = 1_000;

/** Hashes every picture again, chunk by chunk. */
export function verifyBlobs(db: Database, report: Report): void {
  const list = db.prepare("select id, hash, bytes from blobs where id > ? order by id limit ?");
  let rows: { id: number; hash: Uint8Array; bytes: number }[] = [];
  let after = 0;
  do {
    rows = list.all(after, RUN) as typeof rows;
    for (const row of rows) {
      after = row.id;
      const isWhole = isWholeBlob(db, row);
      report.check(isWhole, `The picture ${toHex(row.hash)} is not whole`);
    }
  } while (rows.length === RUN && !report.isFull);
  verifyUses(db, report);
}

function isWholeBlob(
  db: Database,
  { id, hash, bytes }: Readonly<{ id: number; hash: Uint8Array; bytes: number }>,
): boolean {
  const find = db.prepare("select bytes from blob_chunks where blob = ? and n = ?");
  const digest = createHash("sha256");
  let length = 0;
  let n = 0;
  for (; length < bytes; n += 1) {
    const chunk = find.get(id, n) as { bytes: Uint8Array } | undefined;
    if (chunk === undefined) return false;
    digest.update(chunk.bytes);
    length += chunk.bytes.length;
  }
  if (find.get(id, n) !== undefined) return false;
  return length === bytes && equalBytes(new Uint8Array(digest.digest()), hash);
}

function verifyUses(db: Database, report: Report): void {
  const missing = db.prepare(
    `select count(*) as n from blob_uses u join capsules c on c.log = u.log and c.is_own = 1
     left join blobs b on b.hash = u.hash where (b.id is null or b.set_aside_day is not null)
     and not exists (select 1 from wanted_blobs w where w.log = u.log and w.hash = u.hash)`,
  ).get() as { n: number };
  report.check(missing.n === 0, `Own entries name ${missing.n} pictures that are not shown`);
}
