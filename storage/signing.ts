/** Whether this database may sign: what the start rules found, and who can be asked (docs/protocol.md §13.4). @module */
import type { Database } from "./database.ts";

/** What the start rules found. Everything but `allowed` keeps this database from signing. */
export type SigningOutcome =
  | "checking"
  | "allowed"
  | "another_copy"
  | "behind"
  | "undelivered"
  | "nobody"
  | "forked"
  | "superseded"
  | "closed";

/** The newest finding. */
export type Signing = Readonly<{
  /** Random number of the start that found it. */
  start: string;
  /** What was found. */
  outcome: SigningOutcome;
  /** For `behind` and `undelivered` the newer checkpoint, a signed note; otherwise a word for people who look, or "". */
  detail: string;
  /** When, Unix milliseconds. */
  atMs: number;
}>;

/** A capsule that may know our newest checkpoint, and where it is reached. */
export type AskedPeer = Readonly<{
  /** Its capsule id. */
  id: string;
  /** An address of it. */
  address: string;
  /** True when that address has answered with this id. */
  isConfirmed: boolean;
}>;

/** Finds the newest finding; undefined when the start rules never ran on this database. */
export function findSigning(db: Database): Signing | undefined {
  return db.prepare("select start, outcome, detail, at_ms as atMs from signing where id = 1")
    .get() as Signing | undefined;
}

/** Saves a finding in place of the one before. */
export function saveSigning(db: Database, { start, outcome, detail, atMs }: Signing): void {
  db.prepare(
    `insert into signing (id, start, outcome, detail, at_ms) values (1, ?, ?, ?, ?)
     on conflict (id) do update set start = excluded.start, outcome = excluded.outcome,
     detail = excluded.detail, at_ms = excluded.at_ms`,
  ).run(start, outcome, detail, atMs);
}

/** Forgets the finding: the rules run again before anything is signed. */
export function deleteSigning(db: Database): void {
  db.prepare("delete from signing").run();
}

// Who follows us by a signed entry that was delivered or is mirrored here, and who was found to keep our log.
const KNOWN = `select f.id from followers f where f.is_following = 1
  union select c.id from capsules o join follows w on w.id = o.id and w.is_followed = 1
    join capsules c on c.log = w.log where o.is_own = 1
  union select h.id from capsules o join holders h on h.log = o.log where o.is_own = 1`;

/** Says whether anybody is known who may have a copy of our own log. */
export function hasFollowers(db: Database): boolean {
  // Three questions that each end at the first row.
  const row = db.prepare(
    `select exists (select 1 from followers where is_following = 1)
     or exists (select 1 from capsules o join follows w on w.id = o.id and w.is_followed = 1 where o.is_own = 1)
     or exists (select 1 from capsules o join holders h on h.log = o.log where o.is_own = 1) as has`,
  ).get() as { has: number };
  return row.has === 1;
}

/**
 * Lists addresses of capsules that may have a copy of our own log, confirmed ones first and the most lately confirmed before
 * the others; former addresses are left out. At most `limit`; a capsule may come more than once.
 */
export function listAskedPeers(db: Database, limit: number): AskedPeer[] {
  const rows = db.prepare(
    `select p.id, p.address, p.confirmed_at_ms is not null as isConfirmed
     from peers p where p.is_former = 0 and p.shown_id is null and p.id in (${KNOWN})
     order by p.confirmed_at_ms is null, p.confirmed_at_ms desc, p.added_at_ms, p.id, p.address limit ?`,
  ).all(limit) as { id: string; address: string; isConfirmed: number }[];
  return rows.map((row) => ({ ...row, isConfirmed: row.isConfirmed === 1 }));
}
