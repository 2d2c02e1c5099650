/** What a chain of certificates says, and whether a key belongs to it. @module */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readElement, readElements } from "./der.ts";
import { encodeBase64Url } from "./keys.ts";
import { decodePem, encodePem } from "./pem.ts";

/** The first certificate of a chain. */
export type Leaf = Readonly<{
  /** Unix ms. */
  notBeforeMs: number;
  /** Unix ms. */
  notAfterMs: number;
  /** Host names, lower case. */
  names: readonly string[];
  /** SHA-256 of its bytes, as browsers show it: pairs of capitals with colons. */
  fingerprint: string;
  /** True when it vouches for itself. */
  isSelfSigned: boolean;
  /** Its id for renewal information (RFC 9773 §4.1); undefined when it does not name its authority's key. */
  renewalId: string | undefined;
}>;

const CHAIN_MAX = 10;
const AUTHORITY_KEY = Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x23);

/**
 * Reads a chain together with its private key, both PEM, or says in a sentence what is wrong with them. What is wrong here
 * would break every connection: nothing else looks at it.
 */
export function readPair(chain: string, key: string): Leaf | string {
  let certificates: X509Certificate[];
  try {
    certificates = decodePem("CERTIFICATE", chain).map((bytes) =>
      new X509Certificate(encodePem("CERTIFICATE", bytes))
    );
  } catch {
    return "The certificate cannot be read: expected PEM.";
  }
  const [leaf] = certificates;
  if (leaf === undefined || certificates.length > CHAIN_MAX) {
    return `The certificate cannot be read: expected 1 to ${CHAIN_MAX} in PEM, found ${certificates.length}.`;
  }
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key))) {
      return "The private key does not belong to the certificate.";
    }
  } catch {
    return "The private key cannot be read: expected PEM, without a password.";
  }
  return describeLeaf(leaf);
}

function describeLeaf(leaf: X509Certificate): Leaf {
  const names = [...(leaf.subjectAltName ?? "").matchAll(/DNS:([^,\s]+)/g)]
    .map(([, name = ""]) => name.toLowerCase());
  return {
    notBeforeMs: Date.parse(leaf.validFrom),
    notAfterMs: Date.parse(leaf.validTo),
    names,
    fingerprint: leaf.fingerprint256,
    isSelfSigned: leaf.subject === leaf.issuer,
    renewalId: findRenewalId(new Uint8Array(leaf.raw)),
  };
}

/** True when one of the names, which may begin with "*.", stands for the host. */
export function isFor({ names }: Pick<Leaf, "names">, host: string): boolean {
  return names.some((name) =>
    name === host || (name.startsWith("*.") && host.replace(/^[^.]+/, "*") === name)
  );
}

/** The key identifier of the authority and the serial number, as they stand in the certificate. */
function findRenewalId(der: Uint8Array): string | undefined {
  const [body] = readElements(readElement(der).body);
  if (body === undefined) return undefined;
  const fields = readElements(body.body);
  const serial = fields.find(({ tag }) => tag === 0x02);
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  if (serial === undefined || extensions === undefined) return undefined;
  for (const { body } of readElements(readElement(extensions.body).body)) {
    if (!AUTHORITY_KEY.every((byte, i) => body[i] === byte)) continue;
    const value = readElements(body).at(-1);
    if (value === undefined) return undefined;
    const id = readElements(readElement(value.body).body).find(({ tag }) => tag === 0x80);
    if (id === undefined) return undefined;
    return `${encodeBase64Url(id.body)}.${encodeBase64Url(serial.body)}`;
  }
  return undefined;
}
