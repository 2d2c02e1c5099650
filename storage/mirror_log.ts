/** Writing a mirror's log: heads, runs of entries in any order, contents that come later. Everything was verified before. @module */
import { IDENTITY_RECORDS_MAX } from "../mesh/protocol/limits.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import type { Tile } from "../mesh/protocol/tree.ts";
import { updateCheckpoint } from "./checkpoints.ts";
import { findContent } from "./contents.ts";
import type { Database } from "./database.ts";
import { findEntry, type StoredEntry } from "./entries.ts";
import { deleteEntrySetAside, listEntriesSetAside } from "./entries_set_aside.ts";
import { findNewestIdentityRecord } from "./identity_records.ts";
import { deleteMissingContent } from "./missing_contents.ts";
import { deleteMissingEntries, insertMissingEntries } from "./missing_entries.ts";
import { Projection } from "./projection.ts";
import { storeContent } from "./stored_contents.ts";
import { type EntryRun, type RunContent, storeEntries } from "./stored_entries.ts";
import { saveTile } from "./tiles.ts";

export type { RunContent } from "./stored_entries.ts";
export { listMissingEntries, type Range } from "./missing_entries.ts";
export {
  listMissingContents,
  type MissingContent,
  type MissingReason,
  updateMissingContent,
} from "./missing_contents.ts";

/** What the caller verified under: nothing is written when it is no longer so. */
export type Basis = Readonly<{
  /** Hash of the newest identity record. Its number would not do: a closing takes the place of another one (docs/protocol.md §5.6). */
  record: Uint8Array;
}>;

/** A basis with the size of the head. */
export type HeadBasis = Basis & Readonly<{ expectedSize: number }>;

/** A verified head. */
export type Head = Readonly<{
  /** How many entries it is over. */
  size: number;
  /** Root hash. */
  root: Uint8Array;
  /** The checkpoint, a signed note; "" for a cut that no checkpoint covers. */
  note: string;
}>;

/** Entries side by side, checked against the tree of the head. */
export type Run =
  & EntryRun
  & Readonly<{
    /** Tiles that follow from them or prove them. */
    tiles: readonly Tile[];
  }>;

/**
 * Makes a verified head, whose tree extends what is held, the head of a log: what is between the two is missing from now on.
 * "moved" when another record or head is there now. The same size with a note takes the place of a cut without one.
 */
export function adoptHead(
  db: Database,
  log: number,
  basis: HeadBasis,
  head: Head & Readonly<{ tiles: readonly Tile[] }>,
): "adopted" | "moved" {
  return db.transaction(() => {
    if (!isBasis(db, log, basis) || head.size < basis.expectedSize) return "moved";
    if (!updateCheckpoint(db, log, basis.expectedSize, head)) return "moved";
    insertMissingEntries(db, log, { from: basis.expectedSize, to: head.size });
    for (const tile of head.tiles) saveTile(db, log, tile);
    return "adopted";
  });
}

/** Appends entries right above the head under a new one; "moved" when another record or head is there now. */
export function appendToMirror(
  db: Database,
  log: number,
  basis: HeadBasis,
  append: Omit<Run, "from"> & Readonly<{ note: string; root: Uint8Array }>,
): "appended" | "moved" {
  return db.transaction(() => {
    if (!isBasis(db, log, basis)) return "moved";
    const { entries, root, note } = append;
    const size = basis.expectedSize + entries.length;
    if (!updateCheckpoint(db, log, basis.expectedSize, { size, root, note })) return "moved";
    insertMissingEntries(db, log, { from: basis.expectedSize, to: size });
    writeRuns(db, log, [{ ...append, from: basis.expectedSize }]);
    return "appended";
  });
}

/** Stores those entries of a run that are still missing; "moved" when another record is there now. */
export function storeRun(db: Database, log: number, basis: Basis, run: Run): "stored" | "moved" {
  return storeRuns(db, log, basis, [run]);
}

/**
 * Stores several runs in one transaction: faster than one by one, most of all with several thousand entries. A power cut may take
 * the newest runs; they are missing again then.
 */
export function storeRuns(
  db: Database,
  log: number,
  basis: Basis,
  runs: readonly Run[],
): "stored" | "moved" {
  return db.hastyTransaction(() => {
    if (!isBasis(db, log, basis)) return "moved";
    writeRuns(db, log, runs);
    return "stored";
  });
}

/** Stores contents, checked against their entries, that were missing; those that are no longer missing are left out. */
export function storeContents(
  db: Database,
  log: number,
  basis: Basis,
  contents: readonly Readonly<{ index: number; bytes: Uint8Array }>[],
): "stored" | "moved" {
  return db.transaction(() => {
    if (!isBasis(db, log, basis)) return "moved";
    const projection = new Projection(db, log);
    for (const { index, bytes } of contents.toSorted((a, b) => a.index - b.index)) {
      const entry = findEntry(db, log, index);
      if (entry === undefined || findContent(db, log, index).state !== "absent") continue;
      deleteMissingContent(db, log, index);
      storeContent(projection, entry, bytes);
    }
    projection.finish();
    return "stored";
  });
}

/** Saves tiles of the head's tree; "moved" when another record or head is there now. */
export function saveTiles(
  db: Database,
  log: number,
  basis: Basis & Readonly<{ size: number }>,
  tiles: readonly Tile[],
): "saved" | "moved" {
  return db.transaction(() => {
    const { size } = db.prepare("select size from checkpoints where log = ?").get(log) as {
      size: number;
    };
    if (!isBasis(db, log, basis) || size !== basis.size) return "moved";
    for (const tile of tiles) saveTile(db, log, tile);
    return "saved";
  });
}

function isBasis(db: Database, log: number, { record }: Basis): boolean {
  const newest = findNewestIdentityRecord(db, log);
  return newest !== undefined && equalBytes(newest.hash, record);
}

/** In ascending order, so that the search index is written in one go. */
function writeRuns(db: Database, log: number, runs: readonly Run[]): void {
  const projection = new Projection(db, log);
  for (const run of runs.toSorted((a, b) => a.from - b.from)) {
    for (const tile of run.tiles) saveTile(db, log, tile);
    const range = { from: run.from, to: run.from + run.entries.length };
    for (const { from, to } of deleteMissingEntries(db, log, range)) {
      const cut = <T>(list: readonly T[]) => list.slice(from - run.from, to - run.from);
      const entries = cut(run.entries);
      const contents = projection.hasSetAside
        ? takeFromSetAside(projection, entries, cut(run.contents))
        : cut(run.contents);
      storeEntries(projection, { from, entries, contents, texts: run.texts && cut(run.texts) });
    }
  }
  projection.isAddressOld = true;
  projection.finish();
}

/** Entries that a newer head takes in again are set aside no more; their contents serve where none came. */
function takeFromSetAside(
  { db, log }: Projection,
  entries: readonly StoredEntry[],
  contents: readonly RunContent[],
): RunContent[] {
  return contents.map((content, i) => {
    const { index, bytes } = entries[i] as StoredEntry;
    const range = { from: index, to: index + 1 };
    const same = listEntriesSetAside(db, log, range, IDENTITY_RECORDS_MAX)
      .filter((found) => equalBytes(found.bytes, bytes));
    for (const found of same) deleteEntrySetAside(db, log, found);
    if (content instanceof Uint8Array) return content;
    return same.find((found) => found.content !== null)?.content ?? content;
  });
}
