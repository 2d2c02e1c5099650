/** Mirrors: the copies of followed capsules' logs, and how each of them is doing. @module */
import { EMPTY_ROOT } from "../mesh/protocol/tree.ts";
import { findCapsule, insertCapsule } from "./capsules.ts";
import { insertCheckpoint } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import { IS_LACKING } from "./missing_contents.ts";
import { insertIdentityRecord, type StoredIdentityRecord } from "./identity_records.ts";
import type { Value } from "./statement.ts";

export { deleteMirrorPart } from "./leaving_mirrors.ts";

/** How a mirror is doing; what each means to a person is told by the views. */
export type MirrorState =
  | "new"
  | "pulling"
  | "current"
  | "unreachable"
  | "refused"
  | "flooding"
  | "forked"
  | "large"
  | "paused"
  | "closed"
  | "leaving";

/** A verified copy of another capsule's log. All times are Unix milliseconds. */
export type Mirror = Readonly<{
  /** Local number of the log. */
  log: number;
  /** Capsule id. */
  id: string;
  /** Name in the newest profile held; "" before there is one. */
  name: string;
  /** The address in force (docs/protocol.md §5.8); null when there is none. */
  address: string | null;
  /** True for a follow that nobody is told of. */
  isQuiet: boolean;
  /** When it was followed. */
  followedAtMs: number;
  /** How it is doing. */
  state: MirrorState;
  /** Code of what went wrong last; undefined when nothing did. */
  problem: string | undefined;
  /** False between a newer identity record and the proof that what is held belongs below its cut. */
  isConfirmed: boolean;
  /** Size of the head at the first pull; undefined before. What is above it counts as growth. */
  firstSize: number | undefined;
  /** The size up to which the owner allowed a flooding or large log to grow; undefined when never asked. */
  allowedSize: number | undefined;
  /** Size of the head. */
  size: number;
  /** Number of the newest identity record. */
  recordN: number;
  /**
   * True when every entry below the head is here, and every content that its author has not withdrawn. An empty log is complete
   * only when its author signed that it is empty.
   */
  isComplete: boolean;
  /** Entries held. */
  entries: number;
  /** Contents held. */
  contents: number;
  /** Bytes of the contents held. */
  contentBytes: number;
  /** Pictures held that its shown entries name. */
  blobs: number;
  /** Bytes of these pictures. */
  blobBytes: number;
  /** Bytes its pictures may take. */
  budgetBytes: number;
  /** When anybody last showed its newest head; undefined before the first time. */
  seenAtMs: number | undefined;
  /** When its own address last answered; undefined before the first time. */
  originSeenAtMs: number | undefined;
  /** When to pull next. */
  nextPullAtMs: number;
  /** The interval that the schedule chose last, in milliseconds. */
  intervalMs: number;
  /** Failures in a row. */
  failures: number;
}>;

/** Bytes of pictures a mirror may keep when the owner has not said otherwise: 1 GB. */
export const MIRROR_BUDGET_BYTES: number = 1_000_000_000;
/** Interval before the schedule knows anything: an hour. */
const FIRST_INTERVAL_MS = 3_600_000;
/** Mirrors listed at once at most. */
export const MIRRORS_MAX = 1_000;

const MIRRORS = `select m.log, c.id, coalesce(p.name, '') as name, c.address,
  m.is_quiet as isQuiet, m.followed_at_ms as followedAtMs, m.state, m.problem,
  m.is_confirmed as isConfirmed, m.first_size as firstSize, m.allowed_size as allowedSize,
  k.size, (select max(n) from identity_records i where i.log = m.log) as recordN,
  not exists (select 1 from missing_entries e where e.log = m.log)
    and not exists (select 1 from missing_contents t where t.log = m.log and ${IS_LACKING})
    and (k.size > 0 or k.note <> '' or m.state = 'closed') as isComplete,
  m.entries, m.contents, m.content_bytes as contentBytes, m.blobs, m.blob_bytes as blobBytes,
  m.budget_bytes as budgetBytes, m.seen_at_ms as seenAtMs, m.origin_seen_at_ms as originSeenAtMs,
  m.next_pull_at_ms as nextPullAtMs, m.interval_ms as intervalMs, m.failures
  from mirrors m join capsules c on c.log = m.log join checkpoints k on k.log = m.log
  left join profiles p on p.log = m.log`;

type Row =
  & Omit<
    Mirror,
    | "isQuiet"
    | "isConfirmed"
    | "isComplete"
    | "problem"
    | "firstSize"
    | "allowedSize"
    | "seenAtMs"
    | "originSeenAtMs"
  >
  & Readonly<{
    isQuiet: number;
    isConfirmed: number;
    isComplete: number;
    problem: string | null;
    firstSize: number | null;
    allowedSize: number | null;
    seenAtMs: number | null;
    originSeenAtMs: number | null;
  }>;

function toMirror(row: Row): Mirror {
  return {
    ...row,
    isQuiet: row.isQuiet === 1,
    isConfirmed: row.isConfirmed === 1,
    isComplete: row.isComplete === 1,
    problem: row.problem ?? undefined,
    firstSize: row.firstSize ?? undefined,
    allowedSize: row.allowedSize ?? undefined,
    seenAtMs: row.seenAtMs ?? undefined,
    originSeenAtMs: row.originSeenAtMs ?? undefined,
  };
}

/**
 * Inserts an empty mirror under a verified identity and answers its log: head of size 0 without a checkpoint, due now.
 * Throws when the id is here already.
 */
export function insertMirror(
  db: Database,
  mirror: Readonly<{
    /** Capsule id. */
    id: string;
    /** Its whole chain, verified. */
    records: readonly StoredIdentityRecord[];
    /** The address of the newest record, or where it was confirmed. */
    address: string | null;
    /** True when nobody is to know. */
    isQuiet: boolean;
    /** Unix milliseconds. */
    nowMs: number;
  }>,
): number {
  const { id, records, address, isQuiet, nowMs } = mirror;
  return db.transaction(() => {
    const log = insertCapsule(db, { id, isOwn: false, address, createdAtMs: nowMs });
    for (const record of records) insertIdentityRecord(db, log, record);
    insertCheckpoint(db, log, { size: 0, root: EMPTY_ROOT, note: "" });
    db.prepare(
      `insert into mirrors (log, is_quiet, followed_at_ms, state, budget_bytes, next_pull_at_ms, interval_ms)
       values (?, ?, ?, 'new', ?, ?, ?)`,
    ).run(log, isQuiet ? 1 : 0, nowMs, MIRROR_BUDGET_BYTES, nowMs, FIRST_INTERVAL_MS);
    return log;
  });
}

/** Finds the mirror of a capsule; undefined when it is not followed, or the owner's own. */
export function findMirror(db: Database, id: string): Mirror | undefined {
  const capsule = findCapsule(db, id);
  return capsule && findLogMirror(db, capsule.log);
}

/** Finds the mirror of a log; undefined when the log is the owner's own or unknown. */
export function findLogMirror(db: Database, log: number): Mirror | undefined {
  const row = db.prepare(`${MIRRORS} where m.log = ?`).get(log) as Row | undefined;
  return row && toMirror(row);
}

/** Finds the mirror whose address in force, or a confirmed one, this is; the one followed first where two claim it. */
export function findMirrorByAddress(db: Database, address: string): Mirror | undefined {
  const confirmed = db.prepare(
    `${MIRRORS} join peers r on r.id = c.id and r.address = ? and r.confirmed_at_ms is not null
     and r.is_former = 0 order by m.log limit 1`,
  ).get(address) as Row | undefined;
  const row = confirmed ??
    db.prepare(`${MIRRORS} where c.address = ? order by m.log limit 1`).get(address) as
      | Row
      | undefined;
  return row && toMirror(row);
}

/** Lists mirrors in the order in which they were followed, after a log. */
export function listMirrors(
  db: Database,
  query: Readonly<{ afterLog?: number | undefined; limit: number }>,
): Mirror[] {
  const rows = db.prepare(`${MIRRORS} where m.log > ? order by m.log limit ?`)
    .all(query.afterLog ?? -1, Math.min(query.limit, MIRRORS_MAX)) as Row[];
  return rows.map(toMirror);
}

/** Counts mirrors, quiet ones included. */
export function countMirrors(db: Database): number {
  return (db.prepare("select count(*) as n from mirrors").get() as { n: number }).n;
}

/** Lists the mirrors that are due to be pulled, the longest due first. */
export function listDueMirrors(db: Database, nowMs: number, limit: number): Mirror[] {
  const rows = db.prepare(
    `${MIRRORS} where m.next_pull_at_ms <= ? order by m.next_pull_at_ms, m.log limit ?`,
  ).all(nowMs, Math.min(limit, MIRRORS_MAX)) as Row[];
  return rows.map(toMirror);
}

/** When the next mirror is due, Unix milliseconds; undefined without mirrors. */
export function findNextPullMs(db: Database): number | undefined {
  const row = db.prepare("select min(next_pull_at_ms) as ms from mirrors").get() as {
    ms: number | null;
  };
  return row.ms ?? undefined;
}

/** What may be changed of a mirror; what is absent stays. */
export type MirrorChanges = Readonly<{
  state?: MirrorState;
  /** Null: nothing is wrong any more. */
  problem?: string | null;
  isQuiet?: boolean;
  firstSize?: number;
  allowedSize?: number | null;
  budgetBytes?: number;
  seenAtMs?: number;
  originSeenAtMs?: number;
  nextPullAtMs?: number;
  intervalMs?: number;
  failures?: number;
}>;

const COLUMNS: Readonly<Record<keyof MirrorChanges, string>> = {
  state: "state",
  problem: "problem",
  isQuiet: "is_quiet",
  firstSize: "first_size",
  allowedSize: "allowed_size",
  budgetBytes: "budget_bytes",
  seenAtMs: "seen_at_ms",
  originSeenAtMs: "origin_seen_at_ms",
  nextPullAtMs: "next_pull_at_ms",
  intervalMs: "interval_ms",
  failures: "failures",
};

/** Changes some columns of a mirror; nothing when it is none. A mirror that is leaving stays in that state. */
export function updateMirror(db: Database, log: number, changes: MirrorChanges): void {
  const names = (Object.keys(COLUMNS) as (keyof MirrorChanges)[])
    .filter((name) => changes[name] !== undefined);
  if (names.length === 0) return;
  const set = names.map((name) =>
    name === "state"
      ? "state = case state when 'leaving' then state else ? end"
      : `${COLUMNS[name]} = ?`
  );
  const values = names.map((name): Value => {
    const value = changes[name] ?? null;
    return typeof value === "boolean" ? Number(value) : value;
  });
  db.prepare(`update mirrors set ${set.join(", ")} where log = ?`).run(...values, log);
}
