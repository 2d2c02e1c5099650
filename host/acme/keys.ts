/** Keys of accounts and certificates: ECDSA on P-256, by WebCrypto. @module */
import { encodeInteger, encodeSequence } from "./der.ts";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const COORDINATE_BYTES = 32;

/** A key that can sign. */
export type SigningPair = Readonly<{
  /** The private key as PKCS #8. */
  pkcs8: Uint8Array<ArrayBuffer>;
  privateKey: CryptoKey;
  /** The public key as SubjectPublicKeyInfo. */
  spki: Uint8Array<ArrayBuffer>;
  /** The public key as RFC 7638 wants it: these names, in this order. */
  jwk: Readonly<{ crv: string; kty: string; x: string; y: string }>;
}>;

/** Makes a new key. */
export async function makeKey(): Promise<SigningPair> {
  const { privateKey } = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  return await readKey(new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)));
}

/** Reads a stored key; throws DOMException for bytes that are none. */
export async function readKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<SigningPair> {
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, true, ["sign"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", privateKey);
  const jwk = { crv: "P-256", kty: "EC", x, y };
  const publicKey = await crypto.subtle.importKey("jwk", jwk, CURVE, true, ["verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  return { pkcs8, privateKey, spki, jwk };
}

/** Signs as JWS wants it: both numbers, 32 bytes each. */
export async function signRaw(
  { privateKey }: Pick<SigningPair, "privateKey">,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, message));
}

/** Signs as X.509 wants it: a sequence of both numbers. */
export async function signDer(
  key: Pick<SigningPair, "privateKey">,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const raw = await signRaw(key, message);
  return encodeSequence(
    encodeInteger(raw.subarray(0, COORDINATE_BYTES)),
    encodeInteger(raw.subarray(COORDINATE_BYTES)),
  );
}

/** The key's thumbprint (RFC 7638), which the answer to a challenge ends with. */
export async function findThumbprint({ jwk }: Pick<SigningPair, "jwk">): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(jwk));
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Bytes in the alphabet of URLs, without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
