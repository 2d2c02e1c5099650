/** Whom an author follows, as pages tell it: with what is known here of each. @module */
import type { Database } from "./database.ts";

/** A capsule that an author says, in their own log, that they follow. */
export type ShownFollow = Readonly<{
  /** Its capsule id. */
  id: string;
  /** Where it was when it was followed: a hint that nobody confirmed. */
  address: string;
  /** Its name; "" when it is not known here. */
  name: string;
  /** Where its pages are here: it is the owner's own, openly mirrored, or neither. */
  place: "own" | "mirror" | undefined;
}>;

type Row =
  & Omit<ShownFollow, "place">
  & Readonly<{ n: number; isOwn: number | null; isMirror: number }>;

/** Follows listed at once at most. */
const FOLLOWS_MAX = 500;

/**
 * Lists whom a log follows, the newest first; where there are more than `limit`, those whose ids come first in the alphabet.
 * Says nothing of what is followed here quietly, about to leave, or removed.
 */
export function listShownFollows(db: Database, log: number, limit: number): ShownFollow[] {
  const rows = db.prepare(
    `select f.id, f.n, f.address, c.is_own as isOwn, m.log is not null as isMirror,
       case when c.is_own = 1 or m.log is not null then coalesce(p.name, '') else '' end as name
     from follows f left join capsules c on c.id = f.id
     left join mirrors m on m.log = c.log and m.is_quiet = 0 and m.state <> 'leaving'
       and not exists (select 1 from blocks b where b.target = f.id)
       and not exists (select 1 from takedowns t where t.kind = 'capsule' and t.target = f.id)
     left join profiles p on p.log = c.log
     where f.log = ? and f.is_followed = 1 order by f.id limit ?`,
  ).all(log, Math.min(limit, FOLLOWS_MAX)) as Row[];
  return rows.sort((a, b) => b.n - a.n).map(({ id, address, name, isOwn, isMirror }) => ({
    id,
    address,
    name,
    place: isOwn === 1 ? "own" : isMirror === 1 ? "mirror" : undefined,
  }));
}
