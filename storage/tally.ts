/** What one transaction adds to counters and the search index, written once at its end. @module */
import { findMonth, updateMonth } from "./archive.ts";
import { type Shelf, updatePieceCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { idMs } from "./piece_ids.ts";
import { deleteSearchEntry, insertSearchEntry, type SearchEntry } from "./search.ts";
import { updateTagCount } from "./tags.ts";

/** Search entries kept before they are written: an article has half a mebibyte at most, a post much less. */
const SEARCH_CHARACTERS_MAX = 8 * 1024 * 1024;
const SEARCH_ENTRIES_MAX = 8_192;

type SearchChange = { isStored: boolean; entry: SearchEntry | undefined };

/** Collects the changes of one log in one transaction; `flush` before it ends. */
export class Tally {
  /** Entries stored, or fewer when negative. */
  entries = 0;
  /** Contents held. */
  contents = 0;
  /** Bytes of contents held. */
  contentBytes = 0;
  readonly #db: Database;
  readonly #log: number;
  readonly #timeZone: string;
  readonly #shelves = new Map<Shelf, number>();
  /** By year * 12 + month - 1. */
  readonly #months = { post: new Map<number, number>(), article: new Map<number, number>() };
  readonly #tags = new Map<string, number>();
  readonly #search = new Map<number, SearchChange>();
  #searchCharacters = 0;

  /** Starts with nothing; the archive's months are of the time zone. */
  constructor(db: Database, log: number, timeZone: string) {
    this.#db = db;
    this.#log = log;
    this.#timeZone = timeZone;
  }

  /** Counts one piece more or less on a shelf, and in its month unless it is a page. */
  addPiece(
    piece: Readonly<{ id: number; kind: "post" | "article"; isPage: boolean }>,
    change: 1 | -1,
  ): void {
    const shelf = piece.isPage ? "page" : piece.kind;
    add(this.#shelves, shelf, change);
    if (piece.isPage) return;
    const { year, month } = findMonth(this.#timeZone, idMs(piece.id));
    add(this.#months[piece.kind], year * 12 + month - 1, change);
  }

  /** Counts one piece more or less that has a tag. */
  addTag(tag: string, change: 1 | -1): void {
    add(this.#tags, tag, change);
  }

  /** Adds a piece to the search index. */
  insertSearch(entry: SearchEntry): void {
    const isStored = this.#search.get(entry.id)?.isStored ?? false;
    this.#search.set(entry.id, { isStored, entry });
    this.#searchCharacters += entry.body.length;
    const isFull = this.#searchCharacters > SEARCH_CHARACTERS_MAX;
    if (isFull || this.#search.size >= SEARCH_ENTRIES_MAX) this.#flushSearch();
  }

  /** Takes a piece out of the search index. */
  deleteSearch(id: number): void {
    const change = this.#search.get(id);
    if (change !== undefined && !change.isStored) this.#search.delete(id);
    else this.#search.set(id, { isStored: true, entry: undefined });
  }

  /** Writes everything. */
  flush(): void {
    const db = this.#db;
    const log = this.#log;
    this.#flushSearch();
    for (const [shelf, change] of this.#shelves) updatePieceCount(db, log, shelf, change);
    for (const [kind, months] of Object.entries(this.#months)) {
      for (const [month, change] of months) {
        const row = { log, year: Math.floor(month / 12), month: month % 12 + 1, kind };
        updateMonth(db, row, change);
      }
      months.clear();
    }
    for (const [tag, change] of this.#tags) updateTagCount(db, log, tag, change);
    this.#shelves.clear();
    this.#tags.clear();
    const { entries, contents, contentBytes } = this;
    if (entries !== 0 || contents !== 0 || contentBytes !== 0) {
      db.prepare(
        `update mirrors set entries = entries + ?, contents = contents + ?,
         content_bytes = content_bytes + ? where log = ?`,
      ).run(entries, contents, contentBytes, log);
    }
    this.entries = this.contents = this.contentBytes = 0;
  }

  /** In the order of ids: the index writes a new segment whenever they fall. */
  #flushSearch(): void {
    const changes = [...this.#search].sort(([a], [b]) => a - b);
    for (const [id, { isStored, entry }] of changes) {
      if (isStored) deleteSearchEntry(this.#db, id);
      if (entry !== undefined) insertSearchEntry(this.#db, entry);
    }
    this.#search.clear();
    this.#searchCharacters = 0;
  }
}

function add<K>(map: Map<K, number>, key: K, change: number): void {
  map.set(key, (map.get(key) ?? 0) + change);
}
