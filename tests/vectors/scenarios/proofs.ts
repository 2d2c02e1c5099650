/** Scenarios of docs/protocol.md §11: proof documents. */
import { encodeProofDocument, type ProofDocument } from "../../../mesh/protocol/proof_document.ts";
import { toHex } from "../../../mesh/protocol/hex.ts";
import { inclusionProof, treeRoot } from "../../../mesh/protocol/tree.ts";
import { encodeTlogProof } from "../../../mesh/protocol/tlog_proof.ts";
import { buildLog, chain, checkpoint, otherChain, signingKey } from "../sample.ts";
import type { Scenarios, Vector } from "../vector.ts";

type Expect = Vector["expect"];

const log = buildLog(7);

/** All of them. */
export function proofScenarios(): Scenarios {
  return { ...texts(), ...outcomes(), ...closedOutcomes(), ...broken(), ...falseClaims() };
}

/** The document of one entry under a chain, against a checkpoint or, when closed, the cut. */
function document(changes: Partial<ProofDocument> = {}, size = 7): string {
  const index = changes.index ?? 3;
  return encodeProofDocument({
    identity: chain(),
    entry: log.entries[index] as Uint8Array,
    content: log.contents[index] as Uint8Array,
    index,
    hashes: inclusionProof(index, size, log.readTile),
    checkpoint: checkpoint(size, treeRoot(size, log.readTile)),
    ...changes,
  });
}

function texts(): Scenarios {
  const text = encodeTlogProof({ index: 3, hashes: [log.root, log.root], checkpoint: undefined });
  const one = (comment: string, text: string, expect: Expect): Vector => ({
    comment,
    spec: "11.1",
    call: "decodeTlogProof",
    input: { text },
    expect,
    ...(expect === "ok" ? { output: 3 } : {}),
  });
  const of = (count: number): string =>
    encodeTlogProof({ index: 3, hashes: Array(count).fill(log.root), checkpoint: undefined });
  return {
    proof_text_ok: one("Two hashes, no checkpoint.", text, "ok"),
    proof_text_100: one("100 hashes.", of(100), "ok"),
    proof_text_101: one("101 hashes.", of(101), "proof_form"),
    proof_text_extra: one(
      "An extra line.",
      text.replace("index", "extra AAAA\nindex"),
      "proof_form",
    ),
    proof_text_version: one("Another version.", text.replace("@v1", "@v2"), "proof_form"),
    proof_text_crlf: one("CRLF.", text.replaceAll("\n", "\r\n"), "proof_form"),
    proof_text_no_newline: one("No final newline.", text.slice(0, -1), "proof_form"),
    proof_text_index: one("A leading zero.", text.replace("index 3", "index 03"), "integer_form"),
    proof_text_no_padding: one("base64 without padding.", text.replaceAll("=", ""), "proof_form"),
  };
}

function cut(size: number): { cutSize: number; cutRoot: Uint8Array } {
  return { cutSize: size, cutRoot: treeRoot(size, log.readTile) };
}

function outcome(
  comment: string,
  text: string,
  known: string[] | undefined,
  output: object,
): Vector {
  const input = known === undefined ? { text } : { text, known };
  return { comment, spec: "11.3", call: "verifyProofDocument", input, expect: "ok", output };
}

const valid = (record: number): object => ({ outcome: "valid", record, isClash: false });

function outcomes(): Scenarios {
  const recovered = chain(cut(5));
  const beside = chain({ signingKey: signingKey(9).publicKey });
  const recoveredText = document({ identity: recovered, checkpoint: checkpoint(7, log.root, 1) });
  return {
    proof_valid: outcome("Nothing known before.", document(), undefined, valid(0)),
    proof_valid_known: outcome("Under the known record.", document(), chain(), valid(0)),
    proof_valid_first: outcome(
      "The only entry of a log of one.",
      document({ index: 0 }, 1),
      undefined,
      valid(0),
    ),
    proof_valid_newer: outcome(
      "The document brings a newer record.",
      recoveredText,
      chain(),
      valid(1),
    ),
    proof_as_of: outcome("Below the newer record's cut.", document(), recovered, {
      outcome: "as_of",
      record: 0,
      isClash: false,
    }),
    proof_disowned: outcome("At the newer record's cut.", document({ index: 5 }), recovered, {
      outcome: "disowned",
      record: 0,
      isClash: false,
    }),
    proof_clash: outcome("Another chain of equal length is known.", recoveredText, beside, {
      outcome: "disowned",
      record: 1,
      isClash: true,
    }),
  };
}

function closedOutcomes(): Scenarios {
  const closed = chain({ signingKey: null, ...cut(5) });
  const hashes = inclusionProof(4, 5, log.readTile);
  const underClosed = document({ identity: closed, index: 4, hashes, checkpoint: undefined });
  return {
    proof_closed: outcome("Against the cut of a closed identity.", underClosed, closed, valid(1)),
    proof_closed_as_of: outcome(
      "The verifier knows the closing, the document does not.",
      document(),
      closed,
      {
        outcome: "as_of",
        record: 0,
        isClash: false,
      },
    ),
    proof_closed_disowned: outcome(
      "Beyond the cut of the closing.",
      document({ index: 6 }),
      closed,
      {
        outcome: "disowned",
        record: 0,
        isClash: false,
      },
    ),
  };
}

function refused(comment: string, text: string, expect: Expect, known?: string[]): Vector {
  const input = known === undefined ? { text } : { text, known };
  return { comment, spec: "11.2", call: "verifyProofDocument", input, expect };
}

function broken(): Scenarios {
  const text = document();
  const fields = JSON.parse(text) as Record<string, string>;
  const changed = (changes: object): string => JSON.stringify({ ...fields, ...changes });
  return {
    proof_document_4_mib_and_1: {
      comment: "4 MiB and a byte, here of spaces.",
      spec: "11.2",
      call: "verifyProofDocument",
      input: { spaces: 4_194_305 },
      expect: "proof_document_too_long",
    },
    proof_document_4_mib: {
      comment: "4 MiB of spaces are no JSON.",
      spec: "11.2",
      call: "verifyProofDocument",
      input: { spaces: 4_194_304 },
      expect: "proof_document_form",
    },
    proof_document_version: refused(
      "Another version.",
      changed({ capsule: 2 }),
      "proof_document_form",
    ),
    proof_document_twice: refused(
      "A name twice.",
      text.replace("{", '{"capsule":1,'),
      "proof_document_form",
    ),
    proof_document_no_entry: refused(
      "No entry.",
      changed({ entry: undefined }),
      "proof_document_form",
    ),
    proof_document_no_identity: refused(
      "No record.",
      changed({ identity: [] }),
      "identity_too_long",
    ),
    proof_document_entry_upper: refused(
      "The entry's content hash in upper case.",
      changed({
        entry: (fields.entry as string).replace(/[0-9a-f]{64}/, (hash) => hash.toUpperCase()),
      }),
      "hex_form",
    ),
    proof_document_flipped_signature: refused(
      "A bit of the checkpoint's signature.",
      changed({
        proof: (fields.proof as string).replace(
          /([A-Za-z0-9])([A-Za-z0-9+/]{40}=\n)$/,
          (_, c: string, rest: string) => (c === "A" ? "B" : "A") + rest,
        ),
      }),
      "note_signature",
    ),
  };
}

function falseClaims(): Scenarios {
  const content = log.contents[4] as Uint8Array;
  const closed = chain({ signingKey: null, ...cut(7) });
  return {
    proof_document_open_no_checkpoint: refused(
      "No checkpoint.",
      document({ checkpoint: undefined }),
      "proof_document_form",
    ),
    proof_document_closed_checkpoint: refused(
      "A checkpoint under a closed identity.",
      document({ identity: closed }),
      "proof_document_form",
    ),
    proof_document_other_capsule: refused(
      "Another capsule is expected.",
      document(),
      "proof_document_capsule",
      otherChain(),
    ),
    proof_document_other_content: refused(
      "Another entry's content.",
      document({ content }),
      "content_mismatch",
    ),
    proof_document_other_entry: refused(
      "Another entry.",
      document({ entry: log.entries[4] as Uint8Array }),
      "entry_index",
    ),
    proof_document_other_hash: refused(
      "A hash is another.",
      document({ hashes: [log.root, log.root, log.root] }),
      "proof_mismatch",
    ),
    proof_document_retired_key: refused(
      "Signed by a retired key.",
      document({ identity: chain({}) }),
      "note_signature",
    ),
    proof_document_below_cut: refused(
      "The checkpoint is below the cut of the record it brings.",
      document({
        identity: chain({ cutSize: 7, cutRoot: log.root }),
        hashes: inclusionProof(3, 5, log.readTile),
        checkpoint: checkpoint(5, treeRoot(5, log.readTile), 1),
      }),
      "checkpoint_void",
    ),
    proof_document_beyond: refused(
      "An index beyond the tree.",
      document({ index: 6, hashes: [], checkpoint: checkpoint(5, treeRoot(5, log.readTile)) }),
      "tree_range",
    ),
    proof_document_other_root: refused(
      "The checkpoint has another root.",
      document({ checkpoint: checkpoint(7, treeRoot(6, log.readTile)) }),
      "proof_mismatch",
    ),
    proof_leaf_hash: {
      comment: "The leaf hash of entry 3: SHA-256(0x00, entry).",
      spec: "8.1",
      call: "treeRoot",
      input: { size: 1, tiles: { "0/0": toHex(log.leafHashes[3] as Uint8Array) } },
      expect: "ok",
      output: toHex(log.leafHashes[3] as Uint8Array),
    },
  };
}
