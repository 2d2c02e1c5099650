/** Peers: where capsules said that they are, and which of these addresses answered with the id (docs/protocol.md §13.2). @module */
import type { Database } from "./database.ts";
import { hurryMissingContents } from "./missing_contents.ts";

/** One address of one capsule. */
export type Peer = Readonly<{
  /** The capsule id that is claimed. */
  id: string;
  address: string;
  /** True for an address that the capsule has left; it is still asked for 30 days. */
  isFormer: boolean;
  addedAtMs: number;
  /** When it last answered with the id, Unix milliseconds; absent when it never did. */
  confirmedAtMs: number | undefined;
  /** Another id that it showed the last time; such an address counts as unreachable for `id`. */
  shownId: string | undefined;
  /** Failed tries since the last good one. */
  failures: number;
  /** Not to be asked before. */
  retryAtMs: number;
  /** Code of what went wrong the last time. */
  problem: string | undefined;
  /** The network that it led to (/24, /48); until that is known, what its host has in common with its neighbours. */
  crowd: string;
}>;

/** What `updatePeer` can change. */
export type PeerChanges = Partial<
  Pick<Peer, "isFormer" | "failures" | "retryAtMs" | "crowd"> & {
    /** null forgets the problem. */
    problem: string | null;
    /** null forgets it. */
    shownId: string | null;
  }
>;

/** Claims that nobody has checked yet, in all: strangers write these rows. */
export const UNCONFIRMED_MAX = 1_000;
/** Unchecked addresses of one id. */
export const UNCONFIRMED_OF_ID_MAX = 4;
/** Claims of one crowd that wait because it was asked often enough today: as many as are asked in a day. */
export const UNCONFIRMED_OF_CROWD_MAX = 60;

const ADDRESSES_OF_ID_MAX = 32;
/** Checks of claims are counted, and remembered, over this many days. */
export const CONFIRMATION_DAYS = 2;
const DAY_MS = 86_400_000;
const COLUMNS = `select id, address, is_former as isFormer, added_at_ms as addedAtMs,
  confirmed_at_ms as confirmedAtMs, shown_id as shownId, failures, retry_at_ms as retryAtMs, problem,
  crowd from peers`;

type Row =
  & Omit<Peer, "isFormer" | "confirmedAtMs" | "shownId" | "problem">
  & Readonly<{
    isFormer: number;
    confirmedAtMs: number | null;
    shownId: string | null;
    problem: string | null;
  }>;

/**
 * Saves a claim that a capsule is at an address, to be confirmed; changes nothing when it is known. Where as many unchecked
 * claims are kept as may be, the oldest of the largest crowd makes room; "full" when there is no crowd, or this id has its
 * number: what is kept stays.
 */
export function savePeer(
  db: Database,
  { id, address, nowMs }: Readonly<{ id: string; address: string; nowMs: number }>,
): "saved" | "known" | "full" {
  return db.transaction(() => {
    if (findPeer(db, id, address) !== undefined) return "known";
    const { ofId, all } = db.prepare(
      `select count(*) filter (where id = ?) as ofId, count(*) as "all"
       from peers where confirmed_at_ms is null`,
    ).get(id) as { ofId: number; all: number };
    if (ofId >= UNCONFIRMED_OF_ID_MAX) return "full";
    if (all >= UNCONFIRMED_MAX && !deleteCrowded(db)) return "full";
    db.prepare("insert into peers (id, address, added_at_ms, crowd) values (?, ?, ?, ?)")
      .run(id, address, nowMs, crowdOf(address));
    return "saved";
  });
}

/** Deletes the oldest unchecked claim of the crowd that has most of them; false when no two claims are of one crowd. */
function deleteCrowded(db: Database): boolean {
  const crowd = db.prepare(
    `select crowd from peers where confirmed_at_ms is null group by crowd having count(*) > 1
     order by count(*) desc, crowd limit 1`,
  ).get() as { crowd: string } | undefined;
  if (crowd === undefined) return false;
  db.prepare(
    `delete from peers where (id, address) in (select id, address from peers
     where confirmed_at_ms is null and crowd = ? order by added_at_ms, id, address limit 1)`,
  ).run(crowd.crowd);
  return true;
}

/** What a host shares with its neighbours as far as its spelling says: the end of its name, or its network. */
function crowdOf(address: string): string {
  const host = URL.parse(address)?.hostname ?? address;
  if (host.startsWith("[")) return `${host.slice(1, -1).split(":").slice(0, 3).join(":")}::/48`;
  const labels = host.split(".");
  return /^[0-9.]+$/.test(host)
    ? `${labels.slice(0, 3).join(".")}.0/24`
    : labels.slice(-2).join(".");
}

/** Counts the claims of a crowd that nobody has checked yet. */
export function countUnconfirmed(db: Database, crowd: string): number {
  const { count } = db.prepare(
    "select count(*) as count from peers where confirmed_at_ms is null and crowd = ?",
  ).get(crowd) as { count: number };
  return count;
}

/**
 * Saves that an address answered with an id just now. Other ids that were claimed there have lost it: they keep the row,
 * with the id that was shown.
 */
export function confirmPeer(
  db: Database,
  { id, address, nowMs }: Readonly<{ id: string; address: string; nowMs: number }>,
): void {
  db.transaction(() => {
    if (findPeer(db, id, address)?.confirmedAtMs === undefined) hurryMissingContents(db, id, nowMs);
    db.prepare(
      `insert into peers (id, address, added_at_ms, confirmed_at_ms, crowd) values (?, ?, ?, ?, ?)
       on conflict (id, address) do update set confirmed_at_ms = excluded.confirmed_at_ms,
         shown_id = null, failures = 0, retry_at_ms = 0, problem = null`,
    ).run(id, address, nowMs, nowMs, crowdOf(address));
    db.prepare(
      "update peers set shown_id = ?, problem = 'other_id' where address = ? and id <> ?",
    ).run(id, address, id);
  });
}

/** Finds one address of a capsule. */
export function findPeer(db: Database, id: string, address: string): Peer | undefined {
  const row = db.prepare(`${COLUMNS} where id = ? and address = ?`).get(id, address);
  return row === undefined ? undefined : toPeer(row as Row);
}

/** Finds every address that is known of a capsule, confirmed or not; the one confirmed last comes first. */
export function findPeers(db: Database, id: string): Peer[] {
  const rows = db.prepare(
    `${COLUMNS} where id = ?
     order by confirmed_at_ms is null, is_former, confirmed_at_ms desc, address limit ?`,
  ).all(id, ADDRESSES_OF_ID_MAX) as Row[];
  return rows.map(toPeer);
}

/** Lists the addresses that may be asked for more than a confirmation, present ones first, the one confirmed last in front. */
export function listConfirmed(db: Database, id: string): Peer[] {
  const rows = db.prepare(
    `${COLUMNS} where id = ? and confirmed_at_ms is not null and shown_id is null
     order by is_former, confirmed_at_ms desc, address limit ?`,
  ).all(id, ADDRESSES_OF_ID_MAX) as Row[];
  return rows.map(toPeer);
}

/** Finds the capsule that an address showed last, when it was confirmed. */
export function findConfirmedId(db: Database, address: string): string | undefined {
  const row = db.prepare(
    `select id from peers where address = ? and confirmed_at_ms is not null and shown_id is null
     order by confirmed_at_ms desc, id limit 1`,
  ).get(address) as { id: string } | undefined;
  return row?.id;
}

/** Lists claims that are due to be checked, the longest waiting first. */
export function listUnconfirmed(db: Database, nowMs: number, limit: number): Peer[] {
  const rows = db.prepare(
    `${COLUMNS} where confirmed_at_ms is null and retry_at_ms <= ?
     order by retry_at_ms, added_at_ms, id, address limit ?`,
  ).all(nowMs, limit) as Row[];
  return rows.map(toPeer);
}

/** Finds when the next claim is due to be checked; undefined when none waits. */
export function findNextConfirmation(db: Database): number | undefined {
  const { dueAtMs } = db.prepare(
    "select min(retry_at_ms) as dueAtMs from peers where confirmed_at_ms is null",
  ).get() as { dueAtMs: number | null };
  return dueAtMs ?? undefined;
}

/** Updates what is known of one address; nothing when it is not there. */
export function updatePeer(db: Database, id: string, address: string, changes: PeerChanges): void {
  db.transaction(() => {
    const peer = findPeer(db, id, address);
    if (peer === undefined) return;
    const { isFormer, failures, retryAtMs, problem, shownId, crowd } = { ...peer, ...changes };
    db.prepare(
      `update peers set is_former = ?, failures = ?, retry_at_ms = ?, problem = ?, shown_id = ?,
       crowd = ? where id = ? and address = ?`,
    ).run(
      isFormer ? 1 : 0,
      failures,
      retryAtMs,
      problem ?? null,
      shownId ?? null,
      crowd,
      id,
      address,
    );
  });
}

/** Deletes one address of a capsule. */
export function deletePeer(db: Database, id: string, address: string): void {
  db.prepare("delete from peers where id = ? and address = ?").run(id, address);
}

/** Deletes addresses of capsules that we neither copy nor are copied by, nor know as holders, last confirmed before a time. */
export function deleteIdlePeers(db: Database, beforeMs: number): void {
  db.prepare(
    `delete from peers where confirmed_at_ms < ?
     and not exists (select 1 from capsules c where c.id = peers.id)
     and not exists (select 1 from followers f where f.id = peers.id)
     and not exists (select 1 from holders h where h.id = peers.id)`,
  ).run(beforeMs);
}

/** Inserts that a claim is about to be checked at a host, or that a network was asked for one; the other of the two is "". */
export function insertConfirmation(
  db: Database,
  { host, network, atMs }: Readonly<{ host: string; network: string; atMs: number }>,
): void {
  db.transaction(() => {
    db.prepare("delete from confirmations where at_ms < ?").run(atMs - CONFIRMATION_DAYS * DAY_MS);
    db.prepare("insert into confirmations (host, network, at_ms) values (?, ?, ?)")
      .run(host, network, atMs);
  });
}

/** Counts the checks of claims at a host, or in a network, since a time. */
export function countConfirmations(
  db: Database,
  where: Readonly<{ host: string } | { network: string }>,
  sinceMs: number,
): number {
  const [column, value] = "host" in where ? ["host", where.host] : ["network", where.network];
  const { count } = db.prepare(
    `select count(*) as count from confirmations where at_ms > ? and ${column} = ?`,
  ).get(sinceMs, value) as { count: number };
  return count;
}

function toPeer(row: Row): Peer {
  return {
    ...row,
    isFormer: row.isFormer === 1,
    confirmedAtMs: row.confirmedAtMs ?? undefined,
    shownId: row.shownId ?? undefined,
    problem: row.problem ?? undefined,
  };
}
