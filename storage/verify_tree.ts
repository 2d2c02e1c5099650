/** Verifies a log's tiles by building its tree again. @module */
import { equalBytes } from "../mesh/protocol/text.ts";
import { EMPTY_ROOT, extendTree } from "../mesh/protocol/tree.ts";
import { findTile } from "./tiles.ts";
import type { VerifiedLog } from "./verify_report.ts";

const HASH_BYTES = 32;
const TILE_BYTES = 256 * HASH_BYTES;

/** Builds the tree again and compares each tile when it is full or the last. */
export class TreeVerifier {
  readonly #verified: VerifiedLog;
  readonly #edge = new Map<string, Uint8Array>();
  #size = 0;
  #root: Uint8Array = EMPTY_ROOT;

  /** Starts with the tree of an empty log. */
  constructor(verified: VerifiedLog) {
    this.#verified = verified;
  }

  /** Takes the next leaf hashes, which lie side by side. */
  extend(leaves: Uint8Array): void {
    const hashes = Array.from(
      { length: leaves.length / HASH_BYTES },
      (_, i) => leaves.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    );
    const read = (level: number, n: number) => this.#edge.get(`${level} ${n}`);
    const { size, root, tiles } = extendTree(this.#size, hashes, read);
    this.#size = size;
    this.#root = root;
    for (const { level, n, hashes } of tiles) {
      const key = `${level} ${n}`;
      this.#edge.set(key, hashes);
      if (hashes.length < TILE_BYTES) continue;
      this.#compare(level, n, hashes);
      // A full tile is not read again: the level above has its root.
      this.#edge.delete(key);
    }
  }

  /** Compares what is left with the size and root that were signed. */
  finish(size: number, root: Uint8Array): void {
    const { db, log, report } = this.#verified;
    for (const [key, hashes] of this.#edge) {
      const [level = 0, n = 0] = key.split(" ").map(Number);
      this.#compare(level, n, hashes);
    }
    report.check(this.#size === size, `Log ${log}: expected ${size} entries, found ${this.#size}`);
    report.check(equalBytes(this.#root, root), `Log ${log}: the entries do not add up to the root`);
    const stored = db.prepare(
      `select level, count(*) as tiles, sum(length(bytes)) as bytes from tiles where log = ? group by level`,
    ).all(log) as { level: number; tiles: number; bytes: number }[];
    let width = size;
    let level = 0;
    for (; width > 0; level += 1) {
      const found = stored.find((row) => row.level === level);
      const isWhole = found?.tiles === Math.ceil(width / 256) && found.bytes === width * HASH_BYTES;
      report.check(isWhole, `Log ${log}: level ${level} has tiles too many or too few`);
      width = Math.floor(width / 256);
    }
    report.check(stored.length === level, `Log ${log}: the tree has levels too many or too few`);
  }

  #compare(level: number, n: number, hashes: Uint8Array): void {
    const { db, log, report } = this.#verified;
    const stored = findTile(db, log, level, n);
    const isSame = stored !== undefined && equalBytes(stored, hashes);
    report.check(isSame, `Log ${log}: tile ${n} of level ${level} is not that of its entries`);
  }
}
