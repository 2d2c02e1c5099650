/** People two steps away: followed by those the owner follows, and not yet by the owner. From what is held alone. @module */
import type { Database } from "./database.ts";

/** Somebody the owner might follow. */
export type Suggestion = Readonly<{
  /** Capsule id. */
  id: string;
  /** Where they are reached, as one of those who follow them says: a claim. */
  address: string;
  /** How many of those the owner follows follow them. */
  followers: number;
  /** Names of some who do, at most three, those followed longest first. */
  names: string[];
}>;

/** How many are counted at all; behind them nobody is followed by many. */
const SUGGESTIONS_MAX = 1_000;
const NAMES_MAX = 3;

// Nobody who is followed already, is the owner, or is blocked by id. Quiet follows say nothing, so they are in no log.
const COUNTED = `select f.id, count(*) as followers
  from follows f join mirrors m on m.log = f.log and m.state <> 'leaving'
  where f.is_followed = 1
  and not exists (select 1 from capsules c left join mirrors k on k.log = c.log
    where c.id = f.id and (c.is_own = 1 or k.state <> 'leaving'))
  and not exists (select 1 from blocks b where b.target = f.id)
  group by f.id order by followers desc, f.id limit ${SUGGESTIONS_MAX}`;

/** Lists those that most of the followed follow first; `skip` of them are left out for pages. */
export function listSuggestions(
  db: Database,
  { skip, limit }: Readonly<{ skip: number; limit: number }>,
): Suggestion[] {
  const rows = db.prepare(`select id, followers from (${COUNTED}) limit ? offset ?`)
    .all(Math.min(limit, 100), Math.min(skip, SUGGESTIONS_MAX)) as {
      id: string;
      followers: number;
    }[];
  return rows.map(({ id, followers }) => {
    const claims = db.prepare(
      `select f.address, coalesce(p.name, '') as name from follows f
       join mirrors m on m.log = f.log and m.state <> 'leaving'
       left join profiles p on p.log = f.log
       where f.id = ? and f.is_followed = 1 order by m.followed_at_ms, m.log limit ?`,
    ).all(id, NAMES_MAX) as { address: string; name: string }[];
    const names = claims.map(({ name }) => name).filter((name) => name !== "");
    return { id, address: claims[0]?.address ?? "", followers, names };
  });
}
