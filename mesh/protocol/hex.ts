/** Lower-case hexadecimal, the only spelling of bytes in our own lines (docs/protocol.md §4). */
import { ProtocolError } from "./errors.ts";

const DIGITS = "0123456789abcdef";
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15),
);

/** Value of a digit by its character code; 255 for everything that is not `0-9a-f`. */
const VALUES = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) VALUES[DIGITS.charCodeAt(value)] = value;

/** Encodes bytes as lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i] as number];
  return text;
}

/**
 * Decodes lower-case hexadecimal of any even length. Throws `ProtocolError` `hex_form` for upper
 * case, an odd length or any other character. docs/protocol.md §4.
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new ProtocolError("hex_form", `Cannot decode hex: odd length: ${text.length}`);
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = digitValue(text.charCodeAt(2 * i));
    const low = digitValue(text.charCodeAt(2 * i + 1));
    if (high > 15 || low > 15) {
      throw new ProtocolError("hex_form", `Cannot decode hex: not 0-9a-f near digit ${2 * i}`);
    }
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

/** Decodes a 32-byte hash or key. Throws `ProtocolError` `hex_form` for any other length. */
export function fromHex32(text: string): Uint8Array {
  if (text.length !== 64) {
    throw new ProtocolError("hex_form", `Cannot decode hex: expected 64 digits: ${text.length}`);
  }
  return fromHex(text);
}

/** Says whether text is a 32-byte hash or key in the one spelling that `fromHex32` takes. */
export function isHex32(text: string): boolean {
  if (text.length !== 64) return false;
  for (let i = 0; i < 64; i++) {
    if (digitValue(text.charCodeAt(i)) > 15) return false;
  }
  return true;
}

function digitValue(code: number): number {
  return code < 256 ? VALUES[code] as number : 255;
}
