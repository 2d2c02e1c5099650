/** The tree against RFC 6962, against a plain definition, and every proof against its altered self. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { ProtocolError } from "../../../mesh/protocol/errors.ts";
import { fromHex, toHex } from "../../../mesh/protocol/hex.ts";
import {
  consistencyProof,
  EMPTY_ROOT,
  extendTree,
  hashLeaf,
  inclusionProof,
  type ReadTile,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "../../../mesh/protocol/tree.ts";

const seed = Number(Deno.env.get("CAPSULE_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 31));

/** The inputs and roots of the test of the reference implementation of RFC 6962. */
const RFC_6962 = {
  leaves: [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ],
  roots: [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ],
};

/** RFC 6962 section 2.1, word for word, with another library. */
function plainRoot(entries: readonly Uint8Array[]): Uint8Array {
  const sha = (...parts: Uint8Array[]): Uint8Array => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return new Uint8Array(hash.digest());
  };
  if (entries.length === 0) return sha();
  if (entries.length === 1) return sha(Uint8Array.of(0), entries[0] as Uint8Array);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha(Uint8Array.of(1), plainRoot(entries.slice(0, k)), plainRoot(entries.slice(k)));
}

/** A log of numbered leaves, grown in given steps. */
class Grown {
  readonly tiles = new Map<string, Uint8Array>();
  readonly leaves: Uint8Array[] = [];
  readonly readTile: ReadTile = (level, n) => this.tiles.get(`${level}/${n}`);
  root: Uint8Array = EMPTY_ROOT;

  add(count: number): void {
    const from = this.leaves.length;
    const added = Array.from({ length: count }, (_, i) => hashLeaf(leaf(from + i)));
    const grown = extendTree(from, added, this.readTile);
    for (const tile of grown.tiles) this.tiles.set(`${tile.level}/${tile.n}`, tile.hashes);
    this.leaves.push(...added);
    this.root = grown.root;
    equal(grown.size, this.leaves.length);
  }
}

function leaf(n: number): Uint8Array {
  return new TextEncoder().encode(`leaf ${n}`);
}

function grow(...counts: number[]): Grown {
  const log = new Grown();
  for (const count of counts) log.add(count);
  return log;
}

/** Flips one bit of each hash in turn, drops one, adds one: none of them may verify. */
function refuseAltered(proof: Uint8Array[], verify: (proof: Uint8Array[]) => void): void {
  const refused = (altered: Uint8Array[]): void => throws(() => verify(altered), ProtocolError);
  for (const [i, hash] of proof.entries()) {
    const flipped = hash.slice();
    const position = (i * 7) % 32;
    flipped[position] = (flipped[position] as number) ^ (1 << (i % 8));
    refused(proof.with(i, flipped));
    refused(proof.toSpliced(i, 1));
  }
  refused([...proof, EMPTY_ROOT]);
}

Deno.test("roots are those of RFC 6962's reference implementation", () => {
  const entries = RFC_6962.leaves.map(fromHex);
  const log = new Map<string, Uint8Array>();
  const read: ReadTile = (level, n) => log.get(`${level}/${n}`);
  equal(
    toHex(treeRoot(0, read)),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  for (const [size, entry] of entries.entries()) {
    const grown = extendTree(size, [hashLeaf(entry)], read);
    for (const tile of grown.tiles) log.set(`${tile.level}/${tile.n}`, tile.hashes);
    equal(toHex(grown.root), RFC_6962.roots[size]);
  }
  const proof = inclusionProof(5, 8, read);
  equal(
    proof.map(toHex).join(" "),
    [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ].join(" "),
  );
});

Deno.test("growing one by one and at once make the same tiles and roots as the definition", () => {
  const one = new Grown();
  for (let size = 1; size <= 600; size++) {
    one.add(1);
    if (size % 37 === 0 || size < 20 || Math.abs(size - 256) < 3 || Math.abs(size - 512) < 3) {
      const entries = Array.from({ length: size }, (_, i) => leaf(i));
      deepEqual(one.root, plainRoot(entries));
      const atOnce = grow(size);
      deepEqual(atOnce.root, one.root);
      deepEqual([...atOnce.tiles].sort(), [...one.tiles].sort());
    }
  }
});

Deno.test("extendTree returns only tiles that changed or are new", () => {
  const log = grow(255);
  const added = extendTree(255, [hashLeaf(leaf(255))], log.readTile);
  deepEqual(added.tiles.map(({ level, n, hashes }) => [level, n, hashes.length]), [[0, 0, 8192], [
    1,
    0,
    32,
  ]]);
  const next = grow(256);
  const tiles = extendTree(256, [hashLeaf(leaf(256))], next.readTile).tiles;
  deepEqual(tiles.map(({ level, n, hashes }) => [level, n, hashes.length]), [[0, 1, 32]]);
  deepEqual(extendTree(256, [], next.readTile), { size: 256, root: next.root, tiles: [] });
});

Deno.test("every inclusion proof of sizes 1 to 600 verifies, every altered one does not", () => {
  const log = grow(600);
  for (let size = 1; size <= 600; size++) {
    const root = treeRoot(size, log.readTile);
    const step = size < 40 ? 1 : 61;
    for (let index = size % step; index < size; index += step) {
      const leafHash = log.leaves[index] as Uint8Array;
      const proof = inclusionProof(index, size, log.readTile);
      verifyInclusion(leafHash, index, size, proof, root);
      if (size % 25 === 0 || size < 10) {
        refuseAltered(proof, (altered) => verifyInclusion(leafHash, index, size, altered, root));
        throws(() => verifyInclusion(EMPTY_ROOT, index, size, proof, root), ProtocolError);
        throws(() => verifyInclusion(leafHash, index, size, proof, EMPTY_ROOT), ProtocolError);
        throws(() => verifyInclusion(leafHash, index ^ 1, size, proof, root), ProtocolError);
      }
    }
  }
});

Deno.test("every consistency proof of sizes 0 to 600 verifies, every altered one does not", () => {
  const log = grow(600);
  for (let to = 1; to <= 600; to++) {
    const toRoot = treeRoot(to, log.readTile);
    const step = to < 40 ? 1 : 53;
    for (let from = to % step; from <= to; from += step) {
      const fromRoot = treeRoot(from, log.readTile);
      const proof = consistencyProof(from, to, log.readTile);
      verifyConsistency(from, fromRoot, to, toRoot, proof);
      if (to % 25 === 0 || to < 10) {
        refuseAltered(proof, (altered) => verifyConsistency(from, fromRoot, to, toRoot, altered));
        throws(() => verifyConsistency(from, leaf(0), to, toRoot, proof), ProtocolError);
        throws(
          () => verifyConsistency(from, hashLeaf(leaf(0)).reverse(), to, toRoot, proof),
          ProtocolError,
        );
      }
    }
  }
});

Deno.test(`random trees across the edges of tiles of level 0 and 1 (seed ${seed})`, () => {
  const log = grow(65_000, 535, 1, 1, 999, 256);
  const size = log.leaves.length;
  const near = fc.constantFrom(255, 256, 257, 511, 513, 65_535, 65_536, 65_537, 65_792, size);
  const any = fc.oneof(near, fc.integer({ min: 1, max: size }));
  fc.assert(
    fc.property(any, any, fc.nat(), (a, b, at) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const [fromRoot, toRoot] = [treeRoot(from, log.readTile), treeRoot(to, log.readTile)];
      const proof = consistencyProof(from, to, log.readTile);
      verifyConsistency(from, fromRoot, to, toRoot, proof);
      refuseAltered(proof, (altered) => verifyConsistency(from, fromRoot, to, toRoot, altered));
      const index = at % to;
      const leafHash = log.leaves[index] as Uint8Array;
      const path = inclusionProof(index, to, log.readTile);
      verifyInclusion(leafHash, index, to, path, toRoot);
      refuseAltered(path, (altered) => verifyInclusion(leafHash, index, to, altered, toRoot));
    }),
    { seed, numRuns: 60 },
  );
  deepEqual(treeRoot(size, log.readTile), log.root);
});

Deno.test("a missing tile, an index beyond the tree and an impossible size are named", () => {
  const code = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return error instanceof ProtocolError ? error.code : String(error);
    }
    return "nothing";
  };
  const log = grow(300);
  equal(code(() => treeRoot(301, log.readTile)), "tile_form");
  equal(code(() => extendTree(300, [EMPTY_ROOT], () => undefined)), "tile_form");
  equal(code(() => inclusionProof(300, 300, log.readTile)), "tree_range");
  equal(code(() => inclusionProof(-1, 300, log.readTile)), "tree_range");
  equal(code(() => consistencyProof(300, 299, log.readTile)), "tree_range");
  equal(code(() => treeRoot(1.5, log.readTile)), "tree_range");
  equal(code(() => extendTree(999_999_999_999_999, [EMPTY_ROOT], log.readTile)), "tree_range");
});
