/** What anybody may read here: the own log and every mirror that is neither quiet nor leaving. @module */
import { fromHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";

/** A capsule whose log is served to everybody. */
export type OpenCapsule = Readonly<{
  /** Local number of its log. */
  log: number;
  /** Capsule id. */
  id: string;
  /** True for the owner's own. */
  isOwn: boolean;
  /** False while what is held is not yet known to belong below the newest record's cut. */
  isConfirmed: boolean;
}>;

const IS_OPEN = "(c.is_own = 1 or (m.log is not null and m.is_quiet = 0 and m.state <> 'leaving'))";

const OPEN = `select c.log, c.id, c.is_own as isOwn, coalesce(m.is_confirmed, 1) as isConfirmed
  from capsules c left join mirrors m on m.log = c.log where ${IS_OPEN}`;

/** Finds a capsule by its id if its log is served; one question to the database whether it is unknown, quiet or leaving. */
export function findOpenCapsule(db: Database, id: string): OpenCapsule | undefined {
  return toOpenCapsule(db.prepare(`${OPEN} and c.id = ?`).get(id));
}

/** Finds the capsule of a log if that is served. */
export function findOpenLog(db: Database, log: number): OpenCapsule | undefined {
  return toOpenCapsule(db.prepare(`${OPEN} and c.log = ?`).get(log));
}

function toOpenCapsule(found: unknown): OpenCapsule | undefined {
  if (found === undefined) return undefined;
  const row = found as { log: number; id: string; isOwn: number; isConfirmed: number };
  return { ...row, isOwn: row.isOwn === 1, isConfirmed: row.isConfirmed === 1 };
}

/** Says whether openly kept content uses a picture; also when nothing at all does, as while the owner still writes. */
export function isOpenBlob(db: Database, hash: string): boolean {
  const { isOpen } = db.prepare(
    `select exists (select 1 from blob_uses u join capsules c on c.log = u.log
       left join mirrors m on m.log = c.log where u.hash = ?1 and ${IS_OPEN})
     or not exists (select 1 from blob_uses where hash = ?1) as isOpen`,
  ).get(fromHex(hash)) as { isOpen: number };
  return isOpen === 1;
}
