/** Runs of entries as a source answers them: rows read, entries and contents checked (docs/protocol.md §12.5, §13). @module */
import { hash as hashBytes } from "node:crypto";
import type { StoredEntry } from "../storage/entries.ts";
import type { RunContent } from "../storage/mirror_log.ts";
import { decodeEntryFrame, type EntryPlace, readEntryLines } from "./protocol/entry.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { toHex } from "./protocol/hex.ts";
import {
  contentBytesMax,
  ENTRY_BYTES_MAX,
  INTEGER_MAX,
  LONG_CONTENT_BYTES_MAX,
} from "./protocol/limits.ts";
import { decodeUtf8, isInteger } from "./protocol/text.ts";
import { LogProblem, SourceProblem } from "./pull_problem.ts";

/** One row: the entry and its leaf hash, which are not proved yet, and what the source says of the content. */
export type RunRow = Readonly<{
  text: string;
  bytes: Uint8Array;
  hash: Uint8Array;
  /** The content's text, or why it is not there. */
  content:
    | string
    | Readonly<{ state: "later" | "absent" | "takendown" }>
    | Readonly<{
      withdrawnBy: number;
    }>;
}>;

/** Checked entries and contents in the order of their indexes. */
export type CheckedRun = Readonly<{
  /** Index of the first. */
  from: number;
  entries: readonly StoredEntry[];
  /** One for each entry. */
  contents: readonly RunContent[];
  /** The contents that came, as texts. */
  texts: readonly (string | undefined)[];
  /** Bytes of the contents that came. */
  contentBytes: number;
}>;

/**
 * Reads the rows of an answer that must hold exactly `count` entries, and hashes them. Throws SourceProblem "rows_form" for
 * anything else, ProtocolError `entry_too_long`, `utf8_form`. Unknown fields are left out.
 */
export function decodeRun(bytes: Uint8Array, count: number): RunRow[] {
  const lines = decodeUtf8(bytes).split("\n");
  if (lines.pop() !== "" || lines.length !== count) {
    throw refuseRun(`expected ${count} rows, found ${lines.length}`);
  }
  // What JSON says is never longer than it is itself; a leaf is hashed with one byte before it.
  const room = new Room(bytes.length + count);
  const hashes = new Uint8Array(count * 32);
  return lines.map((line, i) => decodeRow(line, room, hashes.subarray(i * 32, i * 32 + 32)));
}

const encoder = new TextEncoder();

/** One piece of memory for many short texts: a piece for each costs more than hashing it. */
class Room {
  readonly #bytes: Uint8Array;
  #used = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
  }

  /** Puts one byte 0. */
  addZero(): void {
    this.#bytes[this.#used++] = 0;
  }

  /** The text as UTF-8; undefined when there is no room left. Throws ProtocolError `utf8_form` for a lone surrogate. */
  encode(text: string): Uint8Array | undefined {
    if (!text.isWellFormed()) {
      throw new ProtocolError("utf8_form", "Cannot encode row: lone surrogate");
    }
    const free = this.#bytes.subarray(this.#used);
    const { read, written } = encoder.encodeInto(text, free);
    if (read !== text.length) return undefined;
    this.#used += written;
    return free.subarray(0, written);
  }
}

/** Reads a row and writes its leaf hash to `hash`. */
function decodeRow(line: string, room: Room, hash: Uint8Array): RunRow {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw refuseRun(`a row is no JSON: ${line.slice(0, 80)}`);
  }
  if (typeof row !== "object" || row === null) throw refuseRun("a row is no object");
  const { entry, content, state, by } = row as Record<string, unknown>;
  if (typeof entry !== "string") throw refuseRun("a row has no entry");
  room.addZero();
  const bytes = entry.length > ENTRY_BYTES_MAX ? undefined : room.encode(entry);
  if (bytes === undefined || bytes.length > ENTRY_BYTES_MAX) {
    throw new ProtocolError("entry_too_long", `Cannot read row: ${entry.length} characters`);
  }
  hash.setFromHex(hashLeaf(bytes));
  return { text: entry, bytes, hash, content: decodeRowContent(content, state, by) };
}

/** SHA-256(0x00, bytes) (docs/protocol.md §8.1), the prefix lying before the bytes: several times as fast as without the system's. */
function hashLeaf({ buffer, byteOffset, length }: Uint8Array): string {
  return hashBytes("sha256", new Uint8Array(buffer, byteOffset - 1, length + 1), "hex");
}

function decodeRowContent(content: unknown, state: unknown, by: unknown): RunRow["content"] {
  if (typeof content === "string" && state === undefined) return content;
  if (content !== undefined) throw refuseRun("a row has a content that is no text, or a state too");
  if (state === "later" || state === "absent" || state === "takendown") return { state };
  if (state === "withdrawn" && isInteger(by)) return { withdrawnBy: by };
  throw refuseRun("a row has neither content nor a known state");
}

function refuseRun(found: string): SourceProblem {
  return new SourceProblem("rows_form", `Cannot read run: ${found}`, { isWrong: true });
}

/**
 * Takes apart entries whose leaf hashes are proved, and checks the contents that came with them. Throws LogProblem when a leaf is
 * no entry: its author signed that; ProtocolError `content_mismatch` or `content_too_long` when the source sent other bytes.
 */
export function checkRun(rows: readonly RunRow[], from: number, capsuleId: string): CheckedRun {
  const entries: StoredEntry[] = [];
  const contents: RunContent[] = [];
  const texts: (string | undefined)[] = [];
  let contentBytes = 0;
  const proved = rows.map((row, i) => decodeProved(row, { capsuleId, index: from + i }));
  const room = new Room(rows.reduce((sum, { content }, i) => {
    const length = proved[i]?.length ?? 0;
    return typeof content === "string" && length <= LONG_CONTENT_BYTES_MAX ? sum + length : sum;
  }, 0));
  for (const [i, row] of rows.entries()) {
    const { entry, hashHex, length } = proved[i] as Proved;
    entries.push(entry);
    const content = checkRowContent(row.content, entry, { hashHex, length, room });
    contents.push(content);
    texts.push(typeof row.content === "string" ? row.content : undefined);
    if (content instanceof Uint8Array) contentBytes += content.length;
  }
  return { from, entries, contents, texts, contentBytes };
}

type Proved = Readonly<{ entry: StoredEntry; hashHex: string; length: number }>;

function decodeProved({ text, bytes, hash }: RunRow, place: EntryPlace): Proved {
  const { index } = place;
  try {
    const { kind, timeMs, contentHashHex, contentBytes } = readEntryLines(text, place);
    const entry = { index, bytes, hash, kind, timeMs };
    return { entry, hashHex: contentHashHex, length: contentBytes };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.code === "entry_version") return decodeOtherVersion({ bytes, hash }, place);
    throw new LogProblem(error.code, error.message, { cause: error });
  }
}

/** An entry of a later version is kept and passed on, and not shown: its kind is not known here (docs/protocol.md §7). */
function decodeOtherVersion(
  { bytes, hash }: Pick<RunRow, "bytes" | "hash">,
  place: EntryPlace,
): Proved {
  const frame = decodeEntryFrame(bytes, place);
  const entry = { index: place.index, bytes, hash, kind: "", timeMs: 0 };
  return { entry, hashHex: toHex(frame.contentHash), length: frame.contentBytes };
}

function checkRowContent(
  content: RunRow["content"],
  { index, kind }: StoredEntry,
  { hashHex, length, room }: Readonly<{ hashHex: string; length: number; room: Room }>,
): RunContent {
  if (length > contentBytesMax(kind)) return "too_long";
  if (typeof content !== "string") return "state" in content ? content.state : content;
  const bytes = content.length > length ? undefined : room.encode(content);
  if (
    bytes?.length !== length || hashBytes("sha256", bytes, "hex") !== hashHex
  ) {
    throw new ProtocolError("content_mismatch", `Cannot use content of entry ${index}`);
  }
  return bytes;
}

/** Path of a run, behind `/mesh/1/{id}/`. */
export function runPath(from: number, count: number): string {
  if (from < 0 || from > INTEGER_MAX) throw new RangeError(`Cannot ask: run from ${from}`);
  return `entries?from=${from}&count=${count}`;
}
