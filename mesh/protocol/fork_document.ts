/** A fork proof as it travels: one JSON object that anybody can check (docs/protocol.md §9.3). */
import { ProtocolError } from "./errors.ts";
import type { ForkProof } from "./fork_proof.ts";
import { decodeJsonObject, type Json } from "./json.ts";
import { IDENTITY_RECORDS_MAX, JSON_BYTES_MAX, PROOF_HASHES_MAX } from "./limits.ts";
import { countUtf8, fromBase64Hash, toBase64 } from "./text.ts";

/** A fork proof with the identity chain under whose newest record it holds. */
export type ForkDocument = ForkProof & Readonly<{ identity: readonly string[] }>;

/** Encodes a fork proof. */
export function encodeForkDocument(document: ForkDocument): string {
  const { identity, smaller, larger, largerRootBefore, hashes } = document;
  return JSON.stringify({
    capsule: 1,
    identity,
    smaller,
    larger,
    rootBefore: toBase64(largerRootBefore),
    hashes: hashes.map(toBase64),
  });
}

/**
 * Decodes a fork proof; nothing of what it says is verified. Throws `ProtocolError` `proof_document_too_long` (more than
 * 4 MiB) or `proof_document_form`.
 */
export function decodeForkDocument(text: string): ForkDocument {
  if (countUtf8(text) > JSON_BYTES_MAX) {
    throw new ProtocolError("proof_document_too_long", "Cannot decode fork proof: too long");
  }
  const value = decodeJsonObject(text, 2);
  const identity = readTexts(value?.identity, IDENTITY_RECORDS_MAX);
  const hashes = readTexts(value?.hashes, PROOF_HASHES_MAX)?.map(fromBase64Hash);
  const rootBefore = typeof value?.rootBefore === "string"
    ? fromBase64Hash(value.rootBefore)
    : undefined;
  const { smaller, larger } = value ?? {};
  const isWhole = value?.capsule === 1 && typeof smaller === "string" && typeof larger === "string";
  if (!isWhole || identity === undefined || hashes === undefined || rootBefore === undefined) {
    throw new ProtocolError("proof_document_form", "Cannot decode fork proof: a field is missing");
  }
  const whole = hashes.filter((hash) => hash !== undefined);
  if (whole.length < hashes.length) {
    throw new ProtocolError("proof_document_form", "Cannot decode fork proof: not a hash");
  }
  return { identity, smaller, larger, largerRootBefore: rootBefore, hashes: whole };
}

function readTexts(value: Json | undefined, max: number): string[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  return value.every((one) => typeof one === "string") ? value : undefined;
}
