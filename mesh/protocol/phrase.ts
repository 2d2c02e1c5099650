/** The recovery phrase and the key made from it (docs/protocol.md §5.1). */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { ProtocolError } from "./errors.ts";

const ENTROPY_BYTES = 16;
const WORDS = 12;
const PHRASE_CHARACTERS_MAX = 1024;
const INFO = new TextEncoder().encode("capsule recovery key 1");
const known: ReadonlySet<string> = new Set(wordlist);

/** Encodes 16 random bytes as 12 English words with single spaces (BIP-39). */
export function encodePhrase(entropy: Uint8Array): string {
  checkEntropy(entropy);
  return entropyToMnemonic(entropy, wordlist);
}

/**
 * Decodes a recovery phrase to its 16 bytes; letter case and white space may differ. Throws
 * `ProtocolError` `phrase_words` (not 12 words of the list) or `phrase_checksum`.
 */
export function decodePhrase(text: string): Uint8Array {
  const words = text.slice(0, PHRASE_CHARACTERS_MAX + 1).normalize("NFKD").toLowerCase().trim()
    .split(/\s+/u);
  if (text.length > PHRASE_CHARACTERS_MAX || words.length !== WORDS) {
    throw new ProtocolError("phrase_words", `Cannot decode phrase: expected 12: ${words.length}`);
  }
  const unknown = words.findIndex((word) => !known.has(word));
  if (unknown !== -1) {
    throw new ProtocolError("phrase_words", `Cannot decode phrase: word ${unknown + 1} not listed`);
  }
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    throw new ProtocolError("phrase_checksum", "Cannot decode phrase: checksum does not fit");
  }
}

/** Derives the 32-byte RFC 8032 seed of the recovery key: HKDF-SHA-256, no salt, fixed info. */
export function deriveRecoverySeed(entropy: Uint8Array): Uint8Array {
  checkEntropy(entropy);
  return hkdf(sha256, entropy, undefined, INFO, 32);
}

function checkEntropy(entropy: Uint8Array): void {
  if (entropy.length !== ENTROPY_BYTES) {
    throw new RangeError(`Cannot use entropy: expected 16 bytes: ${entropy.length}`);
  }
}
