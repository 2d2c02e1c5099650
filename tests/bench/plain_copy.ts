/** What a mirror's ingest is compared with: the same rows fetched, parsed and inserted, under the same indexes, and nothing checked. @module */
import type { Ask } from "../../mesh/fetch.ts";
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from "../../mesh/protocol/limits.ts";
import type { Database } from "../../storage/database.ts";
import { insertContent } from "../../storage/contents.ts";
import { insertEntry } from "../../storage/entries.ts";
import { insertSearchEntry, type SearchEntry } from "../../storage/search.ts";
import { saveTile } from "../../storage/tiles.ts";

/** Entries of one transaction, as pulling has it. */
const ENTRIES_AT_ONCE = 2_048;

type Row = { entry: string; content: string };

/** Copies a log newest first, two runs on their way at once; answers how many entries. */
export async function copyPlainly(
  db: Database,
  log: number,
  { ask, origin, id, size }: Readonly<{ ask: Ask; origin: string; id: string; size: number }>,
): Promise<number> {
  const read = async (n: number): Promise<{ n: number; rows: Row[] }> => {
    const url = `${origin}/mesh/1/${id}/entries?from=${n * 256}&count=${RUN_ENTRIES_MAX}`;
    const { bytes } = await ask({ url, bytesMax: RUN_BYTES_MAX });
    const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
    return { n, rows: lines.map((line) => JSON.parse(line) as Row) };
  };
  let next = Math.ceil(size / 256) - 1;
  let waiting: { n: number; rows: Row[] }[] = [];
  let count = 0;
  const flush = () => {
    const runs = waiting.toSorted((a, b) => a.n - b.n);
    waiting = [];
    db.transaction(() => insertRuns(db, log, runs));
    for (const { rows } of runs) count += rows.length;
  };
  const lane = async () => {
    while (next >= 0) {
      const n = next--;
      waiting.push(await read(n));
      if (waiting.length * 256 >= ENTRIES_AT_ONCE) flush();
    }
  };
  await Promise.all([lane(), lane()]);
  flush();
  return count;
}

function insertRuns(db: Database, log: number, runs: readonly { n: number; rows: Row[] }[]): void {
  const found: SearchEntry[] = [];
  const encoder = new TextEncoder();
  for (const { n, rows } of runs) {
    const hashes = new Uint8Array(rows.length * 32);
    for (const [i, { entry, content }] of rows.entries()) {
      const [, , , time = "", kind = "", last = ""] = entry.split("\n");
      const index = n * 256 + i;
      const hash = Uint8Array.fromHex(last.slice(0, 64));
      hashes.set(hash, i * 32);
      const timeMs = Date.parse(time);
      insertEntry(db, log, { index, bytes: encoder.encode(entry), hash, kind, timeMs });
      insertContent(db, log, index, { state: "held", bytes: encoder.encode(content) });
      const piece = insertPiece(db, { log, index, hash, kind, content });
      if (piece !== undefined) found.push(piece);
    }
    saveTile(db, log, { level: 0, n, hashes });
  }
  for (const entry of found.sort((a, b) => a.id - b.id)) insertSearchEntry(db, entry);
}

/** The row of a post or an article as pages read it. */
function insertPiece(
  db: Database,
  { log, index, hash, kind, content }: Readonly<
    { log: number; index: number; hash: Uint8Array; kind: string; content: string }
  >,
): SearchEntry | undefined {
  if (kind !== "post" && kind !== "article") return undefined;
  const fields = JSON.parse(content);
  const publishedAtMs = Date.parse(fields.publishedAt);
  const id = publishedAtMs * 1_024 + index % 1_024;
  const { title = "", slug = "", summary = "", tags, language } = fields;
  const body: string = fields.text ?? fields.markdown;
  db.prepare(
    `insert into pieces (id, log, n, hash, kind, is_page, published_at_ms, revised_at_ms, revisions,
       text_n, language, title, slug, summary, text, words, tags, pictures, cover, authors, reply, quote)
     values (?, ?, ?, ?, ?, 0, ?, null, 0, ?, ?, ?, ?, ?, ?, 20, ?, '[]', null, '[]', null, null)`,
  ).run(
    ...[id, log, index, hash, kind, publishedAtMs, index, language, title, slug, summary],
    ...[body.slice(0, 2_000), JSON.stringify(tags)],
  );
  if (slug !== "") {
    db.prepare("insert into slugs (log, slug, n) values (?, ?, ?)").run(log, slug, index);
  }
  for (const tag of tags) {
    db.prepare("insert into piece_tags (log, tag, kind, id) values (?, ?, ?, ?)")
      .run(log, tag, kind, id);
  }
  return { id, log, kind, title, body, tags };
}
