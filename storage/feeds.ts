/** Ordinary feeds that the owner follows, and their items: unsigned, kept beside the pieces in one order by time. @module */
import type { Database } from "./database.ts";
import { minId } from "./piece_ids.ts";

/** How following a feed is going. */
export type FeedState = "new" | "current" | "unreachable" | "refused";

/** A followed feed. All times are Unix milliseconds. */
export type Feed = Readonly<{
  id: number;
  /** Where the feed is. */
  url: string;
  /** "" before it was read once. */
  title: string;
  /** The page of the site; "" when it says none. */
  siteUrl: string;
  addedAtMs: number;
  /** Of the newest answer, to ask again with. */
  etag: string | undefined;
  modified: string | undefined;
  state: FeedState;
  /** Code of what went wrong the last time. */
  problem: string | undefined;
  /** When it last answered well. */
  seenAtMs: number | undefined;
  nextAtMs: number;
  intervalMs: number;
  /** Failed tries since the last good one. */
  failures: number;
}>;

/** One item as shown. */
export type FeedItem = Readonly<{
  /** In the order of pieces' ids; the cursor of lists. */
  id: number;
  /** The feed it came with. */
  feed: number;
  feedTitle: string;
  /** Where it is on its site; "" when it says none. */
  url: string;
  /** "" where there is none. */
  title: string;
  author: string;
  /** Safe HTML, as `cleanFeedHtml` writes it. */
  html: string;
  /** The same as plain text. */
  text: string;
  publishedAtMs: number;
}>;

/** An item as a feed brought it. */
export type NewFeedItem =
  & Omit<FeedItem, "id" | "feed" | "feedTitle">
  & Readonly<{
    /** SHA-256 of what identifies it in its feed. */
    key: Uint8Array;
  }>;

/** What `updateFeed` can change; null forgets. */
export type FeedChanges = Partial<
  & Pick<Feed, "url" | "title" | "siteUrl" | "state" | "nextAtMs" | "intervalMs" | "failures">
  & { etag: string | null; modified: string | null; problem: string | null; seenAtMs: number }
>;

/** Feeds that may be followed. */
export const FEEDS_MAX = 1_000;
/** Items kept of one feed, the newest. */
export const FEED_ITEMS_MAX = 200;

const FIRST_INTERVAL_MS = 3_600_000;
const ID_TRIES = 300;
const FEEDS = `select id, url, title, site_url as siteUrl, added_at_ms as addedAtMs, etag, modified,
  state, problem, seen_at_ms as seenAtMs, next_at_ms as nextAtMs, interval_ms as intervalMs, failures
  from feeds`;
const ITEMS = `select i.id, i.feed, f.title as feedTitle, i.url, i.title, i.author, i.html, i.text,
  i.published_at_ms as publishedAtMs from feed_items i join feeds f on f.id = i.feed`;

/** Inserts a feed, due now; answers its id, or "known" or "full". */
export function insertFeed(
  db: Database,
  { url, title, siteUrl, nowMs }: Readonly<
    { url: string; title: string; siteUrl: string; nowMs: number }
  >,
): number | "known" | "full" {
  return db.transaction(() => {
    if (findFeedByUrl(db, url) !== undefined) return "known";
    if (countFeeds(db) >= FEEDS_MAX) return "full";
    return db.prepare(
      `insert into feeds (url, title, site_url, added_at_ms, state, next_at_ms, interval_ms)
       values (?, ?, ?, ?, 'new', ?, ?)`,
    ).run(url, title, siteUrl, nowMs, nowMs, FIRST_INTERVAL_MS).lastId;
  });
}

/** Finds a feed. */
export function findFeed(db: Database, id: number): Feed | undefined {
  return toFeed(db.prepare(`${FEEDS} where id = ?`).get(id));
}

/** Finds a feed by where it is. */
export function findFeedByUrl(db: Database, url: string): Feed | undefined {
  return toFeed(db.prepare(`${FEEDS} where url = ?`).get(url));
}

/** Lists feeds in the order in which they were followed, after one of them. */
export function listFeeds(
  db: Database,
  { after = 0, limit }: Readonly<{ after?: number | undefined; limit: number }>,
): Feed[] {
  const rows = db.prepare(`${FEEDS} where id > ? order by id limit ?`).all(after, limit);
  return rows.flatMap((row) => toFeed(row) ?? []);
}

/** Counts the followed feeds. */
export function countFeeds(db: Database): number {
  const { count } = db.prepare("select count(*) as count from feeds").get() as { count: number };
  return count;
}

/** Lists feeds that are due, the longest waiting first. */
export function listDueFeeds(db: Database, nowMs: number, limit: number): Feed[] {
  const rows = db.prepare(`${FEEDS} where next_at_ms <= ? order by next_at_ms, id limit ?`)
    .all(nowMs, limit);
  return rows.flatMap((row) => toFeed(row) ?? []);
}

/** Finds when the next feed is due; undefined when none is followed. */
export function findNextFeed(db: Database): number | undefined {
  const { dueAtMs } = db.prepare("select min(next_at_ms) as dueAtMs from feeds").get() as {
    dueAtMs: number | null;
  };
  return dueAtMs ?? undefined;
}

/** Updates a feed; nothing when it is not followed any more, or when the new URL is that of another feed. */
export function updateFeed(db: Database, id: number, changes: FeedChanges): void {
  db.transaction(() => {
    const feed = findFeed(db, id);
    if (feed === undefined) return;
    const other = changes.url === undefined ? undefined : findFeedByUrl(db, changes.url);
    const url = other === undefined ? changes.url ?? feed.url : feed.url;
    const next = { ...feed, ...changes };
    db.prepare(
      `update feeds set url = ?, title = ?, site_url = ?, etag = ?, modified = ?, state = ?, problem = ?,
       seen_at_ms = ?, next_at_ms = ?, interval_ms = ?, failures = ? where id = ?`,
    ).run(
      url,
      next.title,
      next.siteUrl,
      next.etag ?? null,
      next.modified ?? null,
      next.state,
      next.problem ?? null,
      next.seenAtMs ?? null,
      next.nextAtMs,
      next.intervalMs,
      next.failures,
      id,
    );
  });
}

/** Deletes a feed with its items; false when it was not there. */
export function deleteFeed(db: Database, id: number): boolean {
  return db.prepare("delete from feeds where id = ?").run(id).changes > 0;
}

/**
 * Saves items of a feed and answers how many are new. A known one gets its new words and keeps its place; of all the
 * newest `FEED_ITEMS_MAX` stay. Nothing is saved of a feed that is not followed any more.
 */
export function saveFeedItems(db: Database, feed: number, items: readonly NewFeedItem[]): number {
  return db.transaction(() => {
    if (findFeed(db, feed) === undefined) return 0;
    const oldest = findOldestKept(db, feed);
    let added = 0;
    for (const item of items) {
      const { changes } = db.prepare(
        `update feed_items set url = ?, title = ?, author = ?, html = ?, text = ?
         where feed = ? and key = ?`,
      ).run(item.url, item.title, item.author, item.html, item.text, feed, item.key);
      if (changes > 0 || item.publishedAtMs < oldest) continue;
      insertItem(db, feed, item);
      added += 1;
    }
    db.prepare(
      `delete from feed_items where feed = ? and id in (select id from feed_items where feed = ?
         order by id desc limit -1 offset ?)`,
    ).run(feed, feed, FEED_ITEMS_MAX);
    return added;
  });
}

/** Finds an item by its id. */
export function findFeedItem(db: Database, id: number): FeedItem | undefined {
  return db.prepare(`${ITEMS} where i.id = ?`).get(id) as FeedItem | undefined;
}

/** Lists items of one feed, the newest first, older than `before` (an `id`). */
export function listFeedItems(
  db: Database,
  feed: number,
  { before = Number.MAX_SAFE_INTEGER, limit }: Readonly<
    { before?: number | undefined; limit: number }
  >,
): FeedItem[] {
  return db.prepare(`${ITEMS} where i.feed = ? and i.id < ? order by i.id desc limit ?`)
    .all(feed, before, limit) as FeedItem[];
}

/** Lists the ids of all feeds' items nearest to a cursor (an `id`, not itself): older ones newest first, newer ones oldest first. */
export function listFeedItemIds(
  db: Database,
  { side, cursor, limit }: Readonly<{ side: "older" | "newer"; cursor: number; limit: number }>,
): number[] {
  const rows = side === "older"
    ? db.prepare("select id from feed_items where id < ? order by id desc limit ?")
    : db.prepare("select id from feed_items where id > ? order by id limit ?");
  return (rows.all(cursor, limit) as { id: number }[]).map(({ id }) => id);
}

/** The time below which items would be dropped again at once. */
function findOldestKept(db: Database, feed: number): number {
  const row = db.prepare(
    `select published_at_ms as atMs from feed_items where feed = ? order by id desc limit 1 offset ?`,
  ).get(feed, FEED_ITEMS_MAX - 1) as { atMs: number } | undefined;
  return row?.atMs ?? 0;
}

function insertItem(db: Database, feed: number, item: NewFeedItem): void {
  const { key, url, title, author, html, text, publishedAtMs } = item;
  db.prepare(
    `insert into feed_items (id, feed, key, url, title, author, html, text, published_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(findFreeId(db, item), feed, key, url, title, author, html, text, publishedAtMs);
}

/** A free id of a millisecond, or the nearest after it: neither an item's nor a piece's, so that a cursor parts them. */
function findFreeId(db: Database, { publishedAtMs, key }: NewFeedItem): number {
  const taken = db.prepare(
    "select 1 from feed_items where id = ? union all select 1 from pieces where id = ?",
  );
  const base = minId(publishedAtMs);
  const seed = new DataView(key.buffer, key.byteOffset).getUint32(0);
  for (let n = 0; n < ID_TRIES; n += 1) {
    // Neighbours first, then a window that grows: a million pieces of one moment are no hindrance.
    const window = 2 ** Math.min(30, 6 + Math.floor(n / 8));
    // By its key, so that the many of one moment do not try the same places one after the other.
    const spread = Math.imul(n + seed, 0x9e3779b1) >>> 0;
    const id = base + (n < 64 ? n : spread % window);
    if (taken.get(id, id) === undefined) return id;
  }
  throw new Error(`Cannot place a feed's item: ${ID_TRIES} places from ${base} on are taken`);
}

type Row =
  & Omit<Feed, "etag" | "modified" | "problem" | "seenAtMs">
  & Readonly<{
    etag: string | null;
    modified: string | null;
    problem: string | null;
    seenAtMs: number | null;
  }>;

function toFeed(row: unknown): Feed | undefined {
  if (row === undefined) return undefined;
  const feed = row as Row;
  return {
    ...feed,
    etag: feed.etag ?? undefined,
    modified: feed.modified ?? undefined,
    problem: feed.problem ?? undefined,
    seenAtMs: feed.seenAtMs ?? undefined,
  };
}
