/** The tiny example of docs/protocol.md §2: a log of two posts, as texts that stand there. */
import { decodeUtf8 } from "../../mesh/protocol/text.ts";
import { toHex } from "../../mesh/protocol/hex.ts";
import { encodePhrase } from "../../mesh/protocol/phrase.ts";
import { encodeProofDocument } from "../../mesh/protocol/proof_document.ts";
import { inclusionProof } from "../../mesh/protocol/tree.ts";
import { buildLog, chain, checkpoint, ENTROPY, ID, signingKey } from "./sample.ts";
import { sha256 } from "@noble/hashes/sha2.js";

/** Every text of the example, in the order in which the page shows them. */
export function exampleTexts(): string[] {
  const log = buildLog(2);
  const [entry, content] = [log.entries[1] as Uint8Array, log.contents[1] as Uint8Array];
  const note = checkpoint(2, log.root);
  const proof = encodeProofDocument({
    identity: chain(),
    entry,
    content,
    index: 1,
    hashes: inclusionProof(1, 2, log.readTile),
    checkpoint: note,
  });
  return [
    encodePhrase(ENTROPY),
    toHex(sha256(new TextEncoder().encode("capsule test signing key 0"))),
    toHex(signingKey(0).publicKey),
    ID,
    chain()[0] as string,
    decodeUtf8(content),
    decodeUtf8(entry),
    toHex(log.leafHashes[0] as Uint8Array),
    toHex(log.leafHashes[1] as Uint8Array),
    toHex(log.root),
    note,
    proof,
  ];
}
