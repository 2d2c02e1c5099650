/** Ed25519 for vectors and tests: keys from fixed seeds, with the implementation that the server runs. */
import type { Sign } from "../../mesh/protocol/public_key.ts";
import { makeSign } from "../../mesh/verify_signature.ts";
import { derivePublicKey } from "../../storage/keys.ts";

export { verifySignature } from "../../mesh/verify_signature.ts";

/** A key pair for tests. */
export type TestKey = Readonly<{ publicKey: Uint8Array; sign: Sign }>;

/** Makes the key pair of an RFC 8032 seed of 32 bytes. */
export function keyFromSeed(seed: Uint8Array): TestKey {
  return { publicKey: derivePublicKey(seed), sign: makeSign(seed) };
}
