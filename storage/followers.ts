/** Followers: capsules that follow our own, by a signed entry of theirs (docs/protocol.md §10.8, §12.10). @module */
import type { Database } from "./database.ts";

/** A capsule that follows our own. */
export type Follower = Readonly<{
  /** Its capsule id. */
  id: string;
  /** Index of its follow entry in its own log. */
  n: number;
  /** When this database first knew it, Unix milliseconds. */
  sinceMs: number;
  /** The IPv4 /24 or IPv6 /48 its follow came from; "" when it is not known or a special one. */
  network: string;
  /** An address that answered with this id, the newest confirmed one; null when none did. */
  address: string | null;
  /** Size of the newest checkpoint of ours that was sent on its way to it; 0 when none was. */
  toldSize: number;
  /** When that was, Unix milliseconds; null when never. */
  toldAtMs: number | null;
}>;

/** What a follow or an unfollow said. */
export type FollowEntry = Readonly<{
  /** Who. */
  id: string;
  /** Index of that entry in their log. */
  n: number;
  /** True for a follow. */
  isFollowing: boolean;
  /** The proof document of that entry. */
  proof: string;
}>;

// Two signed sources say who follows: entries that were delivered, and the logs that are openly mirrored here. The second one
// is small, so the first is read by its own index and limit. Whoever is blocked is nobody's follower.
const NAMED = `named as materialized (select c.id, w.n, w.is_followed, m.followed_at_ms
  from capsules o join follows w on w.id = o.id join mirrors m on m.log = w.log
  join capsules c on c.log = w.log
  where o.is_own = 1 and m.is_quiet = 0 and m.state <> 'leaving'
  and not exists (select 1 from blocks b where b.target = c.id))`;
const DELIVERED =
  `select f.id, f.n, f.since_ms, f.network, f.told_size, f.told_at_ms from followers f
  where f.is_following = 1 and not exists (select 1 from blocks b where b.target = f.id) and not exists
  (select 1 from named a where a.id = f.id and a.n > f.n and a.is_followed = 0)`;
const NAMED_ONLY =
  `select a.id, a.n, a.followed_at_ms as since_ms, coalesce(f.network, '') as network,
  coalesce(f.told_size, 0) as told_size, f.told_at_ms from named a left join followers f on f.id = a.id
  where a.is_followed = 1 and (f.id is null or (f.is_following = 0 and f.n < a.n))`;
const COLUMNS = `id, n, since_ms as sinceMs, network, told_size as toldSize, told_at_ms as toldAtMs,
  (select p.address from peers p where p.id = everybody.id and p.confirmed_at_ms is not null
   and p.shown_id is null and p.is_former = 0 order by p.confirmed_at_ms desc limit 1) as address`;

/** Lists followers by id, those after `after`; at most `limit`. */
export function listFollowers(
  db: Database,
  { after = "", limit }: Readonly<{ after?: string | undefined; limit: number }>,
): Follower[] {
  return db.prepare(
    `with ${NAMED}, everybody as (select * from (${DELIVERED} and f.id > ?1 order by f.id limit ?2)
     union all ${NAMED_ONLY} and a.id > ?1) select ${COLUMNS} from everybody order by id limit ?2`,
  ).all(after, limit) as Follower[];
}

/** Lists the followers that are known longest; at most `limit`. */
export function listLongestFollowers(db: Database, limit: number): Follower[] {
  return db.prepare(
    `with ${NAMED}, everybody as
     (select * from (${DELIVERED} order by f.since_ms, f.id limit ?1) union all ${NAMED_ONLY})
     select ${COLUMNS} from everybody order by since_ms, id limit ?1`,
  ).all(limit) as Follower[];
}

/** Counts the capsules that follow our own. */
export function countFollowers(db: Database): number {
  const row = db.prepare(
    `with ${NAMED} select (select count(*) from (${DELIVERED})) + (select count(*) from (${NAMED_ONLY})) as count`,
  ).get();
  return (row as { count: number }).count;
}

/** Says what was last delivered about one capsule: also one that follows no more. Undefined when nothing was. */
export function findFollowEntry(db: Database, id: string): FollowEntry | undefined {
  const row = db.prepare("select id, n, is_following, proof from followers where id = ?")
    .get(id) as { id: string; n: number; is_following: number; proof: string } | undefined;
  if (row === undefined) return undefined;
  return { id: row.id, n: row.n, isFollowing: row.is_following === 1, proof: row.proof };
}

/** Counts the followers without a confirmed address: strangers until then. */
export function countUnconfirmedFollowers(db: Database): number {
  const row = db.prepare(
    `select count(*) as count from followers f where not exists
     (select 1 from peers p where p.id = f.id and p.confirmed_at_ms is not null)`,
  ).get();
  return (row as { count: number }).count;
}

/** Forgets followers that came before a time and were never reached at an address, at most 1,000 at once. */
export function deleteStrangers(db: Database, beforeMs: number): void {
  db.prepare(
    `delete from followers where id in (select f.id from followers f where f.since_ms < ? and not exists
     (select 1 from peers p where p.id = f.id and p.confirmed_at_ms is not null) limit 1000)`,
  ).run(beforeMs);
}

/** Saves what a follow or unfollow entry said, in place of an older one; the caller has checked which is newer. */
export function saveFollower(
  db: Database,
  entry: FollowEntry & Readonly<{ network: string; nowMs: number }>,
): void {
  const { id, n, isFollowing, proof, network, nowMs } = entry;
  db.prepare(
    `insert into followers (id, n, is_following, since_ms, network, proof) values (?, ?, ?, ?, ?, ?)
     on conflict (id) do update set n = excluded.n, network = excluded.network, proof = excluded.proof,
     since_ms = case when followers.is_following = 1 then followers.since_ms else excluded.since_ms end,
     is_following = excluded.is_following`,
  ).run(id, n, isFollowing ? 1 : 0, nowMs, network.slice(0, 64), proof);
}

/** Remembers that a checkpoint of ours of this size is on its way to these capsules. */
export function updateFollowersTold(
  db: Database,
  ids: readonly string[],
  size: number,
  nowMs: number,
): void {
  const update = db.prepare(
    "update followers set told_size = ?, told_at_ms = ? where id = ? and told_size < ?",
  );
  for (const id of ids) update.run(size, nowMs, id, size);
}

/** Forgets all that was delivered about a capsule. */
export function deleteFollower(db: Database, id: string): void {
  db.prepare("delete from followers where id = ?").run(id);
}
