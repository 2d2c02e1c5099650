/** Whom the authors of the logs here follow openly, by their newest entry about each (docs/protocol.md §10.8). @module */
import type { FollowContent, UnfollowContent } from "../mesh/protocol/content.ts";
import type { Database } from "./database.ts";
import { decodeStoredContent } from "./stored_values.ts";

/** One followed capsule of one log. */
export type Follow = Readonly<{
  /** Local number of the log whose author follows. */
  log: number;
  /** Id of the followed capsule. */
  id: string;
  /** Where it was reached: a hint. */
  address: string;
  /** The entry that says it. */
  index: number;
}>;

/** Entries read at once. */
const RUN = 512;
/** Follows listed at once at most. */
export const FOLLOWS_MAX = 1_000;

/** Lists whom a log's author follows, by id, after one of them. */
export function listFollows(
  db: Database,
  query: Readonly<{ log: number; after?: string | undefined; limit: number }>,
): Follow[] {
  return db.prepare(
    `select log, id, address, n as "index" from follows
     where log = ? and is_followed = 1 and id > ? order by id limit ?`,
  ).all(query.log, query.after ?? "", Math.min(query.limit, FOLLOWS_MAX)) as Follow[];
}

/** Lists whom a log's author follows and whose log is not here at all, by id. */
export function listUnmirroredFollows(db: Database, log: number, limit: number): Follow[] {
  return db.prepare(
    `select f.log, f.id, f.address, f.n as "index" from follows f
     where f.log = ? and f.is_followed = 1 and not exists (select 1 from capsules c where c.id = f.id)
     order by f.id limit ?`,
  ).all(log, Math.min(limit, FOLLOWS_MAX)) as Follow[];
}

/** Finds the index of the entry by which a log follows an id; undefined when it does not. */
export function findFollowIndex(db: Database, log: number, id: string): number | undefined {
  const row = db.prepare(
    `select n as "index" from follows where log = ? and id = ? and is_followed = 1`,
  ).get(log, id) as { index: number } | undefined;
  return row?.index;
}

/** Says whether a log's author follows a capsule, openly. */
export function isFollowed(db: Database, log: number, id: string): boolean {
  return db.prepare("select 1 from follows where log = ? and id = ? and is_followed = 1")
    .get(log, id) !== undefined;
}

/** Saves what an entry says about a followed capsule unless a newer one is known; called by the projection. */
export function saveFollow(
  db: Database,
  log: number,
  index: number,
  content: FollowContent | UnfollowContent,
): void {
  const address = content.kind === "follow" ? content.address : "";
  db.prepare(
    `insert into follows (log, id, address, n, is_followed) values (?, ?, ?, ?, ?)
     on conflict (log, id) do update set address = excluded.address, n = excluded.n,
     is_followed = excluded.is_followed where excluded.n > n`,
  ).run(log, content.follows, address, index, content.kind === "follow" ? 1 : 0);
}

/** Forgets what the entry at an index said about a capsule; false when another entry decided. Called by the projection. */
export function deleteFollow(db: Database, log: number, index: number, id: string): boolean {
  return db.prepare("delete from follows where log = ? and id = ? and n = ?")
    .run(log, id, index).changes === 1;
}

/** Finds, in one walk from the newest entry down, what is said about capsules of which nothing is known now. */
export function refreshFollows(
  db: Database,
  log: number,
  capsuleId: string,
  ids: ReadonlySet<string>,
): void {
  const left = new Set(ids);
  const list = db.prepare(
    `select e.n as "index", e.kind, c.bytes from entries e join contents c on c.log = e.log and c.n = e.n
     where e.log = ? and e.kind in ('follow', 'unfollow') and c.state = 'held' and e.n < ?
     order by e.n desc limit ?`,
  );
  let below = Number.MAX_SAFE_INTEGER;
  while (left.size > 0) {
    const rows = list.all(log, below, RUN) as { index: number; kind: string; bytes: Uint8Array }[];
    for (const { index, kind, bytes } of rows) {
      below = index;
      const content = decodeStoredContent(bytes, kind, capsuleId);
      if (content?.kind !== "follow" && content?.kind !== "unfollow") continue;
      if (left.delete(content.follows)) saveFollow(db, log, index, content);
    }
    if (rows.length < RUN) return;
  }
}
