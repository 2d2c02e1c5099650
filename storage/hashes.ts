/** What a hash is the hash of, for people who have nothing but a hash. @module */
import { fromHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";

/** An entry, a content or a picture that is here, or was. */
export type Hashed =
  | Readonly<{ kind: "entry"; log: number; index: number }>
  | Readonly<{ kind: "content" }>
  | Readonly<{ kind: "blob" }>;

/** Finds what a hash (64 hex digits) names here; undefined when nothing does. May look at all entries. */
export function findHashed(db: Database, hash: string): Hashed | undefined {
  const bytes = fromHex(hash);
  const blob = db.prepare(
    `select 1 from blobs where hash = ?1 union all select 1 from blob_uses where hash = ?1
     union all select 1 from takedowns where kind = 'blob' and target = ?2 limit 1`,
  ).get(bytes, hash);
  if (blob !== undefined) return { kind: "blob" };
  const entry = db.prepare(`select log, n as "index" from entries where hash = ? limit 1`)
    .get(bytes) as { log: number; index: number } | undefined;
  if (entry !== undefined) return { kind: "entry", ...entry };
  const content = db.prepare("select 1 from entries where instr(bytes, ?) > 0 limit 1")
    .get(new TextEncoder().encode(`\n${hash} `));
  return content === undefined ? undefined : { kind: "content" };
}

/** Finds the entry at which an article's slug (in NFC) leads, shown or not; undefined when no article has it. */
export function findSlugEntry(db: Database, log: number, slug: string): number | undefined {
  const row = db.prepare("select n from slugs where log = ? and slug = ?").get(log, slug) as
    | { n: number }
    | undefined;
  return row?.n;
}
