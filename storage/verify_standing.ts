/** Verifies what single entries of a log decided: who the author is, where the capsule is, what is withdrawn. @module */
import { decodeContent, WITHDRAWABLE_KINDS } from "../mesh/protocol/content.ts";
import { decodeIdentityRecord } from "../mesh/protocol/identity.ts";
import { decodeNote } from "../mesh/protocol/note.ts";
import { findLogCapsule } from "./capsules.ts";
import { findNewestIdentityRecord } from "./identity_records.ts";
import { findProfileRow, makeProfileRow } from "./profiles.ts";
import { findCheckpoint } from "./checkpoints.ts";
import { listContents } from "./verify_contents.ts";
import type { VerifiedLog } from "./verify_report.ts";

/** Compares profile, address, withdrawals and revisions with the entries that say them. */
export function verifyStanding(verified: VerifiedLog): void {
  verifyProfile(verified);
  verifyAddress(verified);
  verifyWithdrawals(verified);
  verifyRevisions(verified);
}

function verifyProfile({ db, log, report, ...rest }: VerifiedLog): void {
  const row = findProfileRow(db, log);
  let expected: string | undefined;
  for (const { index, content } of listContents({ db, log, report, ...rest }, ["profile"])) {
    if (content.kind === "profile") expected = JSON.stringify(makeProfileRow(index, content));
  }
  const found = row === undefined ? undefined : JSON.stringify(row);
  report.check(found === expected, `Log ${log}: the profile shown is not the newest one`);
}

/** The last address after the newest record's cut, else the record's (docs/protocol.md §5.8). */
function verifyAddress(verified: VerifiedLog): void {
  const { db, log, isOwn, report } = verified;
  const record = findNewestIdentityRecord(db, log);
  if (record === undefined) return;
  const { address, cutSize } = decodeIdentityRecord(decodeNote(record.note).text);
  let expected = address;
  for (const { index, content } of listContents(verified, ["address"])) {
    if (content.kind === "address" && index >= cutSize) expected = content.address;
  }
  const missing = db.prepare("select 1 from missing_entries where log = ? and to_n > ? limit 1")
    .get(log, cutSize);
  // Until every entry after the cut is here, what was in force stays; without any, where it was found.
  const isEmpty = findCheckpoint(db, log)?.size === 0;
  if (missing !== undefined || !isOwn && (expected === null || isEmpty)) return;
  const found = findLogCapsule(db, log)?.address;
  report.check(found === expected, `Log ${log}: the address in force is another`);
}

function verifyWithdrawals(verified: VerifiedLog): void {
  const { db, log, report } = verified;
  const targets = new Map<number, number>();
  const findKept = db.prepare(
    `select e.kind from contents c join entries e on e.log = c.log and e.n = c.n
     where c.log = ? and c.n = ? and c.state = 'held'`,
  );
  for (const { index, content } of listContents(verified, ["withdraw"])) {
    if (content.kind !== "withdraw" || content.withdraws >= index) continue;
    targets.set(index, content.withdraws);
    const kept = findKept.get(log, content.withdraws) as { kind: string } | undefined;
    const isKept = kept !== undefined && WITHDRAWABLE_KINDS.includes(kept.kind);
    report.check(!isKept, `Log ${log}, entry ${content.withdraws}: withdrawn and still there`);
  }
  const find = db.prepare("select 1 from withdrawals where log = ? and target_n = ? and n = ?");
  for (const [index, target] of targets) {
    const isKnown = find.get(log, target, index) !== undefined;
    report.check(isKnown, `Log ${log}, entry ${index}: what it withdraws is not recorded`);
  }
  const { n: known } = db.prepare("select count(*) as n from withdrawals where log = ?")
    .get(log) as { n: number };
  report.check(known === targets.size, `Log ${log}: withdrawals that nobody wrote`);
  const gone = db.prepare(
    `select c.n, c.by_n as "by", c.bytes, e.kind from contents c
     join entries e on e.log = c.log and e.n = c.n where c.log = ? and c.state in ('withdrawn', 'erased') order by c.n`,
  ).iterate(log) as Iterable<{ n: number; by: number; bytes: Uint8Array | null; kind: string }>;
  for (const { n, by, bytes, kind } of gone) {
    const target = targets.get(by);
    const content = bytes === null ? undefined : decodeContent(bytes, kind, verified.capsuleId);
    // An erased revision no longer says what it revised.
    const isRevision = kind === "revise" && target !== undefined &&
      (bytes === null || content?.kind === "revise" && content.revises === target);
    report.check(target === n || isRevision, `Log ${log}, entry ${n}: withdrawn by nothing`);
  }
}

/** A revised piece shows its newest revision. */
function verifyRevisions({ db, log, report }: VerifiedLog): void {
  const wrong = db.prepare(
    `select r.n from (select n, kind, count(*) as revisions, max(revision_n) as newest from revisions
     where log = ? group by n, kind) r join pieces p on p.log = ? and p.n = r.n and p.kind = r.kind
     where p.text_n is not r.newest or p.revisions is not r.revisions limit 10`,
  ).all(log, log) as { n: number }[];
  for (const { n } of wrong) report.add(`Log ${log}, entry ${n}: not its newest revision is shown`);
}
