/** Secrets that this program made itself (tokens, codes) are stored as one SHA-256. @module */
import { createHash } from "node:crypto";

/** SHA-256 of a random secret: 32 bytes. Not for passwords, which people choose. */
export function hashSecret(secret: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(secret).digest());
}
