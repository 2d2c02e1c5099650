/** The certificate request (RFC 2986) that ends an order. @module */
import {
  encodeBits,
  encodeElement,
  encodeInteger,
  encodeObject,
  encodeOctets,
  encodeSequence,
  encodeSet,
  joinBytes,
} from "./der.ts";
import { signDer, type SigningPair } from "./keys.ts";

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const ALTERNATIVE_NAMES = "2.5.29.17";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const CONTEXT = 0xa0;
const DNS_NAME = 0x82;

/** The algorithm of every signature here. */
export function encodeAlgorithm(): Uint8Array {
  return encodeSequence(encodeObject(ECDSA_WITH_SHA256));
}

/** The extension that lists host names. */
export function encodeNames(names: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const list = names.map((name) => encodeElement(DNS_NAME, encoder.encode(name)));
  return encodeSequence(
    encodeObject(ALTERNATIVE_NAMES),
    encodeOctets(encodeSequence(...list)),
  );
}

/** What is signed, with its signature: a request or a certificate. */
export async function encodeSigned(
  key: SigningPair,
  body: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const signature = await signDer(key, joinBytes([body]));
  return joinBytes([encodeSequence(body, encodeAlgorithm(), encodeBits(signature))]);
}

/** A request for these names, DER. Its subject is empty: names stand in the extension only. */
export async function encodeRequest(
  key: SigningPair,
  names: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const extensions = encodeSequence(encodeNames(names));
  const attribute = encodeSequence(encodeObject(EXTENSION_REQUEST), encodeSet(extensions));
  const body = encodeSequence(
    encodeInteger(Uint8Array.of(0)),
    encodeSequence(),
    key.spki,
    encodeElement(CONTEXT, attribute),
  );
  return await encodeSigned(key, body);
}
