/** A new signing key in place of one that was lost or stolen (docs/protocol.md §5.5). @module */
import { findSigning } from "../storage/signing.ts";
import { type MadeRecord, needOwn, needRecoveryKey, storeNextRecord } from "./next_record.ts";
import type { Publisher } from "./publisher.ts";
import { RecordProblem } from "./record_problem.ts";
import { saveAllowed } from "./signing.ts";
import { tellFollowers } from "./tell_followers.ts";

/** A rotation: the phrase, and where to cut. */
export type Rotation = Readonly<{
  /** The recovery phrase as typed. */
  phrase: string;
  /** Entries that stay; those from this index on are set aside. The whole log when absent. */
  cut?: number | undefined;
}>;

/**
 * Makes the next identity record with a new signing key: what the old key signed at or above the cut counts no more, here and
 * wherever the record arrives. Record, key, checkpoint and the deliveries to followers are one transaction. Throws RecordProblem
 * with a plain sentence: a wrong phrase, a closed identity, a cut outside the log, or, without a cut, a newer log at a follower.
 */
export function rotateKey({ db, now }: Publisher, { phrase, cut }: Rotation): MadeRecord {
  const own = needOwn(db);
  const key = needRecoveryKey(phrase, own.id);
  const nowMs = now();
  return db.transaction(() => {
    const outcome = findSigning(db)?.outcome;
    if (cut === undefined && (outcome === "behind" || outcome === "undelivered")) {
      throw new RecordProblem(
        "newer_head",
        "A follower knows newer entries than this database. Say with the cut how many entries shall stay.",
      );
    }
    const made = storeNextRecord(db, own, { key, isOpen: true, cut, nowMs });
    saveAllowed(db, nowMs, "rotated");
    tellFollowers(db, own.log, made.n, nowMs);
    return made;
  });
}
