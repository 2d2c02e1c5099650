/** Proving by recovery phrase that one is the author (docs/protocol.md §5.1). @module */
import { encodeCapsuleId } from "./protocol/capsule_id.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { decodePhrase, deriveRecoverySeed } from "./protocol/phrase.ts";
import { derivePublicKey } from "../storage/keys.ts";

/**
 * Compares a phrase as typed with a capsule id: the recovery key derived from it either is the one that the id names or
 * not. "malformed" means that it is no phrase at all: not twelve words of the list, or a checksum that does not fit.
 */
export function checkRecoveryPhrase(
  phrase: string,
  capsuleId: string,
): "right" | "wrong" | "malformed" {
  const entropy = readPhrase(phrase);
  if (entropy === undefined) return "malformed";
  const publicKey = derivePublicKey(deriveRecoverySeed(entropy));
  return encodeCapsuleId(publicKey) === capsuleId ? "right" : "wrong";
}

/** Reads the 16 bytes of a phrase as people type it; undefined when it is no phrase. */
export function readPhrase(phrase: string): Uint8Array | undefined {
  try {
    // People number the words, and put commas between them.
    return decodePhrase(phrase.replaceAll(/[\d.,;]+/g, " "));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
