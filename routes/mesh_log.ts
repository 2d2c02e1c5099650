/** Calls about one log: checkpoint, identity, tiles, entries, proofs (docs/protocol.md §12.2 to §12.6). @module */
import type { Context, Hono } from "hono";
import { encodeEntryBundle } from "../mesh/protocol/entry_bundle.ts";
import { ProtocolError } from "../mesh/protocol/errors.ts";
import { decodeCapsuleId } from "../mesh/protocol/capsule_id.ts";
import { toHex } from "../mesh/protocol/hex.ts";
import { decodeIdentityRecord } from "../mesh/protocol/identity.ts";
import { RUN_CONTENT_BYTES_MAX, RUN_ENTRIES_MAX, TILE_WIDTH } from "../mesh/protocol/limits.ts";
import { decodeNote } from "../mesh/protocol/note.ts";
import { countUtf8, decodeInteger } from "../mesh/protocol/text.ts";
import { decodeTilePath, type TilePath } from "../mesh/protocol/tile_path.ts";
import { makeProofDocument } from "../mesh/proofs.ts";
import { type Capsule, findCapsule } from "../storage/capsules.ts";
import { findCheckpoint, type StoredCheckpoint } from "../storage/checkpoints.ts";
import { listContents } from "../storage/contents.ts";
import type { Database } from "../storage/database.ts";
import { listEntries } from "../storage/entries.ts";
import { findNewestIdentityRecord, listIdentityRecords } from "../storage/identity_records.ts";
import { decodeStoredText } from "../storage/stored_values.ts";
import { findTile } from "../storage/tiles.ts";
import type { Deps, Env } from "./app.ts";
import { type Answer, answer, MeshProblem } from "./mesh_answers.ts";

/** A log that is served here. */
type Served = Readonly<
  { capsule: Capsule; checkpoint: StoredCheckpoint; record: string; cutSize: number }
>;

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";
const BYTES = "application/octet-stream";
/** Contents read at once: at most 8 MiB of memory. */
const CONTENTS_AT_ONCE = 16;

/** Adds the calls about one log. */
export function addLogRoutes(app: Hono<Env>, { db }: Deps): void {
  app.get("/mesh/1/:id/checkpoint", (c) => {
    const { checkpoint, record } = findServed(db, c.req.param("id"));
    return answer(c, { body: checkpoint.note, type: TEXT, cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/identity", (c) => {
    const { capsule, record } = findServed(db, c.req.param("id"));
    const notes = listIdentityRecords(db, capsule.log).map((stored) => stored.note);
    const body = `${JSON.stringify(notes)}\n`;
    return answer(c, { body, type: JSON_TYPE, cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/tile/*", (c) => {
    const served = findServed(db, c.req.param("id"));
    // The path as sent: a percent-encoded spelling of it is another path.
    const path = new URL(c.req.url).pathname.slice(`/mesh/1/${c.req.param("id")}/`.length);
    return answer(c, readTileAnswer(db, served, decodeInput(() => decodeTilePath(path))));
  });
  app.get("/mesh/1/:id/entries", (c) => {
    const served = findServed(db, c.req.param("id"));
    const { from, count } = readRun(c, served.checkpoint.size);
    const body = encodeRun(db, served, from, count);
    const { record } = served;
    return answer(c, { body, type: "application/x-ndjson", cache: "no-cache", record });
  });
  app.get("/mesh/1/:id/proof/:index", (c) => {
    const { capsule, checkpoint, record } = findServed(db, c.req.param("id"));
    const index = decodeInput(() => decodeInteger(c.req.param("index")));
    const proof = index < checkpoint.size ? makeProofDocument(db, capsule.log, index) : undefined;
    if (proof === undefined) throw new MeshProblem(404, "entry_unknown", "No such entry here");
    if (proof === "withdrawn") {
      throw new MeshProblem(410, "withdrawn", "The author has withdrawn this entry's content");
    }
    return answer(c, { body: proof, type: JSON_TYPE, cache: "no-cache", record });
  });
}

/** Finds the log of an id, or answers 400 for what is no id and 404 for one that is not served here. */
function findServed(db: Database, id: string): Served {
  decodeInput(() => decodeCapsuleId(id));
  const capsule = findCapsule(db, id);
  const checkpoint = capsule && findCheckpoint(db, capsule.log);
  const newest = capsule && findNewestIdentityRecord(db, capsule.log);
  if (capsule === undefined || checkpoint === undefined || newest === undefined) {
    throw new MeshProblem(404, "capsule_unknown", "No such capsule here");
  }
  const { cutSize } = decodeIdentityRecord(decodeNote(newest.note).text);
  return { capsule, checkpoint, record: `${newest.n} ${toHex(newest.hash)}`, cutSize };
}

/** Decodes a part of the request; what breaks the protocol there is answered 400 with its code. */
function decodeInput<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new MeshProblem(400, error.code, error.message);
  }
}

/** docs/protocol.md §12.4: hash tiles and entry bundles, whole or any prefix of what is held. */
function readTileAnswer(db: Database, served: Served, tile: TilePath): Answer {
  const { capsule, cutSize, record } = served;
  const body = tile.level === "entries"
    ? readBundle(db, capsule.log, tile)
    : findTile(db, capsule.log, tile.level, tile.n);
  const bytes = tile.level === "entries" ? body : body?.subarray(0, tile.width * 32);
  if (bytes === undefined || (tile.level !== "entries" && bytes.length !== tile.width * 32)) {
    throw new MeshProblem(404, "tile_unknown", "The log has no such tile, or a narrower one");
  }
  const height = tile.level === "entries" ? 0 : tile.level;
  const end = (tile.n + 1) * TILE_WIDTH ** (height + 1);
  // Only the recovery key can take back what lies below the newest cut, and it signed that.
  const isSettled = tile.width === TILE_WIDTH && end <= cutSize;
  const cache = isSettled ? "public, max-age=31536000, immutable" : "public, max-age=60";
  return { body: new Uint8Array(bytes), type: BYTES, cache, record };
}

function readBundle(db: Database, log: number, { n, width }: TilePath): Uint8Array | undefined {
  const entries = listEntries(db, log, n * TILE_WIDTH, width);
  return entries.length === width
    ? encodeEntryBundle(entries.map((entry) => entry.bytes))
    : undefined;
}

/** Reads `from` and `count`: from 0 to the log's size, 1 to 256 entries. */
function readRun(c: Context<Env>, size: number): { from: number; count: number } {
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

/** docs/protocol.md §12.5: every entry of the run, contents until 4 MiB of them are written. */
function encodeRun(db: Database, served: Served, from: number, count: number): string {
  const { log } = served.capsule;
  const entries = listEntries(db, log, from, Math.min(count, served.checkpoint.size - from));
  const rows: string[] = [];
  let written = 0;
  let isFull = false;
  for (let start = 0; start < entries.length; start += CONTENTS_AT_ONCE) {
    const part = entries.slice(start, start + CONTENTS_AT_ONCE);
    const contents = isFull ? [] : listContents(db, log, from + start, part.length);
    for (const [i, entry] of part.entries()) {
      const head = `{"entry":${JSON.stringify(decodeStoredText(entry.bytes))},`;
      const content = isFull ? undefined : contents[i];
      const text = content?.state === "held" ? JSON.stringify(decodeStoredText(content.bytes)) : "";
      // Counted as written, escapes included. The first always fits: 512 KiB become 3 MiB at most.
      written += countUtf8(text);
      isFull ||= written > RUN_CONTENT_BYTES_MAX;
      rows.push(head + encodeRest(isFull ? undefined : content, text));
    }
  }
  return rows.map((row) => `${row}\n`).join("");
}

function encodeRest(
  content: ReturnType<typeof listContents>[number] | undefined,
  text: string,
): string {
  if (content === undefined) return `"state":"later"}`;
  if (content.state === "held") return `"content":${text}}`;
  return content.state === "withdrawn"
    ? `"state":"withdrawn","by":${content.by}}`
    : `"state":"absent"}`;
}
