/** Values inside rows, as this program once wrote them: what cannot be read back is damage, not bad input. @module */
import { type Content, decodeContent } from "../mesh/protocol/content.ts";
import {
  decodeEntry,
  decodeEntryFrame,
  type Entry,
  type EntryFrame,
} from "../mesh/protocol/entry.ts";
import { ProtocolError } from "../mesh/protocol/errors.ts";
import { decodeUtf8 } from "../mesh/protocol/text.ts";
import { DatabaseProblem } from "./database_problem.ts";

/** Checks values of columns that are never null; on a damaged page they are. Throws DatabaseProblem "damaged". */
export function checkStored(...values: readonly unknown[]): void {
  if (values.includes(null)) throw damaged();
}

/** Reads a column that holds JSON. Throws DatabaseProblem "damaged" when it does not. */
export function parseStored<T>(text: string): T {
  return readStored(() => JSON.parse(text));
}

/** Decodes a stored content; undefined for one that is not shown. Throws DatabaseProblem "damaged". */
export function decodeStoredContent(
  bytes: Uint8Array,
  kind: string,
  capsuleId?: string,
): Content | undefined {
  return readStored(() => decodeContent(bytes, kind, capsuleId));
}

/** Bytes that were UTF-8 when they were stored. Throws DatabaseProblem "damaged". */
export function decodeStoredText(bytes: Uint8Array): string {
  return readStored(() => decodeUtf8(bytes));
}

/** Decodes a stored entry. Throws DatabaseProblem "damaged". */
export function decodeStoredEntry(
  bytes: Uint8Array,
  place: Readonly<{ capsuleId: string; index: number }>,
): Entry {
  return readStored(() => decodeEntry(bytes, place));
}

/** Decodes what a stored entry of any version says of its content. Throws DatabaseProblem "damaged". */
export function decodeStoredFrame(
  bytes: Uint8Array,
  place: Readonly<{ capsuleId: string; index: number }>,
): EntryFrame {
  return readStored(() => decodeEntryFrame(bytes, place));
}

function readStored<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof SyntaxError)) throw error;
    throw damaged({ cause: error });
  }
}

function damaged(options?: ErrorOptions): DatabaseProblem {
  return new DatabaseProblem(
    "damaged",
    "Cannot read the database: some of its values are damaged. Stop the capsule and restore the newest backup.",
    options,
  );
}
