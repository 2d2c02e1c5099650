/** Pieces: posts and articles as pages show them. @module */
import { findIdRange } from "./archive.ts";
import type { Database } from "./database.ts";
import { findSettings } from "./settings.ts";
import { makeTagKey } from "./tags.ts";
import { type Piece, type PieceRow, PIECES, toPiece, toWholePiece } from "./piece_rows.ts";
import type { Value } from "./statement.ts";

export type { Picture, Piece, Reference, Reply } from "./piece_rows.ts";

/** Pieces listed at once at most. */
export const PIECES_MAX = 1_000;
/** Pages (articles outside the lists) at most. */
const PAGES_MAX = 200;

/** Which pieces of a log: all, or those of a kind, a tag, a year or a month. */
export type PieceFilter = Readonly<{
  /** Local number of the log. */
  log: number;
  /** Posts or articles only. */
  kind?: "post" | "article" | undefined;
  /** With this tag, in any spelling. */
  tag?: string | undefined;
  /** Published in this year of the capsule's time zone. */
  year?: number | undefined;
  /** Only this month of `year`, 1 to 12. */
  month?: number | undefined;
}>;

/** A filter with the page wanted. */
export type PieceQuery =
  & PieceFilter
  & Readonly<{
    /** Only pieces older than this one (its `id`). */
    before?: number | undefined;
    /** At most this many, and at most 1,000. */
    limit: number;
  }>;

/** What became of a piece that one asks for. */
export type Found = Piece | "withdrawn" | undefined;

const FROM = "from pieces p join capsules c on c.log = p.log";

/** Finds the piece at an index, whole; "withdrawn" when its author took it back, undefined when there is none. */
export function findPiece(db: Database, log: number, index: number): Found {
  const row = db.prepare(`${PIECES} ${FROM} where p.log = ? and p.n = ?`).get(log, index) as
    | PieceRow
    | undefined;
  if (row !== undefined) return toWholePiece(db, row);
  const gone = db.prepare(
    `select 1 from entries e join contents c on c.log = e.log and c.n = e.n
     where e.log = ? and e.n = ? and e.kind in ('post', 'article') and c.state in ('withdrawn', 'erased')`,
  ).get(log, index);
  return gone === undefined ? undefined : "withdrawn";
}

/** Finds the post at an index; undefined also when an article or something else is there. */
export function findPost(db: Database, log: number, index: number): Found {
  return ofKind(db, log, index, "post");
}

/** Finds the article, or page, of a slug (in NFC), whole. */
export function findArticle(db: Database, log: number, slug: string): Found {
  const row = db.prepare("select n from slugs where log = ? and slug = ?").get(log, slug) as
    | { n: number }
    | undefined;
  return row && ofKind(db, log, row.n, "article");
}

/** Finds the piece to which an old path ("/2015/05/hello.html") leads, whole; "withdrawn" when its author took it back. */
export function findPieceByAlias(db: Database, log: number, path: string): Found {
  const row = db.prepare("select min(n) as n from aliases where log = ? and path = ?")
    .get(log, path) as { n: number | null };
  return row.n === null ? undefined : findPiece(db, log, row.n);
}

/** Lists pieces, the newest first, without pages; an article's text is only its opening. */
export function listPieces(db: Database, query: PieceQuery): Piece[] {
  return listRows(db, query).map(toPiece);
}

/** Lists pieces like `listPieces`, with their whole texts, for feeds and exports. */
export function listWholePieces(db: Database, query: PieceQuery): Piece[] {
  return listRows(db, query).map((row) => toWholePiece(db, row));
}

/** Lists the pieces right above `after` (an `id`), the newest first: the page before, for "newer" links. */
export function listNewer(
  db: Database,
  query: PieceFilter & Readonly<{ after: number; limit: number }>,
): Piece[] {
  const { after, limit } = query;
  const rows = selectPieces(db, query, { after, order: "asc", limit });
  return rows.reverse().map(toPiece);
}

/** Lists a log's pages (articles outside the lists) by title. */
export function listPages(db: Database, log: number): Piece[] {
  const rows = db.prepare(
    `${PIECES} ${FROM} where p.log = ? and p.is_page = 1 order by p.id desc limit ?`,
  ).all(log, PAGES_MAX) as PieceRow[];
  return rows.map(toPiece).sort((a, b) => a.title.localeCompare(b.title) || a.index - b.index);
}

/** The next older and next newer piece of the same kind; absent at either end, and for pages. */
export function findNeighbours(db: Database, piece: Piece): { older?: Piece; newer?: Piece } {
  if (piece.isPage) return {};
  const { log, kind, id } = piece;
  const [older] = listPieces(db, { log, kind, before: id, limit: 1 });
  const [newer] = listNewer(db, { log, kind, after: id, limit: 1 });
  return { ...(older && { older }), ...(newer && { newer }) };
}

function ofKind(db: Database, log: number, index: number, kind: Piece["kind"]): Found {
  const found = findPiece(db, log, index);
  if (found !== "withdrawn") return found?.kind === kind ? found : undefined;
  const entry = db.prepare("select kind from entries where log = ? and n = ?").get(log, index) as
    | { kind: string }
    | undefined;
  return entry?.kind === kind ? "withdrawn" : undefined;
}

function listRows(db: Database, query: PieceQuery): PieceRow[] {
  return selectPieces(db, query, { before: query.before, order: "desc", limit: query.limit });
}

type Cursor = Readonly<{
  before?: number | undefined;
  after?: number | undefined;
  order: "asc" | "desc";
  limit: number;
}>;

/**
 * Every list walks indexes in their order, one for each kind, and merges them: ids are made of time, so a year is a range of them.
 * "+ 0" and "|| ''" hide the values from the planner, which with STAT4 plans anew for each: half of a list's time.
 */
function selectPieces(db: Database, filter: PieceFilter, cursor: Cursor): PieceRow[] {
  const { log, kind, tag, year, month } = filter;
  let from = (cursor.after ?? -1) + 1;
  let to = cursor.before ?? Number.MAX_SAFE_INTEGER;
  if (year !== undefined) {
    const range = findIdRange(findSettings(db).timeZone, year, month);
    from = Math.max(from, range.from);
    to = Math.min(to, range.to);
  }
  const limit = Math.min(cursor.limit, PIECES_MAX);
  const kinds: string[] = kind === undefined ? ["post", "article"] : [kind];
  const [table, tags] = tag === undefined
    ? ["pieces where is_page = 0", []]
    : ["piece_tags where tag = ?", [makeTagKey(tag)]];
  const one = `select id from ${table} and log = ? + 0 and kind = ? || ''
    and id >= ? + 0 and id < ? + 0`;
  const values = kinds.flatMap((name): Value[] => [...tags, log, name, from, to]);
  const rows = db.prepare(
    `${PIECES} from (${kinds.map(() => one).join(" union all ")}
       order by id ${cursor.order} limit ? + 0) t
     cross join pieces p on p.id = t.id cross join capsules c on c.log = p.log`,
  ).all(...values, limit) as PieceRow[];
  // They come in this order, but SQL does not say so.
  return rows.sort((a, b) => cursor.order === "desc" ? b.id - a.id : a.id - b.id);
}
