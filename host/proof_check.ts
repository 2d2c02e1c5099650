/** One saved proof document, checked off-line and told in words. @module */
import { decodeContent } from "../mesh/protocol/content.ts";
import { toHex } from "../mesh/protocol/hex.ts";
import { type Identity, verifyIdentityChain } from "../mesh/protocol/identity.ts";
import {
  type ProofOutcome,
  type Proved,
  verifyProofDocument,
} from "../mesh/protocol/proof_document.ts";
import { verifySignature } from "../mesh/verify_signature.ts";
import { findCapsule } from "../storage/capsules.ts";
import { DatabaseProblem, openDatabase } from "../storage/database.ts";
import { listIdentityRecords } from "../storage/identity_records.ts";

/** What is told of a document: for programs, and for people. */
export type ToldProof = Readonly<{ isGood: boolean; value: Record<string, unknown>; text: string }>;

/** Checks a document; a database that knows its capsule also says whether it still stands. */
export function checkProof(text: string, dataPath: string): ToldProof {
  const alone = verifyProofDocument(text, undefined, verifySignature);
  if (alone.outcome === "invalid") return tell(alone, false);
  const known = findKnownIdentity(dataPath, alone.proved.identity.capsuleId);
  if (known === undefined) return tell(alone, false);
  return tell(verifyProofDocument(text, known, verifySignature), true);
}

/** The identity that the database holds; the check needs none, so a database that cannot be read is no trouble. */
function findKnownIdentity(dataPath: string, capsuleId: string): Identity | undefined {
  try {
    using db = openDatabase(dataPath, { mustExist: true });
    const capsule = findCapsule(db, capsuleId);
    if (capsule === undefined) return undefined;
    const notes = listIdentityRecords(db, capsule.log).map(({ note }) => note);
    return notes.length === 0 ? undefined : verifyIdentityChain(notes, verifySignature);
  } catch (error) {
    if (error instanceof DatabaseProblem || error instanceof Deno.errors.NotCapable) {
      return undefined;
    }
    throw error;
  }
}

function tell(found: ProofOutcome, isKnown: boolean): ToldProof {
  if (found.outcome === "invalid") {
    const { code, message } = found;
    return {
      isGood: false,
      value: { ok: false, outcome: "invalid", code, message },
      text: `Invalid: this document proves nothing (${code}: ${message}).`,
    };
  }
  const { proved, record, outcome } = found;
  const { entry, identity } = proved;
  const shown = readShown(proved);
  const value = {
    ok: outcome !== "disowned",
    outcome,
    capsule: identity.capsuleId,
    ...(identity.newest.address === null ? {} : { address: identity.newest.address }),
    index: entry.index,
    hash: toHex(proved.entryHash),
    kind: entry.kind,
    time: entry.time,
    record,
    known: isKnown,
    ...shown,
  };
  const body = shown.title === undefined ? shown.text : `${shown.title}\n\n${shown.text}`;
  const lines = [
    sentence(outcome, record, isKnown),
    `capsule   ${identity.capsuleId}`,
    `address   ${identity.newest.address ?? "none"}`,
    `entry     ${entry.index} (${entry.kind}), ${value.hash}`,
    `signed    ${entry.time}`,
    ...(shown.publishedAt === undefined ? [] : [`dated     ${shown.publishedAt}`]),
    ...(body === undefined ? [] : ["", body]),
  ];
  return { isGood: value.ok, value, text: lines.join("\n") };
}

function sentence(
  outcome: "valid" | "as_of" | "disowned",
  record: number,
  isKnown: boolean,
): string {
  switch (outcome) {
    case "valid":
      return isKnown
        ? "Valid: the author's capsule, as this database knows it, stands by this."
        : "Valid: the document proves itself. No database here knows the capsule: a later word of its author would not be seen.";
    case "as_of":
      return `Valid as of identity record ${record}: the author has changed keys since and stands by this entry; ask the capsule for a fresh document.`;
    case "disowned":
      return "Disowned: the signature is right, but the author has since declared this entry not theirs.";
  }
}

type Shown = { publishedAt?: string; title?: string; text?: string };

/** The words of a post, an article or a correction. */
function readShown({ entry, content }: Proved): Shown {
  const decoded = decodeContent(content, entry.kind);
  if (decoded === undefined) return {};
  return {
    ...("publishedAt" in decoded ? { publishedAt: decoded.publishedAt } : {}),
    ...("title" in decoded && decoded.title !== undefined ? { title: decoded.title } : {}),
    ...("text" in decoded && decoded.text !== undefined ? { text: decoded.text } : {}),
    ...("markdown" in decoded && decoded.markdown !== undefined ? { text: decoded.markdown } : {}),
  };
}
