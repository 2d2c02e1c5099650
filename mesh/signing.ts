/** The gate before every signature: nothing is signed while another copy may have signed more (docs/protocol.md §13.4). @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import type { Database } from "../storage/database.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { findSigningKey } from "../storage/keys.ts";
import { findLease } from "../storage/leases.ts";
import {
  findSigning,
  hasFollowers,
  saveSigning,
  type Signing,
  type SigningOutcome,
} from "../storage/signing.ts";
import { toHex } from "./protocol/hex.ts";
import { PublishProblem } from "./publish_problem.ts";

/** A lease that was renewed this lately belongs to a running `serve`; renewed every 4 seconds. */
const LEASE_FRESH_MS = 15_000;

/** Connections of this process after the start rules passed, or on which the capsule was made. */
const allowed = new WeakSet<Database>();

/** Lets this connection sign; the outcome of a later check, or what a follower tells, still stops it. */
export function allowSigning(db: Database): void {
  allowed.add(db);
}

/** Says whether anybody could know more of our log than this database: a follower, or another copy at our address. */
export function isCheckNeeded(db: Database): boolean {
  const own = findOwnCapsule(db);
  return own !== undefined && (own.address !== null || hasFollowers(db));
}

/** The running `serve`'s number, when one holds the lease; a copy of its file has the row and not the server. */
export function findServingStart(db: Database, nowMs: number): string | undefined {
  const lease = findLease(db);
  return lease?.isOfThisFile === true && Math.abs(nowMs - lease.seenAtMs) < LEASE_FRESH_MS
    ? lease.start
    : undefined;
}

/** What keeps this connection from signing now; undefined when nothing does. Reads only. */
export function findSigningProblem(db: Database, nowMs: number): PublishProblem | undefined {
  const own = findOwnCapsule(db);
  if (own === undefined) return undefined;
  const retired = findRetired(db, own);
  if (retired !== undefined) return makeProblem(retired);
  const signing = findSigning(db);
  if (signing !== undefined && isHeld(signing.outcome)) return makeProblem(signing.outcome);
  const serving = findServingStart(db, nowMs);
  const isServed = serving !== undefined && signing?.start === serving;
  // Also for a connection that was allowed before: what is being fetched now belongs before what it would sign.
  if (isServed && signing.outcome === "checking") return makeProblem("checking");
  if (allowed.has(db) || (own.address === null && !hasFollowers(db))) return undefined;
  return isServed && signing.outcome === "allowed" ? undefined : makeProblem("unasked");
}

/** Says whether followers are being asked right now by the running `serve`: the answer is some seconds away. */
export function isChecking(db: Database, nowMs: number): boolean {
  const signing = findSigning(db);
  return signing?.outcome === "checking" && signing.start === findServingStart(db, nowMs) &&
    findSigningProblem(db, nowMs)?.code === "not_checked";
}

/** Throws PublishProblem "not_checked" or "held" when nothing may be signed now. */
export function needSigning(db: Database, nowMs: number): void {
  const problem = findSigningProblem(db, nowMs);
  if (problem !== undefined) throw problem;
}

/** "closed" or "superseded" when the newest record does not name the key in this database. */
export function findRetired(db: Database, own: OwnCapsule): "closed" | "superseded" | undefined {
  const record = findNewestIdentityRecord(db, own.log);
  const named = record?.note.split("\n")[4];
  if (named === "-") return "closed";
  const key = findSigningKey(db, own.log);
  // Without record or key the store is damaged, which others say better.
  if (named === undefined || key === undefined) return undefined;
  return named === toHex(key.publicKey) ? undefined : "superseded";
}

/** Says whether an outcome of a check keeps every connection from signing. */
export function isHeld(
  outcome: SigningOutcome,
): outcome is Exclude<SigningOutcome, "allowed" | "checking"> {
  return outcome !== "allowed" && outcome !== "checking";
}

/**
 * Saves that the key in this database may sign from now on, after the phrase said so (a rotation, a recovery), or the
 * owner did: for this connection and for a running `serve`.
 */
export function saveAllowed(db: Database, nowMs: number, detail: string): void {
  const start = findServingStart(db, nowMs) ?? "";
  saveSigning(db, { start, outcome: "allowed", detail, atMs: nowMs });
  allowSigning(db);
}

/** Stops signing, everywhere on this database, until the rules ran again. */
export function stopSigning(
  db: Database,
  outcome: Signing["outcome"],
  detail: string,
  nowMs: number,
): void {
  const start = findServingStart(db, nowMs) ?? findSigning(db)?.start ?? "";
  saveSigning(db, { start, outcome, detail, atMs: nowMs });
}

function makeProblem(outcome: keyof typeof SENTENCES): PublishProblem {
  const isPassing = outcome === "unasked" || outcome === "checking";
  return new PublishProblem(isPassing ? "not_checked" : "held", SENTENCES[outcome]);
}

const SENTENCES: Readonly<Record<Exclude<SigningOutcome, "allowed"> | "unasked", string>> = {
  unasked:
    "Not published: nobody has asked yet whether another copy of this capsule is newer. Try again in a moment.",
  checking:
    "Not published yet: your followers are being asked for your newest posts. Try again in some seconds.",
  "another_copy":
    "Not published: another copy of this capsule is running at your address. Only one may publish; stop the other one first.",
  behind:
    "Not published: your followers have newer posts of yours than this database. They are being fetched; try again in a minute.",
  undelivered:
    "Not published: a follower knows newer posts of yours that nobody gives back now. Restore a newer backup, wait for the follower, or rotate the key with your recovery phrase.",
  nobody:
    "Not published: none of your followers answered, so nobody can say whether this database is the newest. Try again later; or, if this is no old backup, publish anyway: the button at Settings → Identity, or --sign-anyway on the command line.",
  forked:
    "Not published: your log was continued in two ways. Rotate the key with your recovery phrase: that says which one counts.",
  superseded:
    "Not published: this capsule was taken up elsewhere with the recovery phrase, and the key here counts no more.",
  closed: "Not published: this identity is closed, so nothing can be published under it any more.",
};
