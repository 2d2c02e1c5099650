/** Scenarios of docs/protocol.md §7 and §8: entries, tiles, trees. */
import { encodeEntryBundle } from "../../../mesh/protocol/entry_bundle.ts";
import { toHex } from "../../../mesh/protocol/hex.ts";
import {
  consistencyProof,
  hashLeaf,
  inclusionProof,
  treeRoot,
} from "../../../mesh/protocol/tree.ts";
import { buildLog, ID, minute, OTHER_ID } from "../sample.ts";
import type { Scenarios, Vector } from "../vector.ts";

type Expect = Vector["expect"];

const HASH = "ab".repeat(32);
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const utf8 = new TextEncoder();

/** All of them. */
export function logScenarios(): Scenarios {
  return {
    ...entries(),
    ...entryRefusals(),
    ...bundles(),
    ...paths(),
    ...trees(),
    ...inclusions(),
    ...consistencies(),
  };
}

const TEXT = `capsule entry 1\n${ID}\n7\n${minute(7)}\npost\n${HASH} 170\n`;

function decode(
  comment: string,
  text: string | Uint8Array,
  expect: Expect,
  output?: unknown,
): Vector {
  const bytes = toHex(typeof text === "string" ? utf8.encode(text) : text);
  return {
    comment,
    spec: "7",
    call: "decodeEntry",
    input: { bytes, capsuleId: ID, index: 7 },
    expect,
    ...(output === undefined ? {} : { output }),
  };
}

/** The entry with another line. */
function line(i: number, value: string): string {
  const lines = TEXT.split("\n");
  lines[i] = value;
  return lines.join("\n");
}

/** An entry of version 2 of this many bytes. */
function other(bytes: number): string {
  const head = `capsule entry 2\n${ID}\n7\n`;
  const tail = `\n${HASH} 170\n`;
  return head + "x".repeat(bytes - head.length - tail.length) + tail;
}

function entries(): Scenarios {
  const output = (text: string, kind: string): unknown => ({
    capsuleId: ID,
    index: 7,
    time: minute(7),
    kind,
    contentHash: HASH,
    contentBytes: 170,
    leafHash: toHex(hashLeaf(utf8.encode(text))),
  });
  const longKind = "a".repeat(32);
  return {
    entry_ok: decode("An entry and its leaf hash.", TEXT, "ok", output(TEXT, "post")),
    entry_unknown_kind: decode(
      "A kind of 32 letters that nobody knows.",
      line(4, longKind),
      "ok",
      output(line(4, longKind), longKind),
    ),
    entry_1024_bytes: decode("1,024 bytes, of version 2.", other(1024), "entry_version"),
    entry_1025_bytes: decode("1,025 bytes.", other(1025), "entry_too_long"),
    entry_frame_version_2: {
      comment: "What entries of all versions share.",
      spec: "7",
      call: "decodeEntryFrame",
      input: { bytes: toHex(utf8.encode(other(300))), capsuleId: ID, index: 7 },
      expect: "ok",
      output: { version: 2, contentHash: HASH, contentBytes: 170 },
    },
  };
}

function entryRefusals(): Scenarios {
  return {
    entry_kind_33: decode("A kind of 33 letters.", line(4, "a".repeat(33)), "entry_form"),
    entry_kind_digit: decode("A digit in the kind.", line(4, "post2"), "entry_form"),
    entry_crlf: decode("CRLF.", TEXT.replaceAll("\n", "\r\n"), "entry_form"),
    entry_no_final_newline: decode("No final newline.", TEXT.slice(0, -1), "entry_form"),
    entry_extra_line: decode("A seventh line.", line(4, "post\nmore"), "entry_form"),
    entry_missing_line: decode("Five lines.", TEXT.replace("post\n", ""), "entry_form"),
    entry_empty_line: decode("A blank line at the end.", `${TEXT}\n`, "entry_form"),
    entry_not_ascii: decode("A letter beyond ASCII.", line(4, "pöst"), "entry_form"),
    entry_invalid_utf8: decode("No text at all.", Uint8Array.of(0xff, 0x0a), "entry_form"),
    entry_empty: decode("Nothing.", "", "entry_form"),
    entry_first_line: decode("Another first line.", line(0, "capsule note 1"), "entry_form"),
    entry_version_2: decode("An entry of version 2.", line(0, "capsule entry 2"), "entry_version"),
    entry_other_capsule: decode("Another capsule's.", line(1, OTHER_ID), "entry_capsule"),
    entry_id_upper_case: decode(
      "The id in upper case.",
      line(1, ID.toUpperCase()),
      "entry_capsule",
    ),
    entry_other_index: decode("Another index.", line(2, "8"), "entry_index"),
    entry_index_zero_in_front: decode("A leading zero.", line(2, "07"), "integer_form"),
    entry_time: decode(
      "A time with an offset.",
      line(3, "2026-01-01T12:00:00.000+00:00"),
      "time_form",
    ),
    entry_hash_upper_case: decode(
      "The hash in upper case.",
      line(5, `${HASH.toUpperCase()} 170`),
      "hex_form",
    ),
    entry_hash_short: decode("A hash of 63 digits.", line(5, `${HASH.slice(1)} 170`), "entry_form"),
    entry_two_spaces: decode("Two spaces.", line(5, `${HASH}  170`), "integer_form"),
    entry_length_form: decode("A length with a plus.", line(5, `${HASH} +170`), "integer_form"),
  };
}

function bundles(): Scenarios {
  const log = buildLog(256);
  const one = (comment: string, bytes: Uint8Array, expect: Expect, output?: unknown): Vector => ({
    comment,
    spec: "8.2",
    call: "decodeEntryBundle",
    input: { bytes: toHex(bytes) },
    expect,
    ...(output === undefined ? {} : { output }),
  });
  const two = encodeEntryBundle(log.entries.slice(0, 2));
  const full = encodeEntryBundle(Array.from({ length: 256 }, () => new Uint8Array()));
  const longest = new Uint8Array(1026);
  [longest[0], longest[1]] = [4, 0];
  const longer = new Uint8Array(1027);
  [longer[0], longer[1]] = [4, 1];
  return {
    bundle_ok: one("Two entries.", two, "ok", log.entries.slice(0, 2).map(toHex)),
    bundle_256: one("256 entries, here of no byte.", full, "ok", Array(256).fill("")),
    bundle_257: one("257 entries.", new Uint8Array(514), "bundle_form"),
    bundle_empty: one("None.", new Uint8Array(), "bundle_form"),
    bundle_cut_off: one("The last byte is missing.", two.slice(0, -1), "bundle_form"),
    bundle_half_length: one(
      "Half a length at the end.",
      new Uint8Array([...two, 0]),
      "bundle_form",
    ),
    bundle_1024: one("An entry of 1,024 bytes.", longest, "ok", [toHex(longest.slice(2))]),
    bundle_1025: one("An entry of 1,025 bytes.", longer, "bundle_form"),
  };
}

function paths(): Scenarios {
  const one = (comment: string, path: string, expect: Expect, output?: unknown): Vector => ({
    comment,
    spec: "8.2",
    call: "decodeTilePath",
    input: { path },
    expect,
    ...(output === undefined ? {} : { output }),
  });
  const bad = (comment: string, path: string): Vector => one(comment, path, "tile_path");
  return {
    tile_path_full: one("A full tile.", "tile/0/000", "ok", { level: 0, n: 0, width: 256 }),
    tile_path_partial: one("A partial tile.", "tile/1/001.p/255", "ok", {
      level: 1,
      n: 1,
      width: 255,
    }),
    tile_path_long: one("A number of seven digits.", "tile/0/x001/x234/067", "ok", {
      level: 0,
      n: 1234067,
      width: 256,
    }),
    tile_path_entries: one("An entry bundle.", "tile/entries/x001/000.p/8", "ok", {
      level: "entries",
      n: 1000,
      width: 8,
    }),
    tile_path_level_6: one("The highest level.", "tile/6/003.p/1", "ok", {
      level: 6,
      n: 3,
      width: 1,
    }),
    tile_path_level_7: bad("A level higher.", "tile/7/000"),
    tile_path_level_zero_in_front: bad("A leading zero.", "tile/00/000"),
    tile_path_short: bad("Two digits.", "tile/0/00"),
    tile_path_useless_group: bad("A group that adds nothing.", "tile/0/x000/001"),
    tile_path_no_x: bad("A group without x.", "tile/0/001/001"),
    tile_path_last_x: bad("The last group with x.", "tile/0/x001"),
    tile_path_width_256: bad("A full tile as a partial one.", "tile/0/000.p/256"),
    tile_path_width_0: bad("A tile of nothing.", "tile/0/000.p/0"),
    tile_path_width_zero_in_front: bad("A leading zero.", "tile/0/000.p/08"),
    tile_path_slash: bad("A slash at the end.", "tile/0/000/"),
    tile_path_data: bad("Another name.", "tile/data/000"),
  };
}

function trees(): Scenarios {
  const log = buildLog(7);
  const tile = toHex(log.tiles.get("0/0") as Uint8Array);
  return {
    tree_root: {
      comment: "The root of seven entries from their tile.",
      spec: "8.1",
      call: "treeRoot",
      input: { size: 7, tiles: { "0/0": tile } },
      expect: "ok",
      output: toHex(log.root),
    },
    tree_root_empty: {
      comment: "The empty tree.",
      spec: "8.1",
      call: "treeRoot",
      input: { size: 0, tiles: {} },
      expect: "ok",
      output: EMPTY,
    },
    tree_tile_short: {
      comment: "A tile with six hashes where seven are needed.",
      spec: "8.2",
      call: "treeRoot",
      input: { size: 7, tiles: { "0/0": tile.slice(0, 6 * 64) } },
      expect: "tile_form",
    },
  };
}

function inclusions(): Scenarios {
  const log = buildLog(7);
  const proof = inclusionProof(3, 7, log.readTile).map(toHex);
  const base = {
    leafHash: toHex(log.leafHashes[3] as Uint8Array),
    index: 3,
    size: 7,
    proof,
    root: toHex(log.root),
  };
  const inclusion = (comment: string, changes: object, expect: Expect): Vector => ({
    comment,
    spec: "8.3",
    call: "verifyInclusion",
    input: { ...base, ...changes },
    expect,
  });
  return {
    inclusion_ok: inclusion("Entry 3 of 7.", {}, "ok"),
    inclusion_other_index: inclusion("As entry 2.", { index: 2 }, "proof_mismatch"),
    inclusion_index_is_size: inclusion("Entry 7 of 7.", { index: 7 }, "tree_range"),
    inclusion_too_short: inclusion("A hash too few.", { proof: proof.slice(1) }, "proof_form"),
    inclusion_too_long: inclusion("A hash too many.", { proof: [...proof, EMPTY] }, "proof_form"),
    inclusion_hash_31: inclusion(
      "A hash of 31 bytes.",
      { leafHash: "00".repeat(31) },
      "proof_form",
    ),
    inclusion_other_root: inclusion("Another root.", { root: EMPTY }, "proof_mismatch"),
  };
}

function consistencies(): Scenarios {
  const log = buildLog(7);
  const from = { from: 3, fromRoot: toHex(treeRoot(3, log.readTile)) };
  const to = { to: 7, toRoot: toHex(log.root) };
  const consistent = { ...from, ...to, proof: consistencyProof(3, 7, log.readTile).map(toHex) };
  const consistency = (comment: string, changes: object, expect: Expect): Vector => ({
    comment,
    spec: "8.3",
    call: "verifyConsistency",
    input: { ...consistent, ...changes },
    expect,
  });
  return {
    consistency_ok: consistency("From 3 to 7.", {}, "ok"),
    consistency_from_0: consistency("From nothing.", { from: 0, fromRoot: EMPTY, proof: [] }, "ok"),
    consistency_from_0_proof: consistency(
      "With a hash.",
      { from: 0, fromRoot: EMPTY },
      "proof_form",
    ),
    consistency_from_0_root: consistency(
      "From nothing with another root.",
      { from: 0, proof: [] },
      "proof_mismatch",
    ),
    consistency_same: consistency(
      "To itself.",
      { ...to, from: 7, fromRoot: to.toRoot, proof: [] },
      "ok",
    ),
    consistency_same_size: consistency(
      "Two roots of one size.",
      { from: 7, proof: [] },
      "proof_mismatch",
    ),
    consistency_backwards: consistency("From 8 to 7.", { from: 8 }, "tree_range"),
    consistency_too_short: consistency(
      "A hash too few.",
      { proof: consistent.proof.slice(1) },
      "proof_form",
    ),
    consistency_other_root: consistency("Another old root.", { fromRoot: EMPTY }, "proof_mismatch"),
  };
}
