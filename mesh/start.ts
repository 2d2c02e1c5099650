/** The start rules: who runs, and what followers know, before anything is signed (docs/protocol.md §13.4). @module */
import { findOwnCapsule, type OwnCapsule } from "../storage/capsules.ts";
import { findCheckpoint } from "../storage/checkpoints.ts";
import { findSigning, saveSigning, type SigningOutcome } from "../storage/signing.ts";
import { compareOwnHead, recordFork } from "./fork.ts";
import type { Mesh } from "./mesh.ts";
import { askFollowers, askOwnAddress, type HeadAnswer } from "./own_head.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { allowSigning } from "./signing.ts";
import { beginStart, findSettled, hasGaps } from "./start_state.ts";

/** How long followers are waited for. */
const ANSWERS_MS = 20_000;

/**
 * Runs the start rules (docs/protocol.md §13.4) and saves what they found: another running copy at our address; what up to 20
 * followers have of our log, waited for 20 seconds; a newer log is fetched before anything is signed. After "allowed" this
 * connection may sign, and so may every other one while a `serve` of this start holds the lease.
 */
export async function checkStart(mesh: Mesh, signal?: AbortSignal): Promise<SigningOutcome> {
  const { db, startId, now } = mesh;
  const begun = beginStart(db, startId, now());
  const { detail = "" } = findSigning(db) ?? {};
  const own = findOwnCapsule(db);
  const found = own === undefined || begun !== "checking"
    ? { outcome: begun, detail: "" }
    : await ask(mesh, own, detail, signal);
  const outcome = db.transaction(() => {
    const stored = findSigning(db);
    // What was told meanwhile counts more than what was asked before.
    const isOvertaken = stored?.outcome !== begun || stored.start !== startId;
    if (isOvertaken && begun === "checking") return stored?.outcome ?? "checking";
    saveSigning(db, { start: startId, ...found, atMs: now() });
    return found.outcome;
  });
  if (outcome === "allowed") allowSigning(db);
  mesh.log({
    level: outcome === "allowed" ? "info" : "warning",
    message: outcome === "allowed"
      ? "Posts can be published."
      : 'Nothing can be published now; the studio and "capsule status" say why.',
    fields: { outcome },
  });
  return outcome;
}

type Found = Readonly<{ outcome: SigningOutcome; detail: string }>;

async function ask(
  mesh: Mesh,
  own: OwnCapsule,
  remembered: string,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const { db } = mesh;
  const deadline = AbortSignal.timeout(ANSWERS_MS);
  const waiting = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const [atAddress, answers] = await Promise.all([
    askOwnAddress(mesh, own, waiting),
    askFollowers(mesh, own, waiting),
  ]);
  if (atAddress !== undefined) return { outcome: "another_copy", detail: atAddress };
  for (const { notes } of answers) {
    if (notes !== undefined) await acceptQuietly(mesh, own.log, notes);
  }
  const settled = findSettled(db, own);
  if (settled !== undefined) return { outcome: settled, detail: "" };
  const heads = answers.flatMap(({ head }) => head ?? []);
  if (remembered.includes("\n")) heads.push(remembered);
  const newest = compareHeads(mesh, own, heads);
  if (newest === "forked") return { outcome: "forked", detail: "" };
  const isBehind = newest !== undefined || hasGaps(db, own);
  if (isBehind) return await adopt(mesh, own, heads, { answers, newest, signal });
  // One that never showed that it is there may be anybody's invention.
  const isAlone = answers.some(({ isConfirmed }) => isConfirmed) &&
    answers.every(({ isAnswered }) => !isAnswered);
  return { outcome: isAlone ? "nobody" : "allowed", detail: "" };
}

/** A chain that is none, or of somebody else, is no reason to stop. */
async function acceptQuietly(mesh: Mesh, log: number, notes: readonly string[]): Promise<void> {
  const { acceptIdentity } = await import("./accept_record.ts");
  try {
    const accepted = await acceptIdentity(mesh, log, notes, []);
    if (accepted !== "clash") return;
    mesh.log({
      level: "warning",
      message: "Your recovery phrase was used for another new key elsewhere; this one goes on.",
    });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

/** Compares heads with our own log: the largest newer one, "forked", or undefined when we have all of them. */
function compareHeads(
  mesh: Mesh,
  { log }: OwnCapsule,
  heads: readonly string[],
): string | "forked" | undefined {
  let newest: { note: string; size: number } | undefined;
  for (const note of heads) {
    try {
      const met = compareOwnHead(mesh.db, note);
      if (met.outcome === "fork") {
        recordFork(mesh, log, met.proof);
        return "forked";
      }
      if (met.outcome === "newer" && met.size > (newest?.size ?? 0)) newest = { ...met, note };
    } catch (error) {
      // Void under our newest record: says nothing.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
  return newest?.note;
}

/** Fetches what is missing from those who have it, the largest head first, and says what then is the case. */
async function adopt(
  mesh: Mesh,
  own: OwnCapsule,
  heads: readonly string[],
  { answers, newest, signal }: Readonly<{
    answers: readonly HeadAnswer[];
    /** Absent when the head is ours already, and entries below it are not. */
    newest: string | undefined;
    signal: AbortSignal | undefined;
  }>,
): Promise<Found> {
  const { db } = mesh;
  const before = findCheckpoint(db, own.log)?.size ?? 0;
  const sources = answers
    .map(({ id, address, head }) => ({ id, address, isOrigin: false, size: readSize(head) }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size);
  const { pullLog } = await import("./pull.ts");
  await pullLog(mesh, own.log, { sources, signal });
  const settled = findSettled(db, own);
  if (settled !== undefined) return { outcome: settled, detail: "" };
  const left = compareHeads(mesh, own, heads);
  if (left === "forked") return { outcome: "forked", detail: "" };
  if (left !== undefined || hasGaps(db, own)) {
    return { outcome: "undelivered", detail: left ?? newest ?? "" };
  }
  const after = findCheckpoint(db, own.log)?.size ?? 0;
  mesh.log({
    level: "warning",
    message: "Newer entries of your own were fetched from your followers.",
    fields: { entries: after - before },
  });
  return { outcome: "allowed", detail: "" };
}

/** The size that a checkpoint claims; only the order of asking comes from it. */
function readSize(head: string | undefined): number {
  const line = head?.split("\n")[1] ?? "";
  return /^\d{1,15}$/.test(line) ? Number(line) : 0;
}
