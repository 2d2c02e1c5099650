/** Entries: one leaf of the log, six lines of ASCII (docs/protocol.md §7). */
import { decodeCapsuleId } from "./capsule_id.ts";
import { ProtocolError } from "./errors.ts";
import { fromHex32, isHex32, toHex } from "./hex.ts";
import { ENTRY_BYTES_MAX } from "./limits.ts";
import { decodeInteger, encodeInteger, encodeUtf8, formatTime, parseTime } from "./text.ts";

export { formatTime, parseTime };

/** One entry of version 1. */
export type Entry = Readonly<{
  /** The author's capsule id. */
  capsuleId: string;
  /** Position in the log, from 0. */
  index: number;
  /** The time the author claims, RFC 3339 UTC with milliseconds, 24 characters. */
  time: string;
  /** What the content is: `[a-z]{1,32}`; unknown kinds are kept and not shown. */
  kind: string;
  /** SHA-256 of the content, 32 bytes. */
  contentHash: Uint8Array;
  /** Length of the content in bytes. */
  contentBytes: number;
}>;

/** What an entry of any version says about its place and content. */
export type EntryFrame = Readonly<{
  /** The version on the first line. */
  version: number;
  /** SHA-256 of the content, 32 bytes. */
  contentHash: Uint8Array;
  /** Length of the content in bytes. */
  contentBytes: number;
}>;

/** Where an entry must belong. */
export type EntryPlace = Readonly<{
  /** The capsule id of the log. */
  capsuleId: string;
  /** The position in the log. */
  index: number;
}>;

const FIRST_LINE = /^capsule entry (0|[1-9][0-9]{0,14})$/;
const KIND = /^[a-z]{1,32}$/;
const ASCII_LINES = /^(?:[\u0020-\u007e]+\n)+$/;
const ascii = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Encodes an entry. Throws `ProtocolError` as `decodeEntry` does. docs/protocol.md §7. */
export function encodeEntry(entry: Entry): Uint8Array {
  decodeCapsuleId(entry.capsuleId);
  parseTime(entry.time);
  if (!KIND.test(entry.kind) || entry.contentHash.length !== 32) {
    throw new ProtocolError("entry_form", `Cannot encode entry: kind ${entry.kind.slice(0, 40)}`);
  }
  const index = encodeInteger(entry.index);
  const length = encodeInteger(entry.contentBytes);
  return encodeUtf8(
    `capsule entry 1\n${entry.capsuleId}\n${index}\n${entry.time}\n${entry.kind}\n` +
      `${toHex(entry.contentHash)} ${length}\n`,
  );
}

/**
 * Decodes an entry that must belong to this place. Throws `ProtocolError` `entry_too_long`,
 * `entry_form`, `entry_version` (a well-formed entry of another version: see `decodeEntryFrame`),
 * `entry_capsule`, `entry_index`, `integer_form`, `time_form` or `hex_form`.
 */
export function decodeEntry(bytes: Uint8Array, place: EntryPlace): Entry {
  return decodeEntryText(decodeAscii(bytes), place);
}

/** The same for an entry that came as text. Throws what `decodeEntry` throws. */
export function decodeEntryText(text: string, place: EntryPlace): Entry {
  const { time, kind, contentHashHex, contentBytes } = readEntryLines(text, place);
  const contentHash = fromHex32(contentHashHex);
  return { ...place, time, kind, contentHash, contentBytes };
}

/** What an entry says beside its place, its hash as it is written. */
export type EntryLines =
  & Pick<Entry, "time" | "kind" | "contentBytes">
  & Readonly<{
    /** The time in Unix milliseconds. */
    timeMs: number;
    /** SHA-256 of the content, 64 hex digits. */
    contentHashHex: string;
  }>;

/** The same for whoever compares hashes as they are written. Throws what `decodeEntry` throws. */
export function readEntryLines(text: string, place: EntryPlace): EntryLines {
  const { lines, version } = decodeLines(text);
  checkPlace(lines, place);
  const last = readContentLine(lines);
  if (version !== 1) {
    throw new ProtocolError("entry_version", `Cannot decode entry: version ${version}`);
  }
  const time = lines[3] as string;
  const kind = lines[4] as string;
  if (lines.length !== 6 || !KIND.test(kind)) {
    throw new ProtocolError("entry_form", "Cannot decode entry: expected six lines and a kind");
  }
  const { contentHashHex, contentBytes } = last;
  return { time, timeMs: parseTime(time), kind, contentHashHex, contentBytes };
}

/** Decodes what entries of all versions share: first, second, third and last line. */
export function decodeEntryFrame(bytes: Uint8Array, place: EntryPlace): EntryFrame {
  const text = decodeAscii(bytes);
  const { lines, version } = decodeLines(text);
  checkPlace(lines, place);
  const { contentHashHex, contentBytes } = readContentLine(lines);
  if (version === 1) readEntryLines(text, place);
  return { version, contentHash: fromHex32(contentHashHex), contentBytes };
}

function decodeLines(text: string): { lines: string[]; version: number } {
  if (text.length > ENTRY_BYTES_MAX) throw tooLong(text.length);
  if (!ASCII_LINES.test(text)) {
    throw new ProtocolError("entry_form", "Cannot decode entry: not lines of printable ASCII");
  }
  const lines = text.split("\n");
  lines.pop();
  const version = readVersion(lines[0] as string);
  if (version === undefined || lines.length < 4) {
    throw new ProtocolError("entry_form", "Cannot decode entry: first line or number of lines");
  }
  return { lines, version };
}

function readVersion(line: string): number | undefined {
  if (line === "capsule entry 1") return 1;
  const found = FIRST_LINE.exec(line)?.[1];
  return found === undefined ? undefined : decodeInteger(found);
}

function decodeAscii(bytes: Uint8Array): string {
  if (bytes.length > ENTRY_BYTES_MAX) throw tooLong(bytes.length);
  try {
    return ascii.decode(bytes);
  } catch {
    // An entry that is no UTF-8 is no ASCII either: `decodeLines` refuses the empty text.
    return "";
  }
}

function tooLong(bytes: number): ProtocolError {
  return new ProtocolError("entry_too_long", `Cannot decode entry: ${bytes} bytes`);
}

function checkPlace(lines: readonly string[], place: EntryPlace): void {
  if (lines[1] !== place.capsuleId) {
    throw new ProtocolError(
      "entry_capsule",
      `Cannot decode entry: of another capsule: ${lines[1]}`,
    );
  }
  if (decodeInteger(lines[2] as string) !== place.index) {
    throw new ProtocolError(
      "entry_index",
      `Cannot decode entry: expected index ${place.index}: ${lines[2]}`,
    );
  }
}

function readContentLine(
  lines: readonly string[],
): { contentHashHex: string; contentBytes: number } {
  const last = lines[lines.length - 1] as string;
  if (last.charAt(64) !== " ") {
    throw new ProtocolError("entry_form", "Cannot decode entry: last line is no hash and length");
  }
  const contentHashHex = last.slice(0, 64);
  // It says what is wrong.
  if (!isHex32(contentHashHex)) fromHex32(contentHashHex);
  return { contentHashHex, contentBytes: decodeInteger(last.slice(65)) };
}
