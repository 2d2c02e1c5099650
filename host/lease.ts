/** One serving program to a database: who holds it, who may take it over. @module */
import { probeLoopback } from "../mesh/fetch.ts";
import { type Database, DatabaseProblem } from "../storage/database.ts";
import { deleteLease, findLease, insertLease, type Lease, updateLease } from "../storage/leases.ts";
import { findServingLock, takeServingLock } from "../storage/serving_lock.ts";

/** How often the holder says that it is there. */
export const LEASE_RENEW_MS = 4_000;
/** A row not renewed for this long is nobody's. */
export const LEASE_FRESH_MS = 15_000;
/** A holder that has not said where it listens after this long will never do so. */
const STARTING_MS = 1_500;
const POLL_MS = 50;
/** Whoever looks at the lock holds it for a moment; a server that begins waits so long for them. */
const LOOKING_MS = 1_000;
/**
 * The first process of a container has a loopback of its own: who serves the same folder in another one does not answer there, and
 * is not gone for that.
 */
const IS_APART = Deno.pid === 1;
/** What keeps a sign of life from being written, and takes nothing away. */
const HINDRANCES: ReadonlySet<string> = new Set(["busy", "full"]);

/** Who holds the database; undefined when this program does now. */
export type Holder = Readonly<{
  url: string;
  /** It allows http and private addresses. */
  isDev: boolean;
}>;

/** What the lease works with. */
export type LeaseOptions = Readonly<
  { db: Database; start: string; now: () => number; isDev?: boolean }
>;

/**
 * Takes the lease, or answers who holds it. A fresh row is believed only if its holder answers with the same start, or holds the lock
 * that ends with its process: after kill -9 the next start takes over at once.
 */
export async function takeLease(
  { db, start, now, isDev = false }: LeaseOptions,
): Promise<Holder | undefined> {
  while (true) {
    const found = findLease(db);
    if (found !== undefined && await isHeld(db, found, now)) {
      // One that had only begun to listen has said by now where.
      return toHolder(findLease(db) ?? found);
    }
    const outcome = db.urgently(() =>
      db.transaction(() => {
        // Somebody may have come first while we asked: then all is looked at again.
        if (findLease(db)?.start !== found?.start) return "held";
        return insertLease(db, { start, url: "", seenAtMs: now(), isDev }, Infinity);
      })
    );
    if (outcome === "taken") return undefined;
  }
}

/** Says whether the database is being served right now; for commands beside a server. */
export async function findServer(db: Database, now: () => number): Promise<Holder | undefined> {
  const found = findLease(db);
  if (found === undefined || found.url === "" || !isFresh(found, now())) return undefined;
  // The row of a file that was copied while it was served: that server answers, for the other file.
  if (!found.isOfThisFile) return undefined;
  return !IS_APART && isLoopback(found.url) && await probeLoopback(found.url) !== found.start
    ? undefined
    : toHolder(found);
}

/** Who serves a database, also one of an older version; a holder that has only begun to listen is waited for. */
export async function findHolder(db: Database, now: () => number): Promise<Holder | undefined> {
  const found = findLease(db);
  if (found === undefined || !await isHeld(db, found, now)) return undefined;
  return toHolder(findLease(db) ?? found);
}

/**
 * Says whether a fresh lease is this database's own: its server answers, has only begun to listen, or cannot be asked. False for
 * the lease of a server that was killed, and in a copy that somebody took of a running server's files and carried elsewhere.
 */
export async function isServedNow(db: Database, now: () => number): Promise<boolean> {
  const found = findLease(db);
  if (found?.isOfThisFile !== true || !isFresh(found, now())) return false;
  return found.url === "" || findServingLock(db.path) === "held" ||
    await findServer(db, now) !== undefined;
}

function toHolder({ url, isDev }: Lease): Holder {
  return { url, isDev };
}

async function isHeld(db: Database, found: Lease, now: () => number): Promise<boolean> {
  let lease = found;
  const deadlineMs = now() + STARTING_MS;
  while (lease.url === "" && isFresh(lease, now()) && now() < deadlineMs) {
    await delay(POLL_MS);
    lease = findLease(db) ?? { ...lease, seenAtMs: 0 };
  }
  const isNear = isLoopback(lease.url);
  if (isFresh(lease, now()) && isNear && await probeLoopback(lease.url) === lease.start) {
    return true;
  }
  const lock = findServingLock(db.path);
  if (lock !== "unknown") return lock === "held";
  if (!isFresh(lease, now()) || lease.url === "" || (isNear && !IS_APART)) return false;
  return await isRenewed(db, lease, now);
}

/** Where there are no locks, a holder that cannot be asked shows itself by renewing. */
async function isRenewed(db: Database, lease: Lease, now: () => number): Promise<boolean> {
  const deadlineMs = now() + 2 * LEASE_RENEW_MS;
  while (now() < deadlineMs) {
    await delay(POLL_MS);
    const next = findLease(db);
    if (next?.start !== lease.start) return false;
    if (next.seenAtMs !== lease.seenAtMs) return true;
  }
  return false;
}

function isFresh(lease: Lease, nowMs: number): boolean {
  return Math.abs(nowMs - lease.seenAtMs) < LEASE_FRESH_MS;
}

function isLoopback(url: string): boolean {
  return /^http:\/\/(?:127\.|\[::1\])/.test(url);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Says where this program listens, once it does; false when another one has taken over. */
export function announceLease(
  { db, start, now, isDev = false }: LeaseOptions,
  url: string,
): boolean {
  return insertLease(db, { start, url, seenAtMs: now(), isDev }, 0) === "taken";
}

/** Says again that this program serves; false once another one has taken over. While somebody writes it is left out. */
export function renewLease({ db, start, now }: LeaseOptions): boolean {
  try {
    return db.urgently(() => db.withoutWaiting(() => updateLease(db, start, now())));
  } catch (error) {
    // Not said now, and still ours: whoever wants it asks here first.
    if (error instanceof DatabaseProblem && HINDRANCES.has(error.kind)) return true;
    throw error;
  }
}

/**
 * Takes the lock that says as long as this process lives that it serves; to be called by who has the lease. Undefined where another
 * process has it and keeps it; nothing to hold where the system has no locks.
 */
export async function holdLock({ db, now }: LeaseOptions): Promise<Disposable | undefined> {
  const deadlineMs = now() + LOOKING_MS;
  for (;;) {
    const lock = takeServingLock(db.path);
    if (lock === "unknown") return { [Symbol.dispose]: () => {} };
    if (lock !== "held") return lock;
    if (now() >= deadlineMs) return undefined;
    await delay(POLL_MS);
  }
}

/** Gives the lease back; another's stays. */
export function releaseLease({ db, start }: LeaseOptions): void {
  try {
    db.urgently(() => deleteLease(db, start));
  } catch (error) {
    // It ends by itself: whoever comes next asks here in vain.
    if (!(error instanceof DatabaseProblem) || error.kind !== "full") throw error;
  }
}
