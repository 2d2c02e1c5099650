/** After a new record: what is held and not of the cut's tree is set aside, nothing else (docs/protocol.md §5.7). @module */
import { findCheckpoint, type StoredCheckpoint } from "../storage/checkpoints.ts";
import { deleteTilesUnder, hasEntries } from "../storage/cut_tiles.ts";
import type { Database } from "../storage/database.ts";
import { listEntries } from "../storage/entries.ts";
import {
  findNewestIdentityRecord,
  type StoredIdentityRecord,
} from "../storage/identity_records.ts";
import { saveTiles } from "../storage/mirror_log.ts";
import { setAsideEntries, updateConfirmed } from "../storage/set_aside.ts";
import { findTile } from "../storage/tiles.ts";
import type { Mesh } from "./mesh.ts";
import { TILE_WIDTH } from "./protocol/limits.ts";
import { equalBytes } from "./protocol/text.ts";
import type { Tile } from "./protocol/tree.ts";
import { failureOf, type SourceFailure } from "./pull_problem.ts";
import type { LogSource } from "./question.ts";
import { type AskTile, makeAskTile, readEdge, TargetTree, tileWidth } from "./target.ts";

/** Found differences are written when there are so many tiles of them. */
const BATCH_TILES = 64;

/** What came of a comparison with the cut's tree. */
export type Reconciled =
  /** All that is held is of the cut's tree. */
  | Readonly<{ outcome: "confirmed" }>
  /** The record or the head became another one meanwhile. */
  | Readonly<{ outcome: "moved" }>
  /** No source gave the cut's tree; the last one's failure, if there was one. */
  | Readonly<{ outcome: "undelivered"; failure: SourceFailure | undefined }>;

/**
 * Compares what is held of a log, whose head is a cut, with the cut's tree, tile by tile downwards, and sets aside exactly the
 * entries whose hashes differ. Each source is asked until one gives the whole comparison. A kill leaves entries that are of the
 * cut's tree, or not compared yet: the next call goes on.
 */
export async function reconcileCut(
  mesh: Mesh,
  log: number,
  sources: readonly LogSource[],
): Promise<Reconciled> {
  const { db } = mesh;
  const cut = findCheckpoint(db, log);
  const record = findNewestIdentityRecord(db, log);
  if (cut === undefined || record === undefined) return { outcome: "moved" };
  if (!hasEntries(db, log, 0, cut.size)) return confirm(db, log, { cut, record }, []);
  let failure: SourceFailure | undefined;
  for (const source of sources) {
    try {
      const ask = makeAskTile(source);
      const edge = await readEdge(cut, ask);
      const comparison = new Comparison(db, log, new TargetTree(cut, edge), record);
      if (!await comparison.run(ask)) return { outcome: "moved" };
      return confirm(db, log, { cut, record }, edge);
    } catch (error) {
      failure = failureOf(error);
      if (failure === undefined) throw error;
    }
  }
  return { outcome: "undelivered", failure };
}

function confirm(
  db: Database,
  log: number,
  { cut, record }: Readonly<{ cut: StoredCheckpoint; record: StoredIdentityRecord }>,
  edge: readonly Tile[],
): Reconciled {
  return db.transaction(() => {
    if (saveTiles(db, log, { record: record.hash, size: cut.size }, edge) === "moved") {
      return { outcome: "moved" };
    }
    updateConfirmed(db, log);
    return { outcome: "confirmed" };
  });
}

/** One walk from the right edge downwards. A tile is written after all below it: a walk that was killed compares it again. */
class Comparison {
  readonly #db: Database;
  readonly #log: number;
  readonly #tree: TargetTree;
  readonly #record: StoredIdentityRecord;
  #tiles: Tile[] = [];
  #differing: { from: number; to: number }[] = [];
  #stale: { level: number; from: number; to: number }[] = [];

  constructor(db: Database, log: number, tree: TargetTree, record: StoredIdentityRecord) {
    this.#db = db;
    this.#log = log;
    this.#tree = tree;
    this.#record = record;
  }

  /** False when the record or the head moved meanwhile. */
  async run(ask: AskTile): Promise<boolean> {
    // The edge's tiles lie side by side over the whole tree: those of the upper levels over what is left of those below.
    for (const { level, n } of this.#tree.edge) {
      if (!await this.#walk(level, n, ask)) return false;
    }
    return this.#write();
  }

  async #walk(level: number, n: number, ask: AskTile): Promise<boolean> {
    const { size } = this.#tree.target;
    const hashes = await this.#tree.tile(level, n, ask);
    const width = tileWidth(size, level, n);
    if (level === 0) {
      this.#compareEntries(n * TILE_WIDTH, hashes.subarray(0, width * 32));
    } else {
      const held = findTile(this.#db, this.#log, level, n);
      const unit = TILE_WIDTH ** level;
      for (let i = 0; i < width; i++) {
        const own = held?.subarray(i * 32, i * 32 + 32);
        const isSame = own?.length === 32 && equalBytes(own, hashes.subarray(i * 32, i * 32 + 32));
        if (isSame) continue;
        const place = n * TILE_WIDTH + i;
        const from = place * unit;
        if (!hasEntries(this.#db, this.#log, from, from + unit)) {
          this.#stale.push({ level, from, to: from + unit });
        } else if (!await this.#walk(level - 1, place, ask)) return false;
      }
    }
    this.#tiles.push({ level, n, hashes: hashes.slice(0, width * 32) });
    return this.#tiles.length < BATCH_TILES || this.#write();
  }

  #compareEntries(from: number, hashes: Uint8Array): void {
    for (const { index, hash } of listEntries(this.#db, this.#log, from, hashes.length / 32)) {
      const at = (index - from) * 32;
      if (at >= hashes.length) break;
      if (equalBytes(hash, hashes.subarray(at, at + 32))) continue;
      const last = this.#differing.at(-1);
      if (last?.to === index) last.to = index + 1;
      else this.#differing.push({ from: index, to: index + 1 });
    }
  }

  #write(): boolean {
    const basis = { record: this.#record.hash, size: this.#tree.target.size };
    const tiles = this.#tiles;
    const differing = this.#differing;
    const stale = this.#stale;
    this.#tiles = [];
    this.#differing = [];
    this.#stale = [];
    return this.#db.transaction(() => {
      // Looked at before anything is written: another record's set-aside is not ours to add to.
      if (saveTiles(this.#db, this.#log, basis, []) === "moved") return false;
      setAsideEntries(this.#db, this.#log, this.#record.n, differing);
      for (const under of stale) deleteTilesUnder(this.#db, this.#log, under);
      return saveTiles(this.#db, this.#log, basis, tiles) === "saved";
    });
  }
}
