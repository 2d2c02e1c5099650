/** The little of DER (X.690) that a certificate request and a certificate of our own need. @module */

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

/** One element: tag, length, and the parts one after the other. */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joinBytes(parts);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  const head = body.length < 128 ? [tag, body.length] : [tag, 0x80 | length.length, ...length];
  return joinBytes([Uint8Array.from(head), body]);
}

/** A sequence of elements. */
export function encodeSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeElement(SEQUENCE, ...parts);
}

/** A set of elements. */
export function encodeSet(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeElement(SET, ...parts);
}

/** A positive whole number, given as bytes in network order. */
export function encodeInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  // A first bit of 1 would say that the number is negative.
  return encodeElement(
    INTEGER,
    (short[0] ?? 0) > 127 ? joinBytes([Uint8Array.of(0), short]) : short,
  );
}

/** Bytes that are a whole number of bits. */
export function encodeBits(bytes: Uint8Array): Uint8Array {
  return encodeElement(BIT_STRING, Uint8Array.of(0), bytes);
}

/** Bytes. */
export function encodeOctets(bytes: Uint8Array): Uint8Array {
  return encodeElement(OCTET_STRING, bytes);
}

/** Text. */
export function encodeText(text: string): Uint8Array {
  return encodeElement(UTF8_STRING, new TextEncoder().encode(text));
}

/** A moment, to the second, in the one form that RFC 5280 §4.1.2.5 allows for its year. */
export function encodeTime(ms: number): Uint8Array {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  const isShort = text < "2050";
  return encodeElement(
    isShort ? UTC_TIME : GENERALIZED_TIME,
    new TextEncoder().encode(isShort ? text.slice(2) : text),
  );
}

/** An object identifier such as "1.2.840.10045.4.3.2". */
export function encodeObject(id: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = id.split(".").map(Number);
  return encodeElement(
    OBJECT_IDENTIFIER,
    Uint8Array.from([first * 40 + second, ...rest.flatMap(encodeBase128)]),
  );
}

function encodeBase128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift(0x80 | (rest & 0x7f));
  return bytes;
}

/** One element as it was read: `body` is what stands between its head and its end. */
export type Element = Readonly<{ tag: number; body: Uint8Array; end: number }>;

/** Reads the element that starts at `from`; throws RangeError for bytes that are none. */
export function readElement(bytes: Uint8Array, from = 0): Element {
  const tag = bytes[from];
  let length = bytes[from + 1];
  if (tag === undefined || length === undefined) throw new RangeError("Cannot read DER: too short");
  let start = from + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw new RangeError("Cannot read DER: no such length");
    length = 0;
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError("Cannot read DER: cut off");
  return { tag, body: bytes.subarray(start, end), end };
}

/** The elements inside a body, in order. */
export function readElements(body: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < body.length;) {
    const element = readElement(body, at);
    found.push(element);
    at = element.end;
  }
  return found;
}

/** Bytes one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
