/** The question for newer heads: one neighbour, many logs at once (docs/protocol.md §12.9). @module */
import { findCheckpoint } from "../storage/checkpoints.ts";
import type { Database } from "../storage/database.ts";
import { saveHolder } from "../storage/holders.ts";
import { updateMirror } from "../storage/mirrors.ts";
import {
  listNeighbours,
  listOpenHeads,
  type Neighbour,
  type OpenHead,
} from "../storage/neighbours.ts";
import { findOpenCapsule } from "../storage/open_capsules.ts";
import { findNewestIdentityRecord } from "../storage/identity_records.ts";
import { acceptIdentity } from "./accept_record.ts";
import { AskProblem } from "./fetch.ts";
import { findIdentity, listNotes } from "./identities.ts";
import { InboxProblem } from "./inbox_outcome.ts";
import type { Mesh } from "./mesh.ts";
import { decodeCapsuleId } from "./protocol/capsule_id.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { fromHex32, toHex } from "./protocol/hex.ts";
import { verifyHead } from "./protocol/identity.ts";
import { decodeJsonObject, isJsonObject, type Json } from "./protocol/json.ts";
import {
  countUtf8,
  decodeUtf8,
  equalBytes,
  fromBase64Hash,
  isInteger,
  toBase64,
} from "./protocol/text.ts";
import { jitter } from "./schedule.ts";
import { verifySignature } from "./verify_signature.ts";

/** Logs of one question. */
export const HEADS_MAX = 500;
/** Bytes of an answer. */
export const HEADS_BYTES_MAX: number = 1024 * 1024;

const DEPTH_MAX = 4;
const INTERVAL_MS = 5 * 60_000;
/** A neighbour has this long to deliver what it showed. */
const DELIVERED_MS = 60_000;
/** Logs of a question that the neighbour is not known to keep: this is how we find out. */
const OTHERS_MAX = 50;
const NEIGHBOURS_MAX = 32;
const SHOWN_MAX = 1_000;

/** One log as it is asked about. */
type AskedHead = Readonly<
  { id: string; record: number; hash: string; size: number; root: Uint8Array }
>;

/**
 * Answers with the identity and checkpoint of each log that is newer here, as JSON of at most 1 MiB; what is not openly kept
 * is left out like what is unknown. Throws InboxProblem `body_form` and ProtocolError.
 */
export function answerHeads(db: Database, text: string): string {
  const heads: string[] = [];
  let bytes = 0;
  for (const asked of decodeHeads(text)) {
    const newer = findNewer(db, asked);
    if (newer === undefined) continue;
    const row = JSON.stringify({ id: asked.id, ...newer });
    bytes += countUtf8(row) + 1;
    if (bytes > HEADS_BYTES_MAX - 64) break;
    heads.push(row);
  }
  return `{"heads":[${heads.join(",")}]}\n`;
}

function decodeHeads(text: string): AskedHead[] {
  const body = decodeJsonObject(text, DEPTH_MAX);
  const heads = body?.heads;
  if (!Array.isArray(heads) || heads.length > HEADS_MAX) {
    throw new InboxProblem("body_form", `Expected at most ${HEADS_MAX} heads`);
  }
  return heads.map(decodeHead);
}

function decodeHead(head: Json): AskedHead {
  if (!isJsonObject(head)) throw new InboxProblem("body_form", "Expected a head as an object");
  const { id, record, hash, size, root } = head;
  const bytes = typeof root === "string" ? fromBase64Hash(root) : undefined;
  const isHead = typeof id === "string" && isInteger(record) && typeof hash === "string" &&
    isInteger(size) && bytes !== undefined;
  if (!isHead) throw new InboxProblem("body_form", "Expected id, record, hash, size and root");
  decodeCapsuleId(id);
  fromHex32(hash);
  return { id, record, hash, size, root: bytes };
}

/** What is here and not there; undefined when nothing is. */
function findNewer(
  db: Database,
  asked: AskedHead,
): { identity?: string[]; checkpoint?: string } | undefined {
  const capsule = findOpenCapsule(db, asked.id);
  const newest = capsule && findNewestIdentityRecord(db, capsule.log);
  const head = capsule && findCheckpoint(db, capsule.log);
  if (capsule === undefined || newest === undefined || head === undefined) return undefined;
  const isOther = newest.n >= asked.record && toHex(newest.hash) !== asked.hash;
  const isLarger = head.size > asked.size ||
    (head.size === asked.size && !equalBytes(head.root, asked.root));
  const hasCheckpoint = head.note !== "" && (isLarger || isOther);
  if (!isOther && !hasCheckpoint) return undefined;
  return {
    ...(isOther ? { identity: listNotes(db, capsule.log) } : {}),
    ...(hasCheckpoint ? { checkpoint: head.note } : {}),
  };
}

type Shown = Readonly<{ peer: string; log: number; size: number; atMs: number }>;
type State = { nextAtMs: number; shown: Shown[]; debts: Map<string, number> };

/** What a connection remembers of its neighbours until the program ends. */
const states = new WeakMap<Database, State>();

/** Asks one neighbour, now and then, what is newer of the logs that both keep; what it proves to be newer is pulled. */
export async function runHeads(mesh: Mesh, signal: AbortSignal): Promise<number> {
  const { db, now, random } = mesh;
  const nowMs = now();
  const state = states.get(db) ??
    { nextAtMs: nowMs + jitter(INTERVAL_MS / 2, random()), shown: [], debts: new Map() };
  states.set(db, state);
  if (nowMs < state.nextAtMs) return state.nextAtMs - nowMs;
  state.nextAtMs = nowMs + jitter(INTERVAL_MS, random());
  judgeShown(db, state, nowMs);
  const neighbour = chooseNeighbour(mesh, state);
  if (neighbour !== undefined) await askNeighbour(mesh, state, neighbour, signal);
  return Math.max(0, state.nextAtMs - now());
}

/** Whoever showed a head and did not deliver it is asked less; whoever did is asked as before. */
function judgeShown(db: Database, state: State, nowMs: number): void {
  const waiting: Shown[] = [];
  for (const shown of state.shown) {
    if (nowMs - shown.atMs < DELIVERED_MS) {
      waiting.push(shown);
      continue;
    }
    const isThere = (findCheckpoint(db, shown.log)?.size ?? 0) >= shown.size;
    const debt = state.debts.get(shown.peer) ?? 0;
    if (isThere) state.debts.set(shown.peer, Math.floor(debt / 2));
    else state.debts.set(shown.peer, debt + 1);
  }
  state.shown = waiting;
  if (state.debts.size > SHOWN_MAX) state.debts.clear();
}

function chooseNeighbour({ db, random }: Mesh, state: State): Neighbour | undefined {
  return listNeighbours(db, NEIGHBOURS_MAX)
    .find(({ id }) => random() < 1 / (1 + (state.debts.get(id) ?? 0)));
}

async function askNeighbour(
  mesh: Mesh,
  state: State,
  neighbour: Neighbour,
  signal: AbortSignal,
): Promise<void> {
  const { db, ask } = mesh;
  const heads = [
    ...listOpenHeads(db, neighbour.id, true, HEADS_MAX - OTHERS_MAX),
    ...listOpenHeads(db, neighbour.id, false, OTHERS_MAX),
  ];
  if (heads.length === 0) return;
  const body = JSON.stringify({
    heads: heads.map(({ id, record, hash, size, root }) => ({
      id,
      record,
      hash,
      size,
      root: toBase64(root),
    })),
  });
  const url = `${neighbour.address}/mesh/1/heads`;
  try {
    const reply = await ask({ url, method: "POST", body, bytesMax: HEADS_BYTES_MAX, signal });
    if (reply.status === 200) {
      await takeAnswer(mesh, state, neighbour, { heads, text: decodeUtf8(reply.bytes), signal });
    }
  } catch (error) {
    if (!(error instanceof AskProblem || error instanceof ProtocolError)) throw error;
    state.debts.set(neighbour.id, (state.debts.get(neighbour.id) ?? 0) + 1);
  }
}

/** Takes what verifies: a chain that wins is accepted, a log with a larger checkpoint is due now. Throws ProtocolError. */
async function takeAnswer(
  mesh: Mesh,
  state: State,
  neighbour: Neighbour,
  answer: Readonly<{ heads: readonly OpenHead[]; text: string; signal: AbortSignal }>,
): Promise<void> {
  const { db, now, ask } = mesh;
  const asked = new Map(answer.heads.map((head) => [head.id, head]));
  const found = decodeJsonObject(answer.text, DEPTH_MAX)?.heads;
  if (!Array.isArray(found)) return;
  for (const one of found.slice(0, HEADS_MAX)) {
    const head = isJsonObject(one) && typeof one.id === "string" ? asked.get(one.id) : undefined;
    if (!isJsonObject(one) || head === undefined) continue;
    const { log, id } = head;
    asked.delete(id);
    const { identity, checkpoint } = one;
    if (Array.isArray(identity) && identity.every((note) => typeof note === "string")) {
      const source = { ask, now, address: neighbour.address, id, signal: answer.signal };
      await acceptIdentity(mesh, log, identity as string[], [source]);
    }
    const known = findIdentity(db, log);
    if (known === undefined || typeof checkpoint !== "string") continue;
    const { size, root } = verifyHead(known, checkpoint, verifySignature);
    saveHolder(db, log, neighbour.id, now());
    const held = findCheckpoint(db, log);
    const isSame = held !== undefined && size === held.size && equalBytes(root, held.root);
    if (held === undefined || size < held.size || isSame) continue;
    updateMirror(db, log, { nextPullAtMs: now() });
    state.shown.push({ peer: neighbour.id, log, size, atMs: now() });
  }
  state.shown.splice(0, Math.max(0, state.shown.length - SHOWN_MAX));
}
