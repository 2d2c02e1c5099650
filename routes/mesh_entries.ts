/** Runs of entries with their contents (docs/protocol.md §12.5). @module */
import type { Context } from "hono";
import { RUN_CONTENT_BYTES_MAX, RUN_ENTRIES_MAX } from "../mesh/protocol/limits.ts";
import { countUtf8, decodeInteger } from "../mesh/protocol/text.ts";
import { encodeRow } from "../mesh/rows.ts";
import { listContents } from "../storage/contents.ts";
import type { Database } from "../storage/database.ts";
import { listEntries } from "../storage/entries.ts";
import type { Env } from "./app.ts";
import { MeshProblem } from "./mesh_answers.ts";
import { decodeInput, type Served } from "./mesh_served.ts";

/** Contents read at once: at most 8 MiB of memory. */
const CONTENTS_AT_ONCE = 16;

/** Reads `from` and `count`: from 0 to the log's size, 1 to 256 entries. */
export function readRun(c: Context<Env>, size: number): { from: number; count: number } {
  const [froms = [], counts = []] = [c.req.queries("from"), c.req.queries("count")];
  if (froms.length !== 1 || counts.length > 1) {
    throw new MeshProblem(400, "run_form", "Expected `from` once and `count` at most once");
  }
  const from = decodeInput(() => decodeInteger(froms[0] ?? ""));
  const count = decodeInput(() => decodeInteger(counts[0] ?? String(RUN_ENTRIES_MAX)));
  if (count < 1 || count > RUN_ENTRIES_MAX) {
    throw new MeshProblem(400, "run_form", `Expected a count from 1 to ${RUN_ENTRIES_MAX}`);
  }
  if (from > size) throw new MeshProblem(404, "entry_unknown", `The log has ${size} entries`);
  return { from, count };
}

/** Every entry of the run, contents until 4 MiB of them are written; 404 when one entry of it is not here. */
export function encodeRun(db: Database, served: Served, from: number, count: number): string {
  const { log } = served.capsule;
  const expected = Math.min(count, served.checkpoint.size - from);
  const entries = listEntries(db, log, from, expected);
  // A run with a gap would not fold to its hash, so whoever asks could not use it.
  const last = entries.at(-1)?.index ?? from - 1;
  if (entries.length !== expected || last !== from + expected - 1) {
    throw new MeshProblem(404, "entry_unknown", "Not every entry of this run is here");
  }
  const rows: string[] = [];
  let written = 0;
  let isFull = false;
  for (let start = 0; start < entries.length; start += CONTENTS_AT_ONCE) {
    const part = entries.slice(start, start + CONTENTS_AT_ONCE);
    const contents = isFull ? [] : listContents(db, log, from + start, part.length);
    for (const [i, entry] of part.entries()) {
      const { row, text } = encodeRow(entry, isFull ? "later" : contents[i] ?? "later");
      // Counted as written, escapes included. The first always fits: 512 KiB become 3 MiB at most.
      written += countUtf8(text);
      isFull ||= written > RUN_CONTENT_BYTES_MAX;
      rows.push(isFull ? encodeRow(entry, "later").row : row);
    }
  }
  return rows.map((row) => `${row}\n`).join("");
}
