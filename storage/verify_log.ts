/** Verifies one log: identity, checkpoint, entries, contents, tree and tiles. @module */
import {
  hashIdentityRecord,
  type Identity,
  verifyHead,
  verifyIdentityChain,
} from "../mesh/protocol/identity.ts";
import { TILE_WIDTH } from "../mesh/protocol/limits.ts";
import { decodeNote } from "../mesh/protocol/note.ts";
import { equalBytes } from "../mesh/protocol/text.ts";
import { EMPTY_ROOT } from "../mesh/protocol/tree.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { listEntries } from "./entries.ts";
import { listIdentityRecords } from "./identity_records.ts";
import { findSigningKey, isWholeKey } from "./keys.ts";
import { findSigning } from "./signing.ts";
import { verifyEntries } from "./verify_entries.ts";
import { findGaps, verifyBeside, verifyPart } from "./verify_mirrors.ts";
import type { VerifiedLog } from "./verify_report.ts";
import type { ShownVerifier } from "./verify_shown.ts";
import { TreeVerifier } from "./verify_tree.ts";

/** Verifies a log from its identity to its newest content and, when `shown` is given, what is shown of it. */
export function verifyLog(verified: VerifiedLog, shown: ShownVerifier | undefined): void {
  const { db, log, report } = verified;
  const gaps = findGaps(verified);
  if (gaps.isLeaving) return;
  verifyIdentity(verified);
  verifyBeside(verified);
  if (gaps.missing.length > 0 || !gaps.isConfirmed) return verifyPart(verified, gaps, shown);
  const checkpoint = findCheckpoint(db, log);
  if (checkpoint === undefined) return report.add(`Log ${log} has no checkpoint`);
  const { size, root } = checkpoint;
  const tree = new TreeVerifier(verified);
  for (let from = 0; from < size && !report.isFull; from += TILE_WIDTH) {
    const to = Math.min(from + TILE_WIDTH, size);
    const leaves = verifyEntries(verified, from, to);
    if (leaves === undefined) return;
    tree.extend(leaves);
    shown?.verifyRun(from, to);
    const count = leaves.length / 32;
    report.advance(count);
    if (count < to - from) {
      return report.add(`Log ${log}: expected ${size} entries, found ${from + count}`);
    }
  }
  if (report.isFull) return;
  tree.finish(size, root);
  shown?.finish();
  const beyond = listEntries(db, log, size, 1);
  report.check(beyond.length === 0, `Log ${log} has entries above its checkpoint`);
}

function verifyIdentity({ db, log, capsuleId, isOwn, verify, report }: VerifiedLog): void {
  const records = listIdentityRecords(db, log);
  const identity = verifyIdentityChain(records.map(({ note }) => note), verify);
  report.check(identity.capsuleId === capsuleId, `Log ${log}: its identity is of another capsule`);
  for (const [i, { n, hash, note }] of records.entries()) {
    report.check(n === i, `Log ${log}: identity record ${i} is stored as ${n}`);
    const expected = hashIdentityRecord(decodeNote(note).text);
    report.check(equalBytes(hash, expected), `Log ${log}: hash of identity record ${n}`);
  }
  const checkpoint = findCheckpoint(db, log);
  if (checkpoint === undefined) return;
  const head = checkpoint.note === ""
    ? findBareHead(identity, checkpoint.size)
    : verifyHead(identity, checkpoint.note, verify);
  const isSame = head.size === checkpoint.size && equalBytes(head.root, checkpoint.root);
  report.check(isSame, `Log ${log}: the checkpoint's row is not what was signed`);
  const key = identity.newest.signingKey;
  const stored = findSigningKey(db, log);
  report.check(isOwn || stored === undefined, `Log ${log}: a key to sign somebody else's log`);
  if (!isOwn || key === null) return;
  // A copy whose capsule was taken up elsewhere keeps a key that counts no more, and signs nothing with it.
  const isRetired = findSigning(db)?.outcome === "superseded";
  const isKey = stored !== undefined && isWholeKey(stored) &&
    (isRetired || equalBytes(stored.publicKey, key));
  report.check(isKey, `Log ${log}: the signing key is not the one its identity names`);
}

/** A head without a checkpoint is the newest record's cut, which the recovery key signed, or nothing yet. */
function findBareHead(
  { newest: { cutSize, cutRoot } }: Identity,
  size: number,
): Readonly<{ size: number; root: Uint8Array }> {
  return size === 0 ? { size, root: EMPTY_ROOT } : { size: cutSize, root: cutRoot };
}
