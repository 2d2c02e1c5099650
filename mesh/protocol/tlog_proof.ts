/** The text of an inclusion proof, c2sp.org/tlog-proof@v1 (docs/protocol.md §11.1). */
import { ProtocolError } from "./errors.ts";
import { PROOF_HASHES_MAX } from "./limits.ts";
import { decodeInteger, encodeInteger, fromBase64Hash, toBase64 } from "./text.ts";

/** An inclusion proof as a proof document carries it. */
export type TlogProof = Readonly<{
  /** Position of the entry. */
  index: number;
  /** From the leaf's sibling upwards, 32 bytes each. */
  hashes: readonly Uint8Array[];
  /** The checkpoint it leads to; `undefined` under a closed identity: it leads to the cut. */
  checkpoint: string | undefined;
}>;

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const INDEX = "index ";

/** Encodes a proof; without a checkpoint it ends after the hashes. */
export function encodeTlogProof(proof: TlogProof): string {
  const lines = [
    FIRST_LINE,
    `${INDEX}${encodeInteger(proof.index)}`,
    ...proof.hashes.map((hash) => toBase64(hash)),
  ];
  const head = `${lines.join("\n")}\n`;
  return proof.checkpoint === undefined ? head : `${head}\n${proof.checkpoint}`;
}

/** Decodes a proof; an `extra` line is not taken. Throws `ProtocolError` `proof_form`. */
export function decodeTlogProof(text: string): TlogProof {
  const split = text.indexOf("\n\n");
  const head = split === -1 ? text : text.slice(0, split + 1);
  const lines = head.split("\n");
  const last = lines.pop();
  const index = lines[1] ?? "";
  if (last !== "" || lines[0] !== FIRST_LINE || !index.startsWith(INDEX)) {
    throw new ProtocolError("proof_form", "Cannot decode proof: first lines or final newline");
  }
  const hashes = lines.slice(2, PROOF_HASHES_MAX + 3).map((line) => {
    const hash = fromBase64Hash(line);
    if (hash === undefined) {
      throw new ProtocolError("proof_form", "Cannot decode proof: a line is no base64 hash");
    }
    return hash;
  });
  if (hashes.length > PROOF_HASHES_MAX) {
    throw new ProtocolError("proof_form", `Cannot decode proof: ${lines.length} lines`);
  }
  return {
    index: decodeInteger(index.slice(INDEX.length)),
    hashes,
    checkpoint: split === -1 ? undefined : text.slice(split + 2),
  };
}
