/** Ed25519 for vectors and tests: keys from fixed seeds, signatures by the runtime's library. */
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Sign, Verify } from "../../mesh/protocol/public_key.ts";

const PKCS8 = "302e020100300506032b657004220420";
const SPKI = "302a300506032b6570032100";

/** A key pair for tests. */
export type TestKey = Readonly<{ publicKey: Uint8Array; sign: Sign }>;

/** Makes the key pair of an RFC 8032 seed of 32 bytes. */
export function keyFromSeed(seed: Uint8Array): TestKey {
  const der = Buffer.concat([Buffer.from(PKCS8, "hex"), seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey)
    .export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** Verifies with the runtime's library. */
export const verifySignature: Verify = function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const der = Buffer.concat([Buffer.from(SPKI, "hex"), publicKey]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return verify(null, message, key, signature);
};
