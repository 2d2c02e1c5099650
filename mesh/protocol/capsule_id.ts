/** Capsule ids: the recovery public key in bech32m (docs/protocol.md §5.2). */
import { bech32m } from "@scure/base";
import { ProtocolError } from "./errors.ts";
import { checkPublicKey } from "./public_key.ts";

const PREFIX = "cap";
/** `cap1`, 52 characters of key, 6 of checksum. */
const ID = /^cap1[023456789acdefghjklmnpqrstuvwxyz]{58}$/;

/** The id decoded last: a log names the same one in every entry and content. */
let last = { text: "", publicKey: new Uint8Array() };

/** Encodes a 32-byte recovery public key as a capsule id, 62 characters. Throws `key_refused`. */
export function encodeCapsuleId(publicKey: Uint8Array): string {
  return bech32m.encode(PREFIX, bech32m.toWords(checkPublicKey(publicKey)));
}

/**
 * Decodes a capsule id to its 32-byte recovery public key. Throws `ProtocolError` `capsule_id_form`
 * for another prefix, case, checksum or padding, `key_refused` for a key nobody may use.
 */
export function decodeCapsuleId(text: string): Uint8Array {
  if (text === last.text && text !== "") return last.publicKey.slice();
  const publicKey = ID.test(text) ? decodeBech32m(text) : undefined;
  if (publicKey === undefined || publicKey.length !== 32) {
    throw new ProtocolError("capsule_id_form", `Cannot decode capsule id: ${text.slice(0, 80)}`);
  }
  checkPublicKey(publicKey);
  last = { text, publicKey: publicKey.slice() };
  return publicKey;
}

/** The id that was found right last: each content of a log names the same author. */
let rightId = "";

/** Says whether text is a capsule id. */
export function isCapsuleId(text: unknown): text is string {
  if (typeof text !== "string") return false;
  if (text !== "" && text === rightId) return true;
  try {
    decodeCapsuleId(text);
    rightId = text;
    return true;
  } catch {
    return false;
  }
}

function decodeBech32m(text: string): Uint8Array | undefined {
  try {
    const { words } = bech32m.decode(text as `cap1${string}`);
    const bytes = bech32m.fromWords(words);
    return bech32m.encode(PREFIX, bech32m.toWords(bytes)) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
