/** A certificate that we sign ourselves: encrypts until there is a real one, and says who it is by its fingerprint. @module */
import {
  encodeElement,
  encodeInteger,
  encodeObject,
  encodeOctets,
  encodeSequence,
  encodeSet,
  encodeText,
  encodeTime,
} from "./der.ts";
import { makeKey } from "./keys.ts";
import { encodePem } from "./pem.ts";
import { encodeAlgorithm, encodeNames, encodeSigned } from "./request.ts";

/** A chain and its private key, both PEM. */
export type Pair = Readonly<{ chain: string; key: string }>;

const COMMON_NAME = "2.5.4.3";
const BASIC_CONSTRAINTS = "2.5.29.19";
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const BOOLEAN = 0x01;
const SERIAL_BYTES = 16;
const DAY_MS = 86_400_000;

/** Makes a certificate for the names, valid from a day ago for a year. */
export async function makeSelfSigned(names: readonly string[], nowMs: number): Promise<Pair> {
  const key = await makeKey();
  const name = encodeSequence(
    encodeSet(encodeSequence(encodeObject(COMMON_NAME), encodeText(names[0]?.slice(0, 64) ?? ""))),
  );
  const constraints = encodeSequence(
    encodeObject(BASIC_CONSTRAINTS),
    encodeElement(BOOLEAN, Uint8Array.of(0xff)),
    encodeOctets(encodeSequence()),
  );
  const serial = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  const body = encodeSequence(
    encodeElement(VERSION, encodeInteger(Uint8Array.of(2))),
    encodeInteger(serial),
    encodeAlgorithm(),
    name,
    encodeSequence(encodeTime(nowMs - DAY_MS), encodeTime(nowMs + 365 * DAY_MS)),
    name,
    key.spki,
    encodeElement(EXTENSIONS, encodeSequence(encodeNames(names), constraints)),
  );
  return {
    chain: encodePem("CERTIFICATE", await encodeSigned(key, body)),
    key: encodePem("PRIVATE KEY", key.pkcs8),
  };
}
