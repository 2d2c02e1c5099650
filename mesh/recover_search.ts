/** Finding copies of a lost capsule: from the given addresses on, everybody they know of (docs/protocol.md §13.5). @module */
import { confirmAddress, ConfirmProblem } from "./confirm.ts";
import { AskProblem } from "./fetch.ts";
import type { Mesh } from "./mesh.ts";
import { isAddress } from "./protocol/address.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { compareIdentities, type Identity, verifyIdentityChain } from "./protocol/identity.ts";
import { JSON_BYTES_MAX, NOTE_BYTES_MAX, WELL_KNOWN_BYTES_MAX } from "./protocol/limits.ts";
import { decodeUtf8 } from "./protocol/text.ts";
import { failureOf, SourceProblem } from "./pull_problem.ts";
import { askLog, type LogSource, readIdentityNotes } from "./question.ts";
import { toLogSource } from "./sources.ts";
import { verifySignature } from "./verify_signature.ts";

/** Addresses asked in all. */
export const SEARCHED_MAX = 64;
const AT_ONCE = 8;
const MIRRORS_MAX = 8;

/** A capsule that has a copy. */
export type FoundCopy = Readonly<{
  /** Its own id; the lost capsule's own where that still answers. */
  holder: string;
  source: LogSource;
  identity: Identity;
  notes: readonly string[];
  /** Its checkpoint, not verified; absent while it has only a cut. */
  note: string | undefined;
}>;

/** What was found, and who was asked in vain. */
export type Found = Readonly<{
  copies: readonly FoundCopy[];
  /** Why an address has nothing, by address. */
  failures: ReadonlyMap<string, string>;
}>;

/** Asks the given addresses, and everybody whom those who have a copy know to have one too; 64 at most. */
export async function findCopies(
  mesh: Mesh,
  id: string,
  from: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Found> {
  const copies: FoundCopy[] = [];
  const failures = new Map<string, string>();
  const asked = new Set<string>();
  let waiting = [...new Set(from)];
  while (waiting.length > 0 && asked.size < SEARCHED_MAX && signal?.aborted !== true) {
    const now = waiting.splice(0, Math.min(AT_ONCE, SEARCHED_MAX - asked.size));
    for (const address of now) asked.add(address);
    const answers = await Promise.all(now.map((address) => askPlace(mesh, id, address, signal)));
    for (const [i, answer] of answers.entries()) {
      if (answer.copy !== undefined) copies.push(answer.copy);
      if (answer.failure !== undefined) failures.set(now[i] as string, answer.failure);
      waiting.push(...answer.others);
    }
    waiting = [...new Set(waiting)].filter((address) => !asked.has(address));
  }
  return { copies, failures };
}

/** The chain that wins among those found; the first one where two of equal length clash. */
export function chooseIdentity(copies: readonly FoundCopy[]): FoundCopy | undefined {
  let best: FoundCopy | undefined;
  for (const copy of copies) {
    const isBetter = best === undefined ||
      compareIdentities(best.identity, copy.identity) === "offered";
    if (isBetter) best = copy;
  }
  return best;
}

type Answer = Readonly<{ copy?: FoundCopy; failure?: string; others: string[] }>;

async function askPlace(
  mesh: Mesh,
  id: string,
  address: string,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const others: string[] = [];
  try {
    const options = { isOwnersAct: true, ...(signal === undefined ? {} : { signal }) };
    const page = await confirmAddress(mesh, address, options);
    others.push(...page.followers.map((follower) => follower.address));
    const source = toLogSource(mesh, id, { address: page.confirmedAddress }, signal);
    const reply = await askLog(source, { path: "identity", bytesMax: JSON_BYTES_MAX });
    const notes = readIdentityNotes(reply);
    const identity = verifyIdentityChain(notes, verifySignature);
    if (identity.capsuleId !== id) {
      throw new ProtocolError("identity_chain", "Cannot use identity: of another capsule");
    }
    const note = await askCheckpoint(source);
    others.push(...await askMirrors(source));
    return { copy: { holder: page.id, source, identity, notes, note }, others };
  } catch (error) {
    const failure = error instanceof ConfirmProblem ? error.code : failureOf(error)?.code;
    const isStopped = error instanceof AskProblem;
    if (failure === undefined && !isStopped) throw error;
    return { failure: failure ?? "stopped", others };
  }
}

async function askCheckpoint(source: LogSource): Promise<string | undefined> {
  try {
    const bytesMax = NOTE_BYTES_MAX;
    const reply = await askLog(source, { path: "checkpoint", bytesMax, isFresh: true });
    return decodeUtf8(reply.bytes);
  } catch (error) {
    if (error instanceof SourceProblem && error.code === "undelivered") return undefined;
    throw error;
  }
}

/** Who else has a copy; a hint, so what cannot be read says nothing. */
async function askMirrors(source: LogSource): Promise<string[]> {
  try {
    const bytesMax = WELL_KNOWN_BYTES_MAX;
    const { bytes } = await askLog(source, { path: "holdings", bytesMax });
    const found: unknown = JSON.parse(decodeUtf8(bytes));
    if (typeof found !== "object" || found === null || !("mirrors" in found)) return [];
    const mirrors: unknown[] = Array.isArray(found.mirrors) ? found.mirrors : [];
    return mirrors.slice(0, MIRRORS_MAX).flatMap((mirror) =>
      typeof mirror === "object" && mirror !== null && "address" in mirror &&
        typeof mirror.address === "string" && isAddress(mirror.address)
        ? [mirror.address]
        : []
    );
  } catch (error) {
    if (error instanceof SyntaxError || failureOf(error) !== undefined) return [];
    throw error;
  }
}
