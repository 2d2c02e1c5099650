/** Scenarios of docs/protocol.md §9: checkpoints, heads, forks. */
import { encodeCheckpoint } from "../../../mesh/protocol/checkpoint.ts";
import { fromHex, toHex } from "../../../mesh/protocol/hex.ts";
import { signNote } from "../../../mesh/protocol/note.ts";
import { toBase64 } from "../../../mesh/protocol/text.ts";
import { consistencyProof, treeRoot } from "../../../mesh/protocol/tree.ts";
import { buildLog, chain, checkpoint, ID, OTHER_ID, signingKey } from "../sample.ts";
import type { Scenarios, Vector } from "../vector.ts";

type Expect = Vector["expect"];

const HASH = "ab".repeat(32);

/** All of them. */
export function checkpointScenarios(): Scenarios {
  return { ...checkpoints(), ...heads(), ...forks(), ...forkDocuments() };
}

function checkpoints(): Scenarios {
  const log = buildLog(3);
  const { publicKey, sign } = signingKey(0);
  const one = (comment: string, note: string, expect: Expect): Vector => ({
    comment,
    spec: "9.1",
    call: "verifyCheckpoint",
    input: { note, capsuleId: ID, key: toHex(publicKey) },
    expect,
    ...(expect === "ok" ? { output: { size: 3, root: toHex(log.root) } } : {}),
  });
  const text = encodeCheckpoint({ capsuleId: ID, size: 3, root: log.root });
  const signed = (text: string): string => signNote({ text, name: ID, publicKey, sign });
  return {
    checkpoint_ok: one("Three entries.", checkpoint(3, log.root), "ok"),
    checkpoint_other_key: one("By another key.", checkpoint(3, log.root, 1), "note_signature"),
    checkpoint_extension: one("A fourth line.", signed(`${text}more\n`), "checkpoint_form"),
    checkpoint_no_root: one("Two lines.", signed(`${ID}\n3\n`), "checkpoint_form"),
    checkpoint_hex_root: one(
      "The root in hex.",
      signed(`${ID}\n3\n${toHex(log.root)}\n`),
      "checkpoint_form",
    ),
    checkpoint_size_zero_in_front: one(
      "A leading zero.",
      signed(text.replace("\n3\n", "\n03\n")),
      "integer_form",
    ),
    checkpoint_empty_root: one(
      "Size 0 with another root.",
      signed(text.replace("\n3\n", "\n0\n")),
      "checkpoint_form",
    ),
    checkpoint_other_origin: one(
      "Another capsule's.",
      signed(text.replace(ID, OTHER_ID)),
      "checkpoint_origin",
    ),
  };
}

function heads(): Scenarios {
  const log = buildLog(5);
  const cut = { cutSize: 3, cutRoot: treeRoot(3, log.readTile) };
  const identity = chain(cut);
  const one = (
    comment: string,
    identity: string[],
    note: string,
    expect: Expect,
    output?: number,
  ): Vector => ({
    comment,
    spec: "9.2",
    call: "verifyHead",
    input: { identity, note },
    expect,
    ...(output === undefined ? {} : { output }),
  });
  const rootAt = (size: number): Uint8Array => treeRoot(size, log.readTile);
  return {
    head_above_cut: one("Larger than the cut.", identity, checkpoint(5, log.root, 1), "ok", 5),
    head_at_cut: one("The cut itself.", identity, checkpoint(3, rootAt(3), 1), "ok", 3),
    head_beside_cut: one(
      "The cut's size, another root.",
      identity,
      checkpoint(3, rootAt(4), 1),
      "checkpoint_void",
    ),
    head_below_cut: one(
      "Smaller than the cut.",
      identity,
      checkpoint(2, rootAt(2), 1),
      "checkpoint_void",
    ),
    head_retired_key: one(
      "By the retired key.",
      identity,
      checkpoint(5, log.root, 0),
      "note_signature",
    ),
    head_closed: one(
      "After the closing.",
      chain({ signingKey: null, ...cut }),
      checkpoint(5, log.root, 0),
      "checkpoint_void",
    ),
  };
}

function forkParts() {
  const log = buildLog(7);
  const other = buildLog(4, "Other");
  const base = {
    identity: chain(),
    smaller: checkpoint(4, other.root),
    larger: checkpoint(7, log.root),
    largerRootBefore: toHex(treeRoot(4, log.readTile)),
    hashes: consistencyProof(4, 7, log.readTile).map(toHex),
  };
  return { log, other, base };
}

function forks(): Scenarios {
  const { log, other, base } = forkParts();
  const one = (comment: string, changes: object, expect: Expect): Vector => ({
    comment,
    spec: "9.3",
    call: "verifyForkProof",
    input: { ...base, ...changes },
    expect,
  });
  return {
    fork_ok: one("Two logs under one key.", {}, "ok"),
    fork_same_size: one("Two roots of one size.", {
      larger: checkpoint(4, treeRoot(4, log.readTile)),
      hashes: [],
    }, "ok"),
    fork_one_log: one(
      "One log.",
      { smaller: checkpoint(4, treeRoot(4, log.readTile)) },
      "fork_unproved",
    ),
    fork_invented_root: one(
      "A root that the larger tree never had.",
      { largerRootBefore: HASH },
      "proof_mismatch",
    ),
    fork_other_key: one(
      "One of them by another key.",
      { smaller: checkpoint(4, other.root, 1) },
      "note_signature",
    ),
  };
}

function forkDocuments(): Scenarios {
  const { log, base } = forkParts();
  const document = {
    capsule: 1,
    identity: base.identity,
    smaller: base.smaller,
    larger: base.larger,
    rootBefore: toBase64(fromHex(base.largerRootBefore)),
    hashes: base.hashes.map((hash) => toBase64(fromHex(hash))),
  };
  const travelling = (comment: string, changes: object, expect: Expect): Vector => ({
    comment,
    spec: "9.3",
    call: "verifyForkDocument",
    input: { text: JSON.stringify({ ...document, ...changes }) },
    expect,
  });
  return {
    fork_document_ok: travelling("A fork proof as it travels.", {}, "ok"),
    fork_document_hex_root: travelling(
      "A root that is not base64.",
      { rootBefore: base.largerRootBefore },
      "proof_document_form",
    ),
    fork_document_other_version: travelling(
      "Of another version.",
      { capsule: 2 },
      "proof_document_form",
    ),
    fork_document_one_log: travelling(
      "One log.",
      { smaller: checkpoint(4, treeRoot(4, log.readTile)) },
      "fork_unproved",
    ),
  };
}
