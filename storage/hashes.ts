/** What a hash is the hash of, for people who have nothing but a hash. @module */
import { fromHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";

/** An entry that names a content. */
export type NamingEntry = Readonly<{ log: number; index: number; kind: string }>;

// The last line of an entry begins with its content's hash; in another version of entries that line is all we know of it.
const NAMES =
  `substr(bytes, instr(bytes, cast(char(10) || kind || char(10) as blob)) + length(kind) + 2, 64)
    in (select cast(value as blob) from json_each(?3))
  or kind = '' and exists (select 1 from json_each(?3)
    where instr(bytes, cast(char(10) || value || ' ' as blob)) > 0)`;

/**
 * Looks for hashes (64 hex digits each) through all entries, part by part, so that nobody waits for it. There is no index for
 * this: hashes come in no order, and every entry of every copy would pay for it.
 */
export class HashSearch {
  /** Entries that name one of the hashes as their content. */
  readonly naming: NamingEntry[] = [];
  /** Rows of `entries_set_aside` that do. */
  readonly namingSetAside: number[] = [];
  /** The first entry of which one of the hashes is the hash; undefined when none was found. */
  entry: Readonly<{ log: number; index: number }> | undefined;
  readonly #hashes: string;
  #row = 0;
  #rowSetAside = 0;

  /** Begins; nothing is looked at yet. */
  constructor(hashes: Iterable<string>) {
    this.#hashes = JSON.stringify([...hashes]);
  }

  /** Looks at `rows` more rows at most; false when it had seen all that are here now. */
  next(db: Database, rows: number): boolean {
    const end = db.prepare(
      `select (select coalesce(max(rowid), 0) from entries) as entries,
         (select coalesce(max(rowid), 0) from entries_set_aside) as setAside`,
    ).get() as { entries: number; setAside: number };
    if (this.#row < end.entries) {
      this.#row = this.#findEntries(db, Math.min(end.entries, this.#row + rows));
      return true;
    }
    if (this.#rowSetAside >= end.setAside) return false;
    this.#rowSetAside = this.#findSetAside(db, Math.min(end.setAside, this.#rowSetAside + rows));
    return true;
  }

  /** Looks at all that is left. */
  finish(db: Database): this {
    while (this.next(db, Number.MAX_SAFE_INTEGER));
    return this;
  }

  #findEntries(db: Database, to: number): number {
    const found = db.prepare(
      `select log, n as "index", kind, hash in (select unhex(value) from json_each(?3)) as isEntry
       from entries where rowid > ?1 and rowid <= ?2
       and (hash in (select unhex(value) from json_each(?3)) or ${NAMES}) order by rowid`,
    ).all(this.#row, to, this.#hashes) as (NamingEntry & { isEntry: number })[];
    for (const { log, index, kind, isEntry } of found) {
      if (isEntry === 1) this.entry ??= { log, index };
      else this.naming.push({ log, index, kind });
    }
    return to;
  }

  #findSetAside(db: Database, to: number): number {
    const found = db.prepare(
      `select rowid as row from entries_set_aside
       where rowid > ?1 and rowid <= ?2 and (${NAMES}) order by rowid`,
    ).all(this.#rowSetAside, to, this.#hashes) as { row: number }[];
    this.namingSetAside.push(...found.map(({ row }) => row));
    return to;
  }
}

/** True for a picture that is here, is named by what is shown here, or was taken down. */
export function isBlobHash(db: Database, hash: string): boolean {
  return db.prepare(
    `select 1 from blobs where hash = ?1 union all select 1 from blob_uses where hash = ?1
     union all select 1 from takedowns where kind = 'blob' and target = ?2 limit 1`,
  ).get(fromHex(hash), hash) !== undefined;
}

/** Finds the entry at which an article's slug (in NFC) leads, shown or not; undefined when no article has it. */
export function findSlugEntry(db: Database, log: number, slug: string): number | undefined {
  const row = db.prepare("select n from slugs where log = ? and slug = ?").get(log, slug) as
    | { n: number }
    | undefined;
  return row?.n;
}
