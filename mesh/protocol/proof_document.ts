/** Proof documents: one entry that can be checked alone, off-line (docs/protocol.md §11). */
import { verifyContent } from "./content.ts";
import { decodeEntry, type Entry } from "./entry.ts";
import { type ProtocolCode, ProtocolError } from "./errors.ts";
import {
  compareIdentities,
  type Identity,
  isClosed,
  verifyHead,
  verifyIdentityChain,
} from "./identity.ts";
import { decodeJsonObject, type JsonObject } from "./json.ts";
import { CONTENT_DEPTH_MAX, IDENTITY_RECORDS_MAX, JSON_BYTES_MAX } from "./limits.ts";
import type { Verify } from "./public_key.ts";
import { countUtf8, encodeUtf8 } from "./text.ts";
import { decodeTlogProof, encodeTlogProof } from "./tlog_proof.ts";
import { hashLeaf, verifyInclusion } from "./tree.ts";

/** What a proof document is made of. */
export type ProofDocument = Readonly<{
  /** The identity chain as signed notes, from record 0. */
  identity: readonly string[];
  /** The entry's bytes. */
  entry: Uint8Array;
  /** The content's bytes. */
  content: Uint8Array;
  /** Position of the entry. */
  index: number;
  /** The inclusion proof, from the leaf's sibling upwards. */
  hashes: readonly Uint8Array[];
  /** The checkpoint as a signed note; `undefined` when the chain is closed: the cut takes its place. */
  checkpoint: string | undefined;
}>;

/** What a document proved, whatever its standing. */
export type Proved = Readonly<{
  /** The entry. */
  entry: Entry;
  /** Its leaf hash, 32 bytes. */
  entryHash: Uint8Array;
  /** The content's bytes; they fit the entry. */
  content: Uint8Array;
  /** The identity that the document brings. */
  identity: Identity;
  /** Size of the tree that it was proved against. */
  size: number;
}>;

/**
 * `valid` under the newest record the verifier knows; `as_of` record n: the verifier knows a newer record
 * and the index is below its cut, so a fresh proof is needed; `disowned`: at or above that
 * cut; `invalid`: it proves nothing. docs/protocol.md §11.3.
 */
export type ProofOutcome =
  | Readonly<{
    /** How it stands. */
    outcome: "valid" | "as_of" | "disowned";
    /** What was proved. */
    proved: Proved;
    /** Number of the newest record in the document: the n of "as of n". */
    record: number;
    /** True when the verifier holds another chain of the same length (§5.6). */
    isClash: boolean;
  }>
  | Readonly<{
    /** It proves nothing. */
    outcome: "invalid";
    /** Which rule is broken. */
    code: ProtocolCode;
    /** For logs: action, expected, found. */
    message: string;
  }>;

/** Encodes a proof document as JSON on one line that ends in LF. */
export function encodeProofDocument(document: ProofDocument): string {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return JSON.stringify({
    capsule: 1,
    identity: document.identity,
    entry: utf8.decode(document.entry),
    content: utf8.decode(document.content),
    proof: encodeTlogProof(document),
  }) + "\n";
}

/**
 * Verifies a proof document. `known` is the identity that the verifier already holds for this capsule, if
 * any; for another capsule's the document is invalid (`proof_document_capsule`). Never throws a
 * `ProtocolError`: it is the outcome `invalid`.
 */
export function verifyProofDocument(
  text: string,
  known: Identity | undefined,
  verify: Verify,
): ProofOutcome {
  try {
    const proved = prove(text, verify);
    return judge(proved, known);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { outcome: "invalid", code: error.code, message: error.message };
  }
}

/** Checks, in the order of docs/protocol.md §11.2, everything that the document says by itself. */
function prove(text: string, verify: Verify): Proved {
  const fields = decodeFields(text);
  const identity = verifyIdentityChain(fields.identity, verify);
  const proof = decodeTlogProof(fields.proof);
  const bytes = encodeUtf8(fields.entry);
  const entry = decodeEntry(bytes, { capsuleId: identity.capsuleId, index: proof.index });
  const content = encodeUtf8(fields.content);
  verifyContent(content, entry);
  const head = findHead(identity, proof.checkpoint, verify);
  const entryHash = hashLeaf(bytes);
  verifyInclusion(entryHash, proof.index, head.size, proof.hashes, head.root);
  return { entry, entryHash, content, identity, size: head.size };
}

/** The tree to prove against: the checkpoint's, or under a closed identity the cut's. */
function findHead(
  identity: Identity,
  checkpoint: string | undefined,
  verify: Verify,
): { size: number; root: Uint8Array } {
  if (isClosed(identity) !== (checkpoint === undefined)) {
    throw new ProtocolError(
      "proof_document_form",
      "Cannot verify proof document: a checkpoint is there exactly when the identity is open",
    );
  }
  return checkpoint === undefined
    ? { size: identity.newest.cutSize, root: identity.newest.cutRoot }
    : verifyHead(identity, checkpoint, verify);
}

function judge(proved: Proved, known: Identity | undefined): ProofOutcome {
  const record = proved.identity.newest.n;
  if (known === undefined) return { outcome: "valid", proved, record, isClash: false };
  if (known.capsuleId !== proved.identity.capsuleId) {
    throw new ProtocolError(
      "proof_document_capsule",
      `Cannot verify proof document: of another capsule: ${proved.identity.capsuleId}`,
    );
  }
  const winner = compareIdentities(known, proved.identity);
  const isClash = winner === "clash";
  if (winner === "same" || winner === "offered") {
    return { outcome: "valid", proved, record, isClash };
  }
  const isBelowCut = proved.entry.index < known.newest.cutSize;
  return { outcome: isBelowCut ? "as_of" : "disowned", proved, record, isClash };
}

type Fields = { identity: string[]; entry: string; content: string; proof: string };

function decodeFields(text: string): Fields {
  if (text.length > JSON_BYTES_MAX || countUtf8(text) > JSON_BYTES_MAX) {
    throw new ProtocolError(
      "proof_document_too_long",
      `Cannot verify proof document: ${text.length} characters`,
    );
  }
  const json = decodeJsonObject(text, CONTENT_DEPTH_MAX);
  const fields = json === undefined ? undefined : readFields(json);
  if (fields === undefined) {
    throw new ProtocolError("proof_document_form", "Cannot verify proof document: not its JSON");
  }
  return fields;
}

function readFields({ capsule, identity, entry, content, proof }: JsonObject): Fields | undefined {
  const isNotes = Array.isArray(identity) && identity.length <= IDENTITY_RECORDS_MAX &&
    identity.every((note) => typeof note === "string");
  const isRest = capsule === 1 && typeof entry === "string" && typeof content === "string" &&
    typeof proof === "string";
  return isNotes && isRest ? { identity: identity as string[], entry, content, proof } : undefined;
}
