/** Bringing a lost capsule back: a phrase, and the address of one capsule that has a copy (docs/protocol.md §13.5). @module */
import { findCapsule, findOwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { saveHolder } from "../storage/holders.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { deleteMirrorPart, findLogMirror, insertMirror, updateMirror } from "../storage/mirrors.ts";
import { savePassword } from "../storage/passwords.ts";
import { countRecovered, type RecoveredCounts, updateOwn } from "../storage/recovery.ts";
import { saveSettings } from "../storage/settings.ts";
import { acceptIdentity } from "./accept_record.ts";
import { toStoredRecords } from "./identities.ts";
import type { Mesh } from "./mesh.ts";
import { readRecoveryKey, type RecoveryKey, storeNextRecord } from "./next_record.ts";
import { isClosed } from "./protocol/identity.ts";
import { describeBranch, findTips, type Head, listHeads } from "./recover_heads.ts";
import { RecoverProblem } from "./recover_problem.ts";
import { fetchLog, type RecoverProgress } from "./recover_fetch.ts";
import { chooseIdentity, findCopies, type Found, type FoundCopy } from "./recover_search.ts";
import { saveAllowed } from "./signing.ts";
import { tellFollowers } from "./tell_followers.ts";

const DROPPED_AT_ONCE = 1_000;

/** What to bring back, and from where. */
export type Recovery = Readonly<{
  /** The recovery phrase as typed. */
  phrase: string;
  /** Addresses of capsules that may have a copy, at least one. */
  from: readonly string[];
  /** Where the capsule is reached from now on; null when it has no address yet. */
  address: string | null;
  /** Entries that stay; all of the newest head when absent. */
  cut?: number | undefined;
  /** Hash of the password to sign in with; none is set when absent. */
  phc?: string | undefined;
  /** The owner's time zone. */
  timeZone?: string | undefined;
  onProgress?: ((progress: RecoverProgress) => void) | undefined;
  /** Runs inside the transaction in which the capsule appears. */
  onStored?: (() => void) | undefined;
  signal?: AbortSignal | undefined;
}>;

/** A capsule that was brought back. */
export type Recovered =
  & RecoveredCounts
  & Readonly<{
    id: string;
    /** Capsules that have a copy, and will hear of the new address. */
    followers: number;
  }>;

/**
 * Asks every copy that can be found, fetches log, contents and pictures, and makes the next identity record: a new signing key,
 * the new address, the head as its cut, in one transaction with the first checkpoint. Until then the database holds a copy and
 * no capsule of its own, so that a run that was killed, or that failed, goes on when it is run again. Throws RecoverProblem and
 * RecordProblem with plain sentences.
 */
export async function recoverCapsule(mesh: Mesh, recovery: Recovery): Promise<Recovered> {
  const { db } = mesh;
  const key = readRecoveryKey(recovery.phrase);
  refuseExisting(db);
  const found = await findCopies(mesh, key.id, recovery.from, recovery.signal);
  const best = chooseIdentity(found.copies);
  if (best === undefined) throw noCopy(key, found);
  if (isClosed(best.identity)) {
    throw new RecoverProblem(
      "closed",
      "This identity was closed with its recovery phrase: nothing can be published under it again.",
    );
  }
  const head = await chooseHead(best, found.copies, recovery.cut);
  const fetching = {
    head,
    sources: found.copies.map(({ source }) => source),
    onProgress: recovery.onProgress,
    signal: recovery.signal,
  };
  for (;;) {
    const log = await keepCopy(mesh, best, found.copies);
    const target = await fetchLog(mesh, { ...fetching, log });
    if (target !== "other") {
      return finish(mesh, { log, key, recovery, target, copies: found.copies });
    }
    dropCopy(db, log);
  }
}

function refuseExisting(db: Database): void {
  const own = findOwnCapsule(db);
  if (own === undefined) return;
  throw new RecoverProblem(
    "already_created",
    `There is a capsule in this database already (${
      own.name || own.id
    }). Bring yours back into a new one.`,
  );
}

function noCopy({ id }: RecoveryKey, { failures }: Found): RecoverProblem {
  const asked = [...failures].slice(0, 8).map(([address, code]) => `${address} (${code})`);
  return new RecoverProblem(
    "no_copy",
    `Nobody who was asked has a copy of the capsule of this phrase (${id}): ${asked.join(", ")}. ` +
      "Check the phrase and the address; every capsule that followed you has a copy.",
  );
}

/** The head to go on from: the only one, or the one the owner's cut points at. No length decides between two logs. */
async function chooseHead(
  best: FoundCopy,
  copies: readonly FoundCopy[],
  cut: number | undefined,
): Promise<Head> {
  const heads = listHeads(best.identity, copies);
  const tips = await findTips(heads, best.identity.newest.cutSize);
  const [only] = tips;
  if (only === undefined) {
    throw new RecoverProblem(
      "entries_missing",
      "The copies that were found show heads whose entries none of them gives. Name more capsules that followed you.",
    );
  }
  if (cut === undefined && tips.length > 1) {
    const branches = await Promise.all(tips.map(describeBranch));
    throw new RecoverProblem(
      "contradiction",
      "The copies contradict each other: the log was continued in more than one way. " +
        "Choose with the cut how many entries shall stay; the first address you name decides whose.",
      branches,
    );
  }
  if (cut === undefined) return only;
  // In the order in which the owner named the addresses.
  const named = copies.flatMap(({ source }) =>
    tips.filter(({ sources }) => sources.includes(source))
  );
  const chosen = [...named, ...tips].find(({ size }) => size >= cut);
  if (chosen !== undefined) return chosen;
  throw new RecoverProblem(
    "cut_range",
    `The cut is a number of entries: at most ${tips[0]?.size ?? 0}, found ${cut}.`,
  );
}

/** Keeps the copy as a mirror that nobody pulls, until it is whole. */
async function keepCopy(
  mesh: Mesh,
  best: FoundCopy,
  copies: readonly FoundCopy[],
): Promise<number> {
  const { db } = mesh;
  const { identity, notes } = best;
  const known = findCapsule(db, identity.capsuleId);
  if (known === undefined) {
    return db.transaction(() => {
      const log = insertMirror(db, {
        id: identity.capsuleId,
        records: toStoredRecords(identity, notes),
        address: identity.newest.address,
        isQuiet: true,
        nowMs: mesh.now(),
      });
      rest(db, log);
      return log;
    });
  }
  await acceptIdentity(mesh, known.log, notes, copies.map(({ source }) => source));
  rest(db, known.log);
  return known.log;
}

/** What an earlier run fetched is of a branch that the owner did not choose. */
function dropCopy(db: Database, log: number): void {
  updateMirror(db, log, { state: "leaving" });
  while (!deleteMirrorPart(db, log, DROPPED_AT_ONCE));
}

function rest(db: Database, log: number): void {
  const never = Number.MAX_SAFE_INTEGER;
  updateMirror(db, log, { state: "paused", nextPullAtMs: never, budgetBytes: never });
}

type Finish = Readonly<{
  log: number;
  key: RecoveryKey;
  recovery: Recovery;
  /** Size of the log that was fetched. */
  target: number;
  copies: readonly FoundCopy[];
}>;

/** The copy becomes the capsule: record, key, checkpoint, password and deliveries appear together or not at all. */
function finish(mesh: Mesh, { log, key, recovery, target, copies }: Finish): Recovered {
  const { db, now } = mesh;
  const { address, cut = target, phc, timeZone } = recovery;
  const holders = new Set(copies.map(({ holder }) => holder));
  holders.delete(key.id);
  db.transaction(() => {
    refuseExisting(db);
    const nowMs = now();
    const mirror = findLogMirror(db, log);
    const isWhole = mirror?.size === target && findCheckpoint(db, log)?.size === target;
    if (!isWhole || findNewestIdentityRecord(db, log) === undefined) {
      throw new RecoverProblem("stopped", "The copy changed meanwhile. Run it again: it goes on.");
    }
    const own = updateOwn(db, log, address);
    const record = { key, isOpen: true, cut, address, nowMs } as const;
    const { n } = storeNextRecord(db, own, record);
    if (phc !== undefined) savePassword(db, phc);
    if (timeZone !== undefined) saveSettings(db, { timeZone });
    for (const holder of holders) saveHolder(db, log, holder, nowMs);
    saveAllowed(db, nowMs, "recovered");
    tellFollowers(db, log, n, nowMs);
    recovery.onStored?.();
  });
  return { id: key.id, ...countRecovered(db, log), followers: holders.size };
}
