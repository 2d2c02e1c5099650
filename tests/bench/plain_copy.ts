/** What a mirror's ingest is compared with: the same rows fetched, parsed and inserted, under the same indexes, and nothing checked. @module */
import type { Ask } from "../../mesh/fetch.ts";
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from "../../mesh/protocol/limits.ts";
import type { Database } from "../../storage/database.ts";
import { insertHeldContents } from "../../storage/contents.ts";
import { insertEntries, type StoredEntry } from "../../storage/entries.ts";
import { insertRows, type RowForm } from "../../storage/many_rows.ts";
import { insertSearchEntry, type SearchEntry } from "../../storage/search.ts";
import type { Value } from "../../storage/statement.ts";
import { saveTile } from "../../storage/tiles.ts";

/** Entries of one transaction, as pulling has it. */
const ENTRIES_AT_ONCE = 1_536;

/** Runs that are on their way at once, as pulling has it. */
const QUESTIONS_AT_ONCE = 6;

type Row = { entry: string; content: string };

/** Copies a log newest first, as many runs on their way at once as in pulling; answers how many entries. */
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
      const run = await read(next--);
      waiting.push(run);
      if (waiting.length * 256 >= ENTRIES_AT_ONCE) flush();
    }
  };
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, lane));
  flush();
  return count;
}

function insertRuns(db: Database, log: number, runs: readonly { n: number; rows: Row[] }[]): void {
  const found: (SearchEntry & { slug: string; index: number })[] = [];
  const encoder = new TextEncoder();
  for (const { n, rows } of runs) {
    const hashes = new Uint8Array(rows.length * 32);
    const entries: StoredEntry[] = [];
    const contents: { index: number; bytes: Uint8Array }[] = [];
    const posts: Value[][] = [];
    const articles: Value[][] = [];
    for (const [i, { entry, content }] of rows.entries()) {
      const [, , , time = "", kind = "", last = ""] = entry.split("\n");
      const index = n * 256 + i;
      const hash = Uint8Array.fromHex(last.slice(0, 64));
      hashes.set(hash, i * 32);
      const timeMs = Date.parse(time);
      entries.push({ index, bytes: encoder.encode(entry), hash, kind, timeMs });
      contents.push({ index, bytes: encoder.encode(content) });
      if (kind !== "post" && kind !== "article") continue;
      const piece = readPiece({ log, index, hash, kind, content });
      (kind === "post" ? posts : articles).push(piece.row);
      found.push(piece.search);
    }
    insertEntries(db, log, entries);
    insertHeldContents(db, log, contents);
    insertRows(db, POSTS, posts, (row) => row);
    insertRows(db, ARTICLES, articles, (row) => row);
    saveTile(db, log, { level: 0, n, hashes });
  }
  for (const entry of found.sort((a, b) => a.id - b.id)) {
    insertSearchEntry(db, entry);
    const { id, kind, tags, slug, index } = entry;
    if (slug !== "") insertRows(db, SLUGS, [slug], () => [log, slug, index]);
    insertRows(db, TAGS, tags, (tag) => [log, tag, kind, id]);
  }
}

const COLUMNS = `pieces (id, log, n, hash, published_at_ms, text_n, language, text, words, tags,
  title, slug, summary, kind, is_page, revisions, pictures, authors)`;
const SHARED = "?, ?, ?, ?, ?, ?, ?, ?, 20, ?";
const POSTS: RowForm = {
  into: COLUMNS,
  row: `(${SHARED}, '', '', '', 'post', 0, 0, '[]', '[]')`,
};
const ARTICLES: RowForm = {
  into: COLUMNS,
  row: `(${SHARED}, ?, ?, ?, 'article', 0, 0, '[]', '[]')`,
};
const SLUGS: RowForm = { into: "slugs (log, slug, n)", row: "(?, ?, ?)" };
const TAGS: RowForm = { into: "piece_tags (log, tag, kind, id)", row: "(?, ?, ?, ?)" };

/** The row of a post or an article as pages read it, and what is found of it. */
function readPiece(
  { log, index, hash, kind, content }: Readonly<
    { log: number; index: number; hash: Uint8Array; kind: "post" | "article"; content: string }
  >,
): { row: Value[]; search: SearchEntry & { slug: string; index: number } } {
  const fields = JSON.parse(content);
  const publishedAtMs = Date.parse(fields.publishedAt);
  const id = publishedAtMs * 1_024 + index % 1_024;
  const { title = "", slug = "", summary = "", tags, language } = fields;
  const body: string = fields.text ?? fields.markdown;
  const text = body.slice(0, 2_000);
  const row = [id, log, index, hash, publishedAtMs, index, language, text, JSON.stringify(tags)];
  if (kind === "article") row.push(title, slug, summary);
  return { row, search: { id, log, kind, title, body, tags, slug, index } };
}
