/** Which heads there are of a lost capsule, and whether they are of one log (docs/protocol.md §13.5). @module */
import { decodeContent } from "./protocol/content.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { type Identity, verifyHead } from "./protocol/identity.ts";
import { JSON_BYTES_MAX } from "./protocol/limits.ts";
import { verifyProofDocument } from "./protocol/proof_document.ts";
import { decodeUtf8, equalBytes } from "./protocol/text.ts";
import { failureOf } from "./pull_problem.ts";
import { askLog, type LogSource } from "./question.ts";
import type { Branch } from "./recover_problem.ts";
import type { FoundCopy } from "./recover_search.ts";
import { makeAskTile, proveTarget, type Target } from "./target.ts";
import { verifySignature } from "./verify_signature.ts";

/** Pieces of a branch that the owner is shown. */
const SHOWN_PIECES = 3;
const WORDS_MAX = 80;

/** A head that stands, and the copies that showed it. */
export type Head = Target & Readonly<{ note: string; sources: readonly LogSource[] }>;

/**
 * Lists the heads under the chosen identity, the largest first: valid checkpoints, and the newest record's cut. A copy under an
 * older record has none of its own; it may still deliver what is below the cut.
 */
export function listHeads(identity: Identity, copies: readonly FoundCopy[]): Head[] {
  const { cutSize, cutRoot } = identity.newest;
  const heads: (Head & { sources: LogSource[] })[] = [];
  const add = (target: Target, note: string, source: LogSource) => {
    const known = heads.find(({ size, root }) =>
      size === target.size && equalBytes(root, target.root)
    );
    if (known === undefined) heads.push({ ...target, note, sources: [source] });
    else known.sources.push(source);
  };
  for (const { source, note } of copies) {
    add({ size: cutSize, root: cutRoot }, "", source);
    if (note === undefined) continue;
    try {
      const { size, root } = verifyHead(identity, note, verifySignature);
      if (size > cutSize) add({ size, root }, note, source);
    } catch (error) {
      // Void under the newest record.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  return heads.sort((a, b) => b.size - a.size);
}

/**
 * Finds the heads that no other one extends: one, when all are of one log. A head whose tree nobody delivers is left out; so
 * is one that does not extend the cut.
 */
export async function findTips(heads: readonly Head[], cutSize: number): Promise<Head[]> {
  const tips: Head[] = [];
  for (const head of heads) {
    const isCut = head.size === cutSize && head.note === "";
    let isCovered = false;
    for (const tip of [...tips]) {
      const relation = await relate(head, tip);
      isCovered = relation === "extends";
      if (isCovered) break;
      // Every valid checkpoint extends the cut: one that does not is void.
      const isOut = relation === "undelivered" || isCut;
      if (isOut) tips.splice(tips.indexOf(tip), 1);
    }
    if (!isCovered) tips.push(head);
  }
  return tips;
}

async function relate(smaller: Head, larger: Head): Promise<"extends" | "differs" | "undelivered"> {
  for (const source of larger.sources) {
    try {
      return (await proveTarget(smaller, larger, makeAskTile(source))).outcome;
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
    }
  }
  return "undelivered";
}

/** Describes a head in words that its author recognises; each piece is checked by its proof document. */
export async function describeBranch({ size, sources }: Head): Promise<Branch> {
  const newest: Branch["newest"][number][] = [];
  for (let index = size - 1; index >= 0 && index >= size - SHOWN_PIECES; index--) {
    const piece = await describePiece(sources, index);
    if (piece !== undefined) newest.push(piece);
  }
  return { size, addresses: sources.map(({ address }) => address), newest };
}

async function describePiece(
  sources: readonly LogSource[],
  index: number,
): Promise<Branch["newest"][number] | undefined> {
  for (const source of sources) {
    try {
      const path = `proof/${index}`;
      const { bytes } = await askLog(source, { path, bytesMax: JSON_BYTES_MAX });
      const found = verifyProofDocument(decodeUtf8(bytes), undefined, verifySignature);
      if (found.outcome === "invalid" || found.proved.entry.index !== index) continue;
      const { time, kind, capsuleId } = found.proved.entry;
      if (capsuleId !== source.id) continue;
      const content = decodeContent(found.proved.content, kind, capsuleId);
      const whole = content === undefined
        ? ""
        : "title" in content
        ? content.title
        : "text" in content
        ? content.text
        : "";
      const words = Array.from(whole.replaceAll(/[\s\p{Cc}]+/gu, " ").trim());
      return { index, time, kind, words: words.slice(0, WORDS_MAX).join("") };
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
    }
  }
  return undefined;
}
