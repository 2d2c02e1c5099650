/** Addresses of pieces without their words: for the sitemap, which names all of them. @module */
import type { Database } from "./database.ts";

/** Where a piece lives and when it last changed. */
export type PieceAddress = Readonly<{
  /** What it is. */
  kind: "post" | "article";
  /** Position of the first entry in the log. */
  index: number;
  /** "" for posts. */
  slug: string;
  /** Date of the newest revision, else of publication, Unix milliseconds. */
  changedAtMs: number;
}>;

/** Entries of the log that one part covers: so many addresses at most. */
const PART_ENTRIES = 1_000;

/** Lists the parts that have addresses, from 0. Costs one look-up a part. */
export function listAddressParts(db: Database, log: number): number[] {
  const next = db.prepare(
    "select n from pieces where log = ? and n >= ? and is_page = 0 order by n limit 1",
  );
  const parts: number[] = [];
  let from = 0;
  for (;;) {
    const row = next.get(log, from) as { n: number } | undefined;
    if (row === undefined) return parts;
    const part = Math.floor(row.n / PART_ENTRIES);
    parts.push(part);
    from = (part + 1) * PART_ENTRIES;
  }
}

/**
 * Lists one part of a log's addresses, without pages, in the order of the log, so that parts stay as they are when pieces are added.
 * Empty where the part has none.
 */
export function listAddresses(db: Database, log: number, part: number): PieceAddress[] {
  const from = part * PART_ENTRIES;
  return db.prepare(
    `select kind, n as "index", slug, coalesce(revised_at_ms, published_at_ms) as changedAtMs
     from pieces where log = ? and n >= ? and n < ? and is_page = 0 order by n`,
  ).all(log, from, from + PART_ENTRIES) as PieceAddress[];
}
