/** The timeline: what everybody followed has published and what ordinary feeds brought, as one list by time. @module */
import type { Database } from "./database.ts";
import { type FeedItem, findFeedItem, listFeedItemIds } from "./feeds.ts";
import { type Piece, type PieceRow, PIECES, toPiece } from "./piece_rows.ts";

/** One thing in the timeline; feed items are those with a `feed`. */
export type TimelineItem = Piece | FeedItem;

/** Which part of the timeline. */
export type TimelineQuery = Readonly<{
  /** Only what is older than this `id`. */
  before?: number | undefined;
  /** At most this many, and at most 100. */
  limit: number;
}>;

type Side = "older" | "newer";

const ITEMS_MAX = 100;

// Whoever was unfollowed, blocked or taken down as a whole is leaving.
const SHOWN = "mirrors m where m.state <> 'leaving'";

/** Lists what those followed have published, the newest first, without pages; an article's text is only its opening. */
export function listTimeline(db: Database, { before, limit }: TimelineQuery): TimelineItem[] {
  return listSide(db, "older", before ?? Number.MAX_SAFE_INTEGER, limit);
}

/** Lists what is right above `after` (an `id`), the newest first: the page before, for "newer" links. */
export function listNewerTimeline(
  db: Database,
  { after, limit }: Readonly<{ after: number; limit: number }>,
): TimelineItem[] {
  return listSide(db, "newer", after, limit).reverse();
}

/** True once there is something that a timeline can show: a capsule or a feed is followed. */
export function hasTimeline(db: Database): boolean {
  const found = db.prepare(
    `select exists (select 1 from mirrors where state <> 'leaving')
       or exists (select 1 from feeds) as has`,
  ).get() as { has: number };
  return found.has === 1;
}

type Place = Readonly<{ id: number; isFeedItem: boolean }>;

function listSide(db: Database, side: Side, cursor: number, limit: number): TimelineItem[] {
  const wanted = Math.min(limit, ITEMS_MAX);
  const pieces = listPlaces(db, side, cursor, wanted).map((id) => ({ id, isFeedItem: false }));
  const feeds = listFeedItemIds(db, { side, cursor, limit: wanted })
    .map((id) => ({ id, isFeedItem: true }));
  const places: Place[] = [...pieces, ...feeds]
    .sort((a, b) => side === "older" ? b.id - a.id : a.id - b.id);
  return places.slice(0, wanted).flatMap(({ id, isFeedItem }) => {
    const item = isFeedItem ? findFeedItem(db, id) : findPieceById(db, id);
    return item === undefined ? [] : [item];
  });
}

function findPieceById(db: Database, id: number): Piece | undefined {
  const row = db.prepare(
    `${PIECES} from pieces p join capsules c on c.log = p.log where p.id = ?`,
  ).get(id) as PieceRow | undefined;
  return row && toPiece(row);
}

/**
 * The ids of pieces nearest to a cursor. One seek for each mirror finds its nearest; the `limit` nearest pieces can only
 * be in the `limit` logs whose nearest are nearest. So the cost is the number of mirrors, whatever they published, and
 * however long the owner's own log is.
 */
function listPlaces(db: Database, side: Side, cursor: number, limit: number): number[] {
  const [best, compare, order, none] = side === "older"
    ? ["max", "<", "desc", -1]
    : ["min", ">", "asc", Number.MAX_SAFE_INTEGER];
  const nearest = (kind: string) =>
    `coalesce((select ${best}(p.id) from pieces p where p.log = m.log and p.kind = '${kind}'
       and p.is_page = 0 and p.id ${compare} ?1), ${none})`;
  const logs = db.prepare(
    `select log, nearest from (
       select m.log, ${best}(${nearest("post")}, ${nearest("article")}) as nearest from ${SHOWN})
     where nearest <> ${none} order by nearest ${order} limit ?2`,
  ).all(cursor, limit) as { log: number; nearest: number }[];
  const one = (kind: string) =>
    `select id from pieces where log = ?1 + 0 and kind = '${kind}' and is_page = 0
       and id ${compare} ?2 + 0`;
  const ids = db.prepare(
    `${one("post")} union all ${one("article")} order by id ${order} limit ?3 + 0`,
  );
  const sign = side === "older" ? -1 : 1;
  let found: number[] = [];
  for (const { log, nearest } of logs) {
    const farthest = found[limit - 1];
    // Logs come by their nearest piece: from here on everything is behind what was found.
    if (farthest !== undefined && (nearest - farthest) * sign > 0) break;
    const rows = ids.all(log, cursor, limit) as { id: number }[];
    found = [...found, ...rows.map(({ id }) => id)]
      .sort((a, b) => (a - b) * sign).slice(0, limit);
  }
  return found;
}
