/** Takedowns of single pieces: why a page that was here is not. @module */
import { toHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";
import { findEntry } from "./entries.ts";
import type { Takedown } from "./takedowns.ts";

/** Finds the takedown of exactly this: a hash in hex, or a capsule id. */
export function findTakedown(
  db: Database,
  kind: Takedown["kind"],
  target: string,
): Takedown | undefined {
  return db.prepare(
    "select id, kind, target, reason, note, at_ms as atMs from takedowns where kind = ? and target = ?",
  ).get(kind, target) as Takedown | undefined;
}

/** Finds the takedown of a post or article, by its index or by the slug (in NFC) that was given to it. */
export function findPieceTakedown(
  db: Database,
  log: number,
  piece: number | string,
): Takedown | undefined {
  const index = typeof piece === "number" ? piece : findSlugIndex(db, log, piece);
  const entry = index === undefined ? undefined : findEntry(db, log, index);
  if (entry === undefined) return undefined;
  return findTakedown(db, "entry", toHex(entry.hash)) ??
    findTakedown(db, "content", toHex(entry.contentHash));
}

function findSlugIndex(db: Database, log: number, slug: string): number | undefined {
  const row = db.prepare("select n from slugs where log = ? and slug = ?").get(log, slug) as
    | { n: number }
    | undefined;
  return row?.n;
}
