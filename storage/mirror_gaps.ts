/** What a mirror lacks and what it keeps unshown, counted for its owner's page. @module */
import type { Database } from "./database.ts";
import { IS_LACKING } from "./missing_contents.ts";

/** What is not here, or here and not shown. */
export type MirrorGaps = Readonly<{
  /** Entries below the head that are not here yet. */
  entries: number;
  /** Entries that are here while their contents are not. */
  contents: number;
  /** Pictures that are named and not here: not fetched yet, or given up for others within the budget. */
  pictures: number;
  /** Bytes of these pictures, as their posts say. */
  pictureBytes: number;
  /** Entries set aside: beyond a newer cut. */
  setAside: number;
}>;

/** Counts what a mirror lacks; all 0 for a log that is none. */
export function countMirrorGaps(db: Database, log: number): MirrorGaps {
  return db.prepare(
    `select
      (select coalesce(sum(to_n - from_n), 0) from missing_entries where log = m.log) as entries,
      (select count(*) from missing_contents t where t.log = m.log and ${IS_LACKING}) as contents,
      (select count(*) from wanted_blobs where log = m.log) as pictures,
      (select coalesce(sum(bytes), 0) from wanted_blobs where log = m.log) as pictureBytes,
      (select count(*) from entries_set_aside where log = m.log) as setAside
     from (select ? as log) m`,
  ).get(log) as MirrorGaps;
}

/** One author whose entries are set aside. */
export type SetAside = Readonly<{
  /** Local number of the log. */
  log: number;
  /** Capsule id. */
  id: string;
  /** Name in the newest profile; "" when there is none. */
  name: string;
  /** Number of the record whose cut left them out. */
  recordN: number;
  /** How many entries. */
  entries: number;
  /** Days on which this capsule ran until the first of them is erased; not below 0. */
  daysLeft: number;
}>;

const KEPT_DAYS = 30;
const LIST_MAX = 200;

/** Lists what is set aside, by author and record. */
export function listSetAside(db: Database): SetAside[] {
  return db.prepare(
    `select s.log, c.id, coalesce(p.name, '') as name, s.record_n as recordN, count(*) as entries,
       max(0, min(s.since_day) + ${KEPT_DAYS} - (select days from running_days where id = 1)) as daysLeft
     from entries_set_aside s join capsules c on c.log = s.log left join profiles p on p.log = s.log
     group by s.log, s.record_n order by daysLeft, s.log, s.record_n limit ${LIST_MAX}`,
  ).all() as SetAside[];
}
