/** Calls with a body: deliveries, and the questions for newer heads and carried items (docs/protocol.md §12.8 to §12.10). @module */
import type { Context } from "hono";
import { answerCarried } from "../mesh/carried.ts";
import { answerHeads } from "../mesh/heads.ts";
import { InboxProblem, type Outcome, receiveDelivery } from "../mesh/inbox.ts";
import { WELL_KNOWN_BYTES_MAX } from "../mesh/protocol/limits.ts";
import { decodeUtf8 } from "../mesh/protocol/text.ts";
import { isSpecialAddress, networkOf } from "../mesh/special_addresses.ts";
import { findOwnCapsule } from "../storage/capsules.ts";
import { deleteArrival, findArrivalWait, insertArrival } from "../storage/inbox_arrivals.ts";
import type { Deps, Env } from "./app.ts";
import { makeReadOnly, MeshProblem, send } from "./mesh_answers.ts";
import { decodeInput } from "./mesh_served.ts";
import { readHost } from "./network.ts";

/** A body that is not whole after this long is given up. */
const BODY_MS = 20_000;

/** A call: `/mesh/1/` and its name. */
export type InboxCall = "inbox" | "heads" | "carried";

/** Answers one of them. None looks at a session, and what they are told proves itself or changes nothing. */
export async function answerInboxCall(
  c: Context<Env>,
  deps: Deps,
  call: InboxCall,
): Promise<Response> {
  const arrival = countArrival(c, deps, call);
  const text = await readBody(c);
  if (call === "heads") return await answerQuestion(c, take(() => answerHeads(deps.db, text)));
  if (call === "carried") return await answerQuestion(c, take(() => answerCarried(text)));
  const host = readHost(c);
  const network = isSpecialAddress(host) ? "" : networkOf(host);
  const outcome = take(() => receiveDelivery(deps, text, network));
  c.header("Cache-Control", "no-store");
  if (outcome.outcome !== "fork" && outcome.isNews === true) deleteArrival(deps.db, arrival);
  if (outcome.outcome !== "fork") return c.json({ state: outcome.outcome }, 202);
  const message = "Two checkpoints under one key that cannot be of one log";
  return c.json({ error: "fork", message, proof: outcome.proof }, 409);
}

async function answerQuestion(c: Context<Env>, json: string): Promise<Response> {
  c.header("Cache-Control", "no-store");
  c.header("Content-Type", "application/json");
  return await send(c, new TextEncoder().encode(json));
}

/** Counts what comes from a network before anything of it is read. */
function countArrival(
  c: Context<Env>,
  { db, now }: Deps,
  call: InboxCall,
): number {
  if (db.isReadOnly) throw makeReadOnly();
  if (findOwnCapsule(db) === undefined) {
    throw new MeshProblem(404, "capsule_unknown", "No capsule here yet");
  }
  const network = `${call} ${networkOf(readHost(c))}`;
  const waitMs = findArrivalWait(db, network, now());
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1_000);
    throw new MeshProblem(429, "too_many", "Too many from your network in a minute", seconds);
  }
  return insertArrival(db, network, now());
}

/** Reads a JSON body as text: its type, then its length as it comes, then its bytes. */
async function readBody(c: Context<Env>): Promise<string> {
  const type = c.req.header("Content-Type") ?? "";
  const coding = c.req.header("Content-Encoding") ?? "identity";
  if (!/^application\/json\s*(?:;|$)/i.test(type) || coding !== "identity") {
    throw new MeshProblem(415, "body_type", "Expected application/json, not compressed");
  }
  const length = Number(c.req.header("Content-Length") ?? 0);
  if (length > WELL_KNOWN_BYTES_MAX) throw tooLong();
  const bytes = await readBytes(c.req.raw.body);
  return decodeInput(() => decodeUtf8(bytes));
}

async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  let isSlow = false;
  const timer = setTimeout(() => {
    isSlow = true;
    void reader.cancel();
  }, BODY_MS);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > WELL_KNOWN_BYTES_MAX) throw tooLong();
      parts.push(value);
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel();
  }
  if (isSlow) throw new MeshProblem(408, "body_slow", "The body did not come in 20 seconds");
  return concatenate(parts, length);
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tooLong(): MeshProblem {
  return new MeshProblem(413, "body_too_long", `At most ${WELL_KNOWN_BYTES_MAX} bytes`);
}

/** Runs what reads the body; what breaks the protocol there, or cannot be taken, is answered with its code. */
function take<T extends Outcome | string>(work: () => T): T {
  try {
    return decodeInput(work);
  } catch (error) {
    if (!(error instanceof InboxProblem)) throw error;
    const { code, message } = error;
    if (code === "too_many") throw new MeshProblem(429, code, message, 3_600);
    throw new MeshProblem(400, code, message);
  }
}
