/** Closing an identity: the only answer to a stolen phrase (docs/protocol.md §5.6). @module */
import { type MadeRecord, needOwn, needRecoveryKey, storeNextRecord } from "./next_record.ts";
import type { Publisher } from "./publisher.ts";
import { stopSigning } from "./signing.ts";
import { tellFollowers } from "./tell_followers.ts";

/**
 * Closes the own identity at the end of its log: all that was said stays, and nothing can ever be signed under it again, by
 * nobody. Throws RecordProblem with a plain sentence.
 */
export function closeIdentity(
  { db, now }: Publisher,
  { phrase }: Readonly<{ phrase: string }>,
): MadeRecord {
  const own = needOwn(db);
  const key = needRecoveryKey(phrase, own.id);
  const nowMs = now();
  return db.transaction(() => {
    const made = storeNextRecord(db, own, { key, isOpen: false, nowMs });
    stopSigning(db, "closed", "", nowMs);
    tellFollowers(db, own.log, made.n, nowMs);
    return made;
  });
}
