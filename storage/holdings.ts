/** Holdings: what followers said that they hold of our own log, and what we hold of a log (docs/protocol.md §12.11). @module */
import { fromHex } from "../mesh/protocol/hex.ts";
import type { Database } from "./database.ts";
import { countFollowers, type Follower, listLongestFollowers } from "./followers.ts";
import { type Holder, HOLDERS_MAX, mixHolders } from "./holders.ts";
import { IS_LACKING } from "./missing_contents.ts";

/** What a capsule holds of a log. */
export type Holdings = Readonly<{
  /** Size of the head it holds. */
  size: number;
  /** Every entry below this index is held, with every content that can be had. */
  complete: number;
  /** Entries held. */
  entries: number;
  /** Contents held. */
  contents: number;
  /** Pictures held. */
  blobs: number;
  /** Bytes of these pictures. */
  blobBytes: number;
  /** Bytes that its pictures may take; 0 for the own log, which has no budget. */
  budgetBytes: number;
  /** Pictures that its log names and that are not held, 64 hex digits each; the newest first. */
  missingBlobs: readonly string[];
  /** False when more pictures are missing than are listed. */
  isListWhole: boolean;
}>;

/** How many followers hold how much of our work. */
export type HoldingsSummary = Readonly<{
  /** Everything, pictures included. */
  all: number;
  /** A part. */
  some: number;
  /** Nothing yet. */
  none: number;
  /** They have not said. */
  unknown: number;
}>;

/** Pictures listed in an answer about holdings at most. */
export const MISSING_BLOBS_MAX = 500;
/** Followers whose holdings are known at most: the ones known longest. */
export const HOLDINGS_MAX = 500;

const DAY_MS = 86_400_000;
/** A follower that was told of something is asked when it had this long to fetch what belongs to it. */
const TOLD_REST_MS = 60_000;
/** A follower that does not hold all yet is asked again after this long, and then twice as long each time. */
const PARTLY_REST_MS = 5_000;
/** A new follower is asked when it had this long to fetch the first things. */
const FIRST_REST_MS = 3_000;

/** Counts what the own log holds: all of it. */
export function countOwnHoldings(db: Database, log: number): Holdings {
  const { size } = db.prepare("select size from checkpoints where log = ?").get(log) as {
    size: number;
  };
  // Those that were taken back are few and have an index; the others are as many as the log is long.
  const gone = db.prepare(
    "select count(*) as count from contents where log = ? and by_n is not null",
  ).get(log) as { count: number };
  const blobs = db.prepare(
    `select count(*) as count, coalesce(sum(bytes), 0) as bytes from blobs
     where hash in (select hash from blob_uses where log = ?)`,
  ).get(log) as { count: number; bytes: number };
  return {
    size,
    complete: size,
    entries: size,
    contents: size - gone.count,
    blobs: blobs.count,
    blobBytes: blobs.bytes,
    budgetBytes: 0,
    missingBlobs: [],
    isListWhole: true,
  };
}

/** Counts what a mirror holds; undefined for a log that is none. */
export function countMirrorHoldings(db: Database, log: number): Holdings | undefined {
  const row = db.prepare(
    `select k.size, m.entries, m.contents, m.blobs, m.blob_bytes as blobBytes, m.budget_bytes as budgetBytes,
     min(k.size,
       coalesce((select min(from_n) from missing_entries e where e.log = m.log), k.size),
       coalesce((select min(n) from missing_contents t where t.log = m.log and ${IS_LACKING}), k.size))
       as complete
     from mirrors m join checkpoints k on k.log = m.log where m.log = ?`,
  ).get(log) as Omit<Holdings, "missingBlobs" | "isListWhole"> | undefined;
  if (row === undefined) return undefined;
  const missing = db.prepare(
    "select lower(hex(hash)) as hash from wanted_blobs where log = ? order by n desc, hash limit ?",
  ).all(log, MISSING_BLOBS_MAX + 1) as { hash: string }[];
  return {
    ...row,
    missingBlobs: missing.slice(0, MISSING_BLOBS_MAX).map(({ hash }) => hash),
    isListWhole: missing.length <= MISSING_BLOBS_MAX,
  };
}

/** Lists at most `limit` capsules that openly keep a log at a confirmed address: half the longest known, half heard of last. */
export function listConfirmedHolders(
  db: Database,
  log: number,
  limit: number,
): { id: string; address: string }[] {
  const rows = db.prepare(
    `select h.id, p.address, h.since_ms as sinceMs, h.seen_at_ms as seenAtMs
     from holders h join peers p on p.id = h.id
     where h.log = ? and p.confirmed_at_ms is not null and p.shown_id is null and p.is_former = 0
     and not exists (select 1 from blocks b where b.target = h.id)
     order by h.seen_at_ms desc, h.id, p.address limit ?`,
  ).all(log, 4 * HOLDERS_MAX) as (Holder & { address: string })[];
  return mixHolders(rows, limit).map(({ id, address }) => ({ id, address }));
}

/** Saves what a follower said that it holds of our own log. */
export function saveHoldings(db: Database, id: string, holdings: Holdings, nowMs: number): void {
  db.transaction(() => {
    db.prepare(
      `insert or replace into holdings
       (id, size, complete, contents, blobs, blob_bytes, budget_bytes, is_list_whole, asked_at_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      id,
      holdings.size,
      holdings.complete,
      holdings.contents,
      holdings.blobs,
      holdings.blobBytes,
      holdings.budgetBytes,
      holdings.isListWhole ? 1 : 0,
      nowMs,
    );
    db.prepare("delete from holdings_missing where id = ?").run(id);
    const insert = db.prepare("insert or ignore into holdings_missing (id, hash) values (?, ?)");
    for (const hash of holdings.missingBlobs.slice(0, MISSING_BLOBS_MAX)) {
      insert.run(id, fromHex(hash));
    }
  });
}

/** Records that a follower that held all up to `from` took what was added up to `size`. */
export function updateHoldingsGrown(db: Database, id: string, size: number): void {
  db.prepare(
    "update holdings set size = ?, complete = ? where id = ? and complete = size and size < ?",
  )
    .run(size, size, id, size);
}

/** Forgets the holdings of those who follow no more, at most 1,000 at once. */
export function deleteOldHoldings(db: Database, ids: ReadonlySet<string>): void {
  const rows = db.prepare("select id from holdings order by id limit 1000").all() as {
    id: string;
  }[];
  db.transaction(() => {
    for (const { id } of rows) {
      if (ids.has(id)) continue;
      db.prepare("delete from holdings where id = ?").run(id);
      db.prepare("delete from holdings_missing where id = ?").run(id);
    }
  });
}

/** A follower that is to be asked what it holds, and when. */
export type HoldingsQuestion = Readonly<{ id: string; address: string; atMs: number }>;

/**
 * Lists which followers are to be asked when, the earliest first: a few seconds after they came, again and again while they hold
 * only a part, after they were told of something new, and daily.
 */
export function listHoldingsQuestions(db: Database, ownSize: number): HoldingsQuestion[] {
  const find = db.prepare(
    `select complete, asked_at_ms as askedAtMs, is_list_whole = 0 or exists
     (select 1 from holdings_missing x where x.id = h.id) as isMissing from holdings h where id = ?`,
  );
  const questions: HoldingsQuestion[] = [];
  for (const { id, address, sinceMs, toldAtMs } of listLongestFollowers(db, HOLDINGS_MAX)) {
    if (address === null) continue;
    const known = find.get(id) as Known | undefined;
    questions.push({ id, address, atMs: nextQuestionMs(known, ownSize, { sinceMs, toldAtMs }) });
  }
  return questions.sort((a, b) => a.atMs - b.atMs);
}

type Known = Readonly<{ complete: number; askedAtMs: number; isMissing: number }>;

function nextQuestionMs(
  known: Known | undefined,
  ownSize: number,
  { sinceMs, toldAtMs }: Pick<Follower, "sinceMs" | "toldAtMs">,
): number {
  if (known === undefined) return sinceMs + FIRST_REST_MS;
  const { complete, askedAtMs, isMissing } = known;
  const times = [askedAtMs + DAY_MS];
  const isPart = complete < ownSize || isMissing === 1;
  if (isPart) times.push(askedAtMs + Math.max(PARTLY_REST_MS, askedAtMs - sinceMs));
  if (toldAtMs !== null && toldAtMs > askedAtMs) times.push(toldAtMs + TOLD_REST_MS);
  return Math.min(...times);
}

/** How many followers hold all, some and none of our own work, as far as they said. */
export function summarizeHoldings(db: Database): HoldingsSummary {
  const row = db.prepare(
    `select k.size from capsules c join checkpoints k on k.log = c.log where c.is_own = 1`,
  ).get() as { size: number } | undefined;
  const find = db.prepare(
    `select complete, contents, blobs, is_list_whole = 1 and not exists
     (select 1 from holdings_missing x where x.id = h.id) as hasBlobs from holdings h where id = ?`,
  );
  const counts = { all: 0, some: 0, none: 0 };
  for (const { id } of listLongestFollowers(db, HOLDINGS_MAX)) {
    const found = find.get(id) as
      | { complete: number; contents: number; blobs: number; hasBlobs: number }
      | undefined;
    if (found === undefined) continue;
    if (found.complete >= (row?.size ?? 0) && found.hasBlobs === 1) counts.all += 1;
    else if (found.complete === 0 && found.contents === 0 && found.blobs === 0) counts.none += 1;
    else counts.some += 1;
  }
  const unknown = countFollowers(db) - counts.all - counts.some - counts.none;
  return { ...counts, unknown: Math.max(0, unknown) };
}

/** A picture of our own of which no follower said that it holds it. */
export type LonePicture = Readonly<{
  /** 64 hex digits. */
  hash: string;
  /** Index of the newest entry that uses it. */
  index: number;
}>;

/** Lists our own pictures of which no follower said that it holds them, the newest first; at most `limit`. */
export function listPicturesNowhereElse(db: Database, limit: number): LonePicture[] {
  return db.prepare(
    `select lower(hex(u.hash)) as hash, max(u.n) as "index" from blob_uses u
     join capsules c on c.log = u.log and c.is_own = 1 join blobs b on b.hash = u.hash
     where not exists (select 1 from holdings h where h.is_list_whole = 1 and h.complete > u.n
       and not exists (select 1 from holdings_missing x where x.id = h.id and x.hash = u.hash))
     group by u.hash order by max(u.n) desc, u.hash limit ?`,
  ).all(limit) as LonePicture[];
}
