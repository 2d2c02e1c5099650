/** Ed25519 public keys that may be named (docs/protocol.md §5.3). */
import { ProtocolError } from "./errors.ts";
import { fromHex32, toHex } from "./hex.ts";

/** Makes an Ed25519 signature (RFC 8032, 64 bytes) of the message. */
export type Sign = (message: Uint8Array) => Uint8Array;
/** Says whether an Ed25519 signature fits (RFC 8032, cofactorless, S below L). */
export type Verify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** The eight points of small order, sign bit cleared: for these one signature can fit everything. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/**
 * Checks a public key when it is first seen and returns it. Throws `ProtocolError` `key_refused` for a
 * length other than 32, y ≥ p, and the small-order points in every encoding.
 */
export function checkPublicKey(key: Uint8Array): Uint8Array {
  if (key.length !== 32) {
    throw new ProtocolError("key_refused", `Cannot use key: expected 32 bytes: ${key.length}`);
  }
  const y = key.slice();
  y[31] = (y[31] as number) & 0x7f;
  if (!isBelowPrime(y)) throw new ProtocolError("key_refused", "Cannot use key: y is not below p");
  if (SMALL_ORDER.has(toHex(y))) {
    throw new ProtocolError("key_refused", "Cannot use key: small order");
  }
  return key;
}

/** Decodes 64 hex digits and checks the key. Throws `hex_form` or `key_refused`. */
export function decodePublicKey(text: string): Uint8Array {
  return checkPublicKey(fromHex32(text));
}

/** y < 2^255 - 19, little-endian, sign bit already cleared. */
function isBelowPrime(y: Uint8Array): boolean {
  if (y[31] !== 0x7f) return true;
  for (let i = 30; i > 0; i--) {
    if (y[i] !== 0xff) return true;
  }
  return (y[0] as number) < 0xed;
}
