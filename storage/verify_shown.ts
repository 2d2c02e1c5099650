/** Verifies what pages read of a log whose entries and contents somebody else verifies. @module */
import { TILE_WIDTH } from "../mesh/protocol/limits.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { minId } from "./piece_ids.ts";
import { findGaps } from "./verify_mirrors.ts";
import { type Tally, verifyContent } from "./verify_pieces.ts";
import type { VerifiedLog } from "./verify_report.ts";
import { TagVerifier } from "./verify_tags.ts";

/** Compares what is shown of a log with its contents, as they are stored. */
export function verifyShown(verified: VerifiedLog): void {
  const { db, log, report } = verified;
  if (findGaps(verified).isLeaving) return;
  const size = findCheckpoint(db, log)?.size ?? 0;
  const shown = new ShownVerifier(verified);
  for (let from = 0; from < size && !report.isFull; from += TILE_WIDTH) {
    shown.verifyRun(from, Math.min(from + TILE_WIDTH, size));
  }
  if (!report.isFull) shown.finish();
}

/** The content that a post would have whose row is p, if it was never revised and has no pictures: docs/protocol.md §10.2. */
const PLAIN_CONTENT = `? || substr(c.bytes, ?, 32) ||
  '","publishedAt":"' || strftime('%Y-%m-%dT%H:%M:%fZ', p.published_at_ms / 1000.0, 'unixepoch') ||
  '","language":"' || p.language || '","text":' || json_quote(p.text) || ',"pictures":[],"tags":' || p.tags ||
  iif(p.reply is null, '', ',"reply":' || p.reply) || iif(p.quote is null, '', ',"quote":' || p.quote) || '}'`;

/**
 * True where the content is, to the byte, what would be written for the row of such a post, and nothing else is in that row.
 * Whether that content keeps every rule is left out: it was decided when the entry was applied, and the bytes are the same.
 */
const IS_PLAIN = `e.kind = 'post' and p.hash = e.hash and p.kind = 'post'
  and p.revisions = 0 and p.revised_at_ms is null and p.text_n = p.n and p.is_page = 0
  and p.title = '' and p.slug = '' and p.summary = '' and p.pictures = '[]' and p.cover is null and p.authors = '[]'
  and cast(substr(c.bytes, ?, 32) as text) not glob '*[^0-9a-f]*' and c.bytes = cast(${PLAIN_CONTENT} as blob)`;

// SQLite compares: what is plain never becomes a value here.
const RUN = `select e.n as "index", p.id, p.published_at_ms as publishedAtMs,
  nullif(p.tags, '[]') as tags, ${IS_PLAIN} as isPlain
  from entries e join contents c on c.log = e.log and c.n = e.n and c.state = 'held'
  left join pieces p on p.log = e.log and p.n = e.n
  where e.log = ? and e.n >= ? and e.n < ? order by e.n`;

type Row = Readonly<{
  index: number;
  id: number;
  publishedAtMs: number;
  tags: string | null;
  isPlain: 0 | 1 | null;
}>;

/** Compares pieces, revisions, tags, slugs, old paths and picture uses with one log's contents. */
export class ShownVerifier {
  readonly #verified: VerifiedLog;
  readonly #tally: Tally = { pieces: 0, revisions: 0, shownRevisions: 0, uses: 0 };
  readonly #tags: TagVerifier;
  readonly #head: string;

  /** Starts before a log's first entry. */
  constructor(verified: VerifiedLog) {
    this.#verified = verified;
    this.#tags = new TagVerifier(verified);
    this.#head = `{"capsule":"${verified.capsuleId}","salt":"`;
  }

  /** Compares what is shown of the entries from an index to before another; what is missing of them is found by `verifyLog`. */
  verifyRun(from: number, to: number): void {
    const { db, log, report } = this.#verified;
    const before = this.#tally.pieces;
    const salt = this.#head.length + 1;
    const rows = db.prepare(RUN).all(salt, this.#head, salt, log, from, to) as Row[];
    for (const { index, id, publishedAtMs, tags, isPlain } of rows) {
      if (isPlain === 1 && id >= minId(publishedAtMs)) {
        this.#tally.pieces += 1;
        if (tags !== null) this.#tags.add({ index, id, kind: "post", tags });
      } else {
        const piece = verifyContent(this.#verified, this.#tally, index);
        if (piece !== undefined) this.#tags.add(piece);
      }
    }
    this.#tags.finishRun();
    const { n } = db.prepare("select count(*) as n from pieces where log = ? and n >= ? and n < ?")
      .get(log, from, to) as { n: number };
    const isWritten = n === this.#tally.pieces - before;
    report.check(isWritten, `Log ${log}: pieces from entry ${from} on that nobody wrote`);
  }

  /** Compares what only the whole log can tell. */
  finish(): void {
    const { pieces, revisions, shownRevisions, uses } = this.#tally;
    this.#check("pieces", pieces, "select count(*) as n from pieces where log = ?");
    this.#check("revisions", revisions, "select count(*) as n from revisions where log = ?");
    const tags = "select count(*) as n from piece_tags where log = ?";
    this.#check("tags of pieces", this.#tags.count, tags);
    this.#check("uses of pictures", uses, "select count(*) as n from blob_uses where log = ?");
    const revised = "select coalesce(sum(revisions), 0) as n from pieces where log = ?";
    this.#check("revisions in pieces", shownRevisions, revised);
  }

  #check(what: string, expected: number, sql: string): void {
    const { db, log, report } = this.#verified;
    const { n } = db.prepare(sql).get(log) as { n: number };
    report.check(n === expected, `Log ${log}: expected ${expected} ${what}, found ${n}`);
  }
}
