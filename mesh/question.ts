/** Asking one source about one log: paths, bounds, statuses (docs/protocol.md §12, §13). @module */
import type { Ask, Reply } from "./fetch.ts";
import { ProtocolError } from "./protocol/errors.ts";
import { fromHex32 } from "./protocol/hex.ts";
import { SourceProblem } from "./pull_problem.ts";
import { readRetryAfter } from "./schedule.ts";

/** One source and one log, as everything that asks about a log needs them. */
export type LogSource = Readonly<{
  ask: Ask;
  now: () => number;
  /** The source's origin. */
  address: string;
  /** The capsule whose log it is. */
  id: string;
  signal: AbortSignal | undefined;
}>;

/** A record that a source says it knows: its number and hash. */
export type ToldRecord = Readonly<{ n: number; hash: Uint8Array }>;

/** What is asked. */
export type LogQuestion = Readonly<{
  /** Behind `/mesh/1/{id}/`. */
  path: string;
  bytesMax: number;
  isFresh?: boolean;
}>;

/**
 * Asks about a log and answers a reply of status 200. Throws SourceProblem: "capsule_unknown", "undelivered" (the source does
 * not have that part), "busy" (429 and 503), "answer_status"; and AskProblem.
 */
export async function askLog(source: LogSource, question: LogQuestion): Promise<Reply> {
  const { ask, address, id, now, signal } = source;
  const { path, bytesMax, isFresh = false } = question;
  const url = `${address}/mesh/1/${id}/${path}`;
  const reply = await ask({ url, bytesMax, isFresh, ...(signal === undefined ? {} : { signal }) });
  if (reply.status !== 200) throw explainStatus(reply, now());
  return reply;
}

/** What a status other than 200 means for whoever asked. */
export function explainStatus(reply: Reply, nowMs: number): SourceProblem {
  const { status, url } = reply;
  const message = `Cannot use answer: status ${status} of ${url}`;
  const retryAfterMs = readRetryAfter(reply.headers.get("retry-after"), nowMs);
  if (status === 429 || status === 503) return new SourceProblem("busy", message, { retryAfterMs });
  if (status === 404) {
    const code = readErrorCode(reply);
    const isLog = code === "capsule_unknown" || code === "not_set_up";
    return new SourceProblem(isLog ? "capsule_unknown" : "undelivered", message);
  }
  if (status === 410 || status === 451) return new SourceProblem("undelivered", message);
  return new SourceProblem("answer_status", message, { retryAfterMs });
}

/** The `error` of a problem's JSON; "" when it is none. */
export function readErrorCode({ bytes }: Reply): string {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, 4_096)));
    return typeof found === "object" && found !== null && "error" in found &&
        typeof found.error === "string"
      ? found.error
      : "";
  } catch {
    // A proxy's page, or a program of another kind: the status alone speaks then.
    return "";
  }
}

/** Reads the header `Capsule-Record: <n> <hash>`; undefined when it is not there or malformed: it is only a hint. */
export function readToldRecord({ headers }: Reply): ToldRecord | undefined {
  const parts = /^(0|[1-9]\d?) ([0-9a-f]{64})$/.exec(headers.get("capsule-record") ?? "");
  if (parts === null) return undefined;
  return { n: Number(parts[1]), hash: fromHex32(parts[2] as string) };
}

/** Reads a JSON array of notes as `GET …/identity` answers it. Throws ProtocolError `identity_form`. */
export function readIdentityNotes({ bytes }: Reply): string[] {
  try {
    const found: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (Array.isArray(found) && found.every((note) => typeof note === "string")) return found;
  } catch {
    // Told below.
  }
  throw new ProtocolError("identity_form", "Cannot read identity: expected a JSON array of notes");
}

/**
 * Runs `get`, and once more past caches when what came breaks a rule: only an answer that is wrong twice is blamed on its source.
 */
export async function askTwice<T>(get: (isFresh: boolean) => Promise<T>): Promise<T> {
  try {
    return await get(false);
  } catch (error) {
    const isWrong = error instanceof ProtocolError ||
      error instanceof SourceProblem && error.isWrong;
    if (!isWrong) throw error;
    return await get(true);
  }
}
