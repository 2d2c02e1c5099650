/** Runs one vector through the function that its `call` names. */
import { checkAddress } from "../../mesh/protocol/address.ts";
import { decodeCapsuleId } from "../../mesh/protocol/capsule_id.ts";
import { verifyCheckpoint } from "../../mesh/protocol/checkpoint.ts";
import { decodeContent, encodeContent, verifyContent } from "../../mesh/protocol/content.ts";
import { decodeEntry, decodeEntryFrame } from "../../mesh/protocol/entry.ts";
import { decodeEntryBundle } from "../../mesh/protocol/entry_bundle.ts";
import { ProtocolError } from "../../mesh/protocol/errors.ts";
import { decodeForkDocument } from "../../mesh/protocol/fork_document.ts";
import { verifyForkProof } from "../../mesh/protocol/fork_proof.ts";
import { fromHex, toHex } from "../../mesh/protocol/hex.ts";
import {
  compareIdentities,
  decodeIdentityRecord,
  hashIdentityRecord,
  verifyHead,
  verifyIdentityChain,
} from "../../mesh/protocol/identity.ts";
import { decodeNote, noteKeyId, verifyNote } from "../../mesh/protocol/note.ts";
import { decodePhrase, deriveRecoverySeed } from "../../mesh/protocol/phrase.ts";
import { verifyProofDocument } from "../../mesh/protocol/proof_document.ts";
import { checkPublicKey } from "../../mesh/protocol/public_key.ts";
import { decodeInteger, decodeUtf8, parseTime } from "../../mesh/protocol/text.ts";
import { decodeTilePath } from "../../mesh/protocol/tile_path.ts";
import { decodeTlogProof } from "../../mesh/protocol/tlog_proof.ts";
import {
  hashLeaf,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "../../mesh/protocol/tree.ts";
import { keyFromSeed, verifySignature as verify } from "./keys.ts";
import type { Vector } from "./vector.ts";

type Input = Vector["input"];

const text = (input: Input, name: string): string => String(input[name]);
const bytes = (input: Input, name: string): Uint8Array => fromHex(text(input, name));
const integer = (input: Input, name: string): number => Number(input[name]);
const texts = (input: Input, name: string): string[] => (input[name] as unknown[]).map(String);
const hashes = (input: Input, name: string): Uint8Array[] => texts(input, name).map(fromHex);
const place = (input: Input): { capsuleId: string; index: number } => ({
  capsuleId: text(input, "capsuleId"),
  index: integer(input, "index"),
});
const chainOf = (input: Input, name: string): ReturnType<typeof verifyIdentityChain> =>
  verifyIdentityChain(texts(input, name), verify);

const CALLS: Readonly<Record<string, (input: Input) => unknown>> = {
  fromHex: (input) => toHex(fromHex(text(input, "text"))),
  decodeInteger: (input) => decodeInteger(text(input, "text")),
  parseTime: (input) => parseTime(text(input, "text")),
  decodeUtf8: (input) => decodeUtf8(bytes(input, "bytes")),
  checkAddress: (input) => checkAddress(text(input, "text")),
  recoverKey: (input) => {
    const entropy = decodePhrase(text(input, "phrase"));
    const seed = deriveRecoverySeed(entropy);
    const publicKey = toHex(keyFromSeed(seed).publicKey);
    return { entropy: toHex(entropy), seed: toHex(seed), publicKey };
  },
  decodeCapsuleId: (input) => toHex(decodeCapsuleId(text(input, "id"))),
  checkPublicKey: (input) => toHex(checkPublicKey(bytes(input, "key"))),
  noteKeyId: (input) => toHex(noteKeyId(text(input, "name"), bytes(input, "key"))),
  decodeNote: (input) => decodeNote(text(input, "note")).signatures.length,
  verifyNote: (input) =>
    verifyNote(text(input, "note"), text(input, "name"), bytes(input, "key"), verify),
  decodeIdentityRecord: (input) => {
    decodeIdentityRecord(text(input, "text"));
    return toHex(hashIdentityRecord(text(input, "text")));
  },
  verifyIdentityChain: (input) => {
    const identity = chainOf(input, "notes");
    return { n: identity.newest.n, hash: toHex(identity.newestHash) };
  },
  compareIdentities: (input) =>
    compareIdentities(chainOf(input, "held"), chainOf(input, "offered")),
  decodeEntry: (input) => {
    const entry = decodeEntry(bytes(input, "bytes"), place(input));
    const contentHash = toHex(entry.contentHash);
    return { ...entry, contentHash, leafHash: toHex(hashLeaf(bytes(input, "bytes"))) };
  },
  decodeEntryFrame: (input) => {
    const frame = decodeEntryFrame(bytes(input, "bytes"), place(input));
    return { ...frame, contentHash: toHex(frame.contentHash) };
  },
  decodeEntryBundle: (input) => decodeEntryBundle(bytes(input, "bytes")).map(toHex),
  decodeTilePath: (input) => decodeTilePath(text(input, "path")),
  treeRoot: (input) => {
    const tiles = input.tiles as Record<string, string>;
    const read = (level: number, n: number): Uint8Array | undefined => {
      const tile = tiles[`${level}/${n}`];
      return tile === undefined ? undefined : fromHex(tile);
    };
    return toHex(treeRoot(integer(input, "size"), read));
  },
  verifyInclusion: (input) =>
    verifyInclusion(
      bytes(input, "leafHash"),
      integer(input, "index"),
      integer(input, "size"),
      hashes(input, "proof"),
      bytes(input, "root"),
    ),
  verifyConsistency: (input) =>
    verifyConsistency(
      integer(input, "from"),
      bytes(input, "fromRoot"),
      integer(input, "to"),
      bytes(input, "toRoot"),
      hashes(input, "proof"),
    ),
  decodeTlogProof: (input) => decodeTlogProof(text(input, "text")).index,
  verifyCheckpoint: (input) => {
    const { note, capsuleId } = { note: text(input, "note"), capsuleId: text(input, "capsuleId") };
    const checkpoint = verifyCheckpoint(note, capsuleId, bytes(input, "key"), verify);
    return { size: checkpoint.size, root: toHex(checkpoint.root) };
  },
  verifyHead: (input) => verifyHead(chainOf(input, "identity"), text(input, "note"), verify).size,
  verifyForkProof: (input) =>
    verifyForkProof(chainOf(input, "identity"), {
      smaller: text(input, "smaller"),
      larger: text(input, "larger"),
      largerRootBefore: bytes(input, "largerRootBefore"),
      hashes: hashes(input, "hashes"),
    }, verify),
  verifyForkDocument: (input) => {
    const document = decodeForkDocument(text(input, "text"));
    verifyForkProof(verifyIdentityChain(document.identity, verify), document, verify);
  },
  decodeContent: (input) => {
    const source = "repeat" in input ? repeated(input) : bytes(input, "bytes");
    return decodeContent(source, text(input, "kind")) === undefined ? "not shown" : "shown";
  },
  encodeContent: (input) =>
    toHex(encodeContent(input.content as unknown as Parameters<typeof encodeContent>[0])),
  verifyContent: (input) =>
    verifyContent(
      bytes(input, "content"),
      decodeEntry(bytes(input, "entry"), place(input)),
    ),
  verifyProofDocument: (input) => {
    const known = "known" in input ? chainOf(input, "known") : undefined;
    const document = "spaces" in input ? " ".repeat(integer(input, "spaces")) : text(input, "text");
    const result = verifyProofDocument(document, known, verify);
    if (result.outcome === "invalid") throw new ProtocolError(result.code, result.message);
    return { outcome: result.outcome, record: result.record, isClash: result.isClash };
  },
};

/** Returns what came out: `ok` with a value, or the code of the `ProtocolError`. */
export function runVector(vector: Vector): { expect: string; output?: unknown } {
  const call = CALLS[vector.call];
  if (call === undefined) throw new Error(`Cannot run vector: no call ${vector.call}`);
  try {
    const output = call(vector.input);
    return output === undefined ? { expect: "ok" } : { expect: "ok", output };
  } catch (error) {
    if (error instanceof ProtocolError) return { expect: error.code };
    throw error;
  }
}

/** A long content, described instead of written out. */
function repeated(input: Input): Uint8Array {
  return new TextEncoder().encode(text(input, "repeat").repeat(integer(input, "times")));
}
