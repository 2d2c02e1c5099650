/** Text, integers and times as lines hold them, each with one spelling (docs/protocol.md §4). */
import { base64 } from "@scure/base";
import { ProtocolError } from "./errors.ts";
import { INTEGER_MAX } from "./limits.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** What a time's 24 characters are; a `0` stands for any digit. */
const TIME = "0000-00-00T00:00:00.000Z";

/** Encodes well-formed text as UTF-8. Throws `ProtocolError` `utf8_form` for a lone surrogate. */
export function encodeUtf8(text: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw new ProtocolError("utf8_form", "Cannot encode text: lone surrogate");
  }
  return encoder.encode(text);
}

/** Decodes UTF-8 and keeps a byte order mark. Throws `ProtocolError` `utf8_form`. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProtocolError("utf8_form", "Cannot decode text: invalid UTF-8");
  }
}

/** Counts the bytes of text in UTF-8 without encoding it. */
export function countUtf8(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // A surrogate pair has two units here and four bytes there: one more for each half.
    if (code >= 0x80) bytes += code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** Encodes an integer from 0 to 10^15 - 1. Throws `ProtocolError` `integer_form`. */
export function encodeInteger(value: number): string {
  if (!isInteger(value)) {
    throw new ProtocolError("integer_form", `Cannot encode integer: out of range: ${value}`);
  }
  return String(value);
}

/** Decodes `0|[1-9][0-9]{0,14}`. Throws `ProtocolError` `integer_form`. docs/protocol.md §4. */
export function decodeInteger(text: string): number {
  if (!hasIntegerForm(text)) {
    throw new ProtocolError("integer_form", `Cannot decode integer: ${text.slice(0, 20)}`);
  }
  return readDigits(text, 0, text.length);
}

function hasIntegerForm(text: string): boolean {
  if (text.length === 0 || text.length > 15) return false;
  if (text.length > 1 && text.charCodeAt(0) === ZERO) return false;
  for (let i = 0; i < text.length; i++) {
    const found = text.charCodeAt(i);
    if (found < ZERO || found > ZERO + 9) return false;
  }
  return true;
}

/** Says whether a value is an integer that a line can hold. */
export function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 &&
    value <= INTEGER_MAX && !Object.is(value, -0);
}

/** Formats Unix milliseconds as RFC 3339 UTC, 24 characters. Throws `ProtocolError` `time_form`. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  const text = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  if (text.length !== 24 || !Number.isInteger(ms)) {
    throw new ProtocolError("time_form", `Cannot format time: out of range: ${ms}`);
  }
  return text;
}

/** Parses a time that re-formats to itself into Unix milliseconds. Throws `time_form`. */
export function parseTime(text: string): number {
  // By hand: each entry and each content has a time, and this takes a tenth of what a pattern and two dates do.
  const ms = hasTimeForm(text) ? readTime(text) : undefined;
  if (ms === undefined) {
    throw new ProtocolError("time_form", `Cannot parse time: ${text.slice(0, 32)}`);
  }
  return ms;
}

function hasTimeForm(text: string): boolean {
  if (text.length !== TIME.length) return false;
  for (let i = 0; i < TIME.length; i++) {
    const expected = TIME.charCodeAt(i);
    const found = text.charCodeAt(i);
    if (expected === ZERO ? found < ZERO || found > ZERO + 9 : found !== expected) return false;
  }
  return true;
}

const ZERO = 0x30;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Unix milliseconds of digits in their places; `undefined` where the calendar or the day has no such time. */
function readTime(text: string): number | undefined {
  const year = readDigits(text, 0, 4);
  const month = readDigits(text, 5, 7);
  const day = readDigits(text, 8, 10);
  const hour = readDigits(text, 11, 13);
  const minute = readDigits(text, 14, 16);
  const second = readDigits(text, 17, 19);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (MONTH_DAYS[month - 1] ?? 0) + (isLeap && month === 2 ? 1 : 0);
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  // Date.UTC takes years below 100 for 1900 and later; the calendar repeats after 400 years.
  const epoch = Date.UTC(year + 400, month - 1, day, hour, minute, second) - FOUR_CENTURIES_MS;
  return epoch + readDigits(text, 20, 23);
}

const FOUR_CENTURIES_MS = 146_097 * 86_400_000;

function readDigits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - ZERO;
  return value;
}

/** Encodes bytes as padded base64 (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  return base64.encode(bytes);
}

/** Decodes padded base64, only in its one canonical spelling; `undefined` for every other text. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    const bytes = base64.decode(text);
    return base64.encode(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Decodes the base64 of a 32-byte hash; `undefined` for every other text. */
export function fromBase64Hash(text: string): Uint8Array | undefined {
  const bytes = text.length === 44 ? fromBase64(text) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

/** Compares bytes that are no secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
