/** Pictures of mirrors: what to fetch, within the bytes that the owner gives each, the newest first. @module */
import { createHash } from "node:crypto";
import { fromHex, toHex } from "../mesh/protocol/hex.ts";
import { deleteBlob, saveBlob } from "./blobs.ts";
import type { Database } from "./database.ts";
import { countRunningDays } from "./running_days.ts";
import { isTakenDown } from "./takedown_list.ts";

export { listWantedBlobs, updateWantedBlob, type WantedBlob } from "./wanted_blobs.ts";

/** The part of a mirror's budget that its new pictures may displace in a day. */
const DISPLACED_A_DAY = 0.1;
/** Pictures erased by one call of `evictBlobs`. */
const EVICTIONS_MAX = 500;

/**
 * Saves a picture that a log's entries name, after its bytes were checked. "over_budget" when it would need more room than the
 * budget has and a day's displacement makes; "taken_down" when these bytes may not come again. Nothing is kept then.
 */
export function saveMirrorBlob(
  db: Database,
  log: number,
  bytes: Uint8Array,
  info: Readonly<{ type: string; width: number; height: number }>,
  nowMs: number,
): "saved" | "over_budget" | "taken_down" {
  const hash = toHex(new Uint8Array(createHash("sha256").update(bytes).digest()));
  return db.transaction(() => {
    if (isTakenDown(db, "blob", hash)) {
      db.prepare("delete from wanted_blobs where hash = ?").run(fromHex(hash));
      return "taken_down";
    }
    if (!makeRoom(db, log, hash, bytes.length)) return "over_budget";
    saveBlob(db, bytes, info, nowMs);
    return "saved";
  });
}

/** Erases pictures of a mirror, the oldest first, until it is within its budget, as after the owner made that smaller; answers how many. */
export function evictBlobs(db: Database, log: number): number {
  return db.transaction(() => {
    const budget = findBudget(db, log);
    if (budget === undefined) return 0;
    return evict(db, log, {
      bytes: budget.blobBytes - budget.budgetBytes,
      below: Number.MAX_SAFE_INTEGER,
      limit: EVICTIONS_MAX,
    }).evicted;
  });
}

type Budget = Readonly<{
  blobBytes: number;
  budgetBytes: number;
  evictDay: number;
  evictBytes: number;
}>;

/** Undefined for the owner's own log, which has no budget. */
function findBudget(db: Database, log: number): Budget | undefined {
  return db.prepare(
    `select blob_bytes as blobBytes, budget_bytes as budgetBytes, evict_day as evictDay,
     evict_bytes as evictBytes from mirrors where log = ?`,
  ).get(log) as Budget | undefined;
}

/** A new picture displaces only those of older entries, and a tenth of the budget in a day. */
function makeRoom(db: Database, log: number, hash: string, bytes: number): boolean {
  const plan = planRoom(db, log, hash, bytes);
  if (plan === "no_room") return false;
  if (plan === undefined) return true;
  const { freed } = evict(db, log, plan);
  db.prepare("update mirrors set evict_day = ?, evict_bytes = ? where log = ?")
    .run(plan.today, plan.displaced + freed, log);
  return true;
}

/** What has to go for a new picture; undefined when nothing has to. */
function planRoom(
  db: Database,
  log: number,
  hash: string,
  bytes: number,
): "no_room" | (Plan & Readonly<{ today: number; displaced: number }>) | undefined {
  const budget = findBudget(db, log);
  if (budget === undefined) return undefined;
  const needed = budget.blobBytes + bytes - budget.budgetBytes;
  if (needed <= 0) return undefined;
  const today = countRunningDays(db);
  const displaced = budget.evictDay === today ? budget.evictBytes : 0;
  const allowed = Math.floor(budget.budgetBytes * DISPLACED_A_DAY) - displaced;
  if (bytes > budget.budgetBytes || needed > allowed) return "no_room";
  const { n } = db.prepare("select max(n) as n from blob_uses where log = ? and hash = ?")
    .get(log, fromHex(hash)) as { n: number | null };
  const plan = { bytes: needed, below: n ?? 0, limit: EVICTIONS_MAX, today, displaced };
  return canEvict(db, log, plan) ? plan : "no_room";
}

/** Says, before a picture is asked for, whether `saveMirrorBlob` would find room for it. */
export function hasRoom(
  db: Database,
  log: number,
  { hash, bytes }: Readonly<{ hash: string; bytes: number }>,
): boolean {
  return planRoom(db, log, hash, bytes) !== "no_room";
}

type Plan = Readonly<{ bytes: number; below: number; limit: number }>;

function canEvict(db: Database, log: number, { bytes, below, limit }: Plan): boolean {
  const rows = listEvictable(db, log, below, limit);
  return rows.reduce((sum, row) => sum + row.bytes, 0) >= bytes;
}

/** Frees at least so many bytes, if there are. What is erased is named still, and not fetched again by itself. */
function evict(
  db: Database,
  log: number,
  { bytes, below, limit }: Plan,
): { evicted: number; freed: number } {
  let evicted = 0;
  let freed = 0;
  if (bytes <= 0) return { evicted, freed };
  for (const row of listEvictable(db, log, below, limit)) {
    if (freed >= bytes) break;
    deleteBlob(db, toHex(row.hash));
    evicted += 1;
    freed += row.bytes;
  }
  return { evicted, freed };
}

/** Hashes of the entries that the owner's own pieces answer or quote. */
const REFERRING = `from pieces p join capsules c on c.log = p.log and c.is_own = 1
  where (p.reply is not null or p.quote is not null)`;
const KEPT = `select unhex(p.quote ->> '$.hash') ${REFERRING} union
  select unhex(p.reply ->> '$.parent.hash') ${REFERRING} union
  select unhex(p.reply ->> '$.root.hash') ${REFERRING}`;

/**
 * The pictures of a mirror that may go, the oldest first: no newer entry names them, no other log does, no draft, and the owner
 * neither answered nor quoted what shows them.
 */
function listEvictable(
  db: Database,
  log: number,
  below: number,
  limit: number,
): { hash: Uint8Array; bytes: number }[] {
  return db.prepare(
    `with kept (hash) as materialized (${KEPT})
     select b.hash, b.bytes from blob_uses u join blobs b on b.hash = u.hash
     where u.log = ?1 and u.n < ?2
     and not exists (select 1 from blob_uses o where o.hash = u.hash and (o.log <> ?1 or o.n > u.n))
     and not exists (select 1 from drafts where instr(drafts.fields, lower(hex(u.hash))) > 0)
     and not exists (select 1 from blob_uses o join pieces p on p.log = ?1 and o.n in (p.n, p.text_n)
       where p.hash in kept and o.hash = u.hash and o.log = ?1)
     order by u.n limit ?3`,
  ).all(log, below, limit) as { hash: Uint8Array; bytes: number }[];
}
