/** Entries with their contents as rows of JSON, as runs and deliveries have them (docs/protocol.md §12.5, §12.10). @module */
import type { ContentState } from "../storage/contents.ts";
import { decodeStoredText } from "../storage/stored_values.ts";

/** A row, and the content in it as JSON: "" where the row has none. */
export type Row = Readonly<{ row: string; text: string }>;

/** Encodes an entry with its content, or with the state that says why there is none. */
export function encodeRow(
  entry: Readonly<{ bytes: Uint8Array }>,
  content: ContentState | "later",
): Row {
  const head = `{"entry":${JSON.stringify(decodeStoredText(entry.bytes))},`;
  if (content === "later") return { row: `${head}"state":"later"}`, text: "" };
  if (content.state === "held") {
    const text = JSON.stringify(decodeStoredText(content.bytes));
    return { row: `${head}"content":${text}}`, text };
  }
  if (content.state === "withdrawn") {
    return { row: `${head}"state":"withdrawn","by":${content.by}}`, text: "" };
  }
  return { row: `${head}"state":"${content.state}"}`, text: "" };
}
