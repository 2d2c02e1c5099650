/** Asking an authority: its directory, nonces, and signed requests. @module */
import { isIP } from "node:net";
import { AskProblem, type AskTrusted, type Reply } from "../../mesh/fetch.ts";
import { isLoopbackHost } from "../address.ts";
import { type Directory, readDirectory } from "./directory.ts";
import { signRequest } from "./jws.ts";
import type { SigningPair } from "./keys.ts";
import { AcmeProblem, readProblem } from "./problem.ts";
import { readRetryAfter } from "./retry_after.ts";

/** What a connection works with. */
export type ConnectionParts = Readonly<{
  ask: AskTrusted;
  now: () => number;
  /** Ends whatever is being asked; it fails with code "stopped" then. */
  signal?: AbortSignal;
  /** Comes back after so many milliseconds, or throws when it is told to stop. */
  wait: (ms: number) => Promise<void>;
}>;

/** A whole answer to a signed request. */
export type AcmeReply = Readonly<{
  /** The body as JSON; undefined where it is none. */
  value: unknown;
  text: string;
  /** Header Location. */
  location: string | undefined;
  /** Header Retry-After as a moment, Unix ms. */
  retryAtMs: number | undefined;
}>;

/** An authority that answers. */
export type Connection = Readonly<{
  directory: Directory;
  /** What the authority's clock said when it was first asked, Unix ms. */
  serverTimeMs: number | undefined;
  parts: ConnectionParts;
  /** Sends a signed request; `payload` undefined reads. Throws AcmeProblem. */
  post: (
    url: string,
    signer: Readonly<{ key: SigningPair; account: string | undefined }>,
    payload: unknown,
  ) => Promise<AcmeReply>;
  /** Reads what needs no account. Throws AcmeProblem. */
  get: (url: string) => Promise<AcmeReply>;
}>;

/** A nonce is refused now and then by design (RFC 8555 §6.5). */
const NONCE_TRIES = 12;
const BYTES_MAX = 256 * 1024;
const NONCES_MAX = 8;

/** Reads the directory and answers the way to ask. Throws AcmeProblem. */
export async function connect(parts: ConnectionParts, directoryUrl: string): Promise<Connection> {
  const nonces: string[] = [];
  const { host: ownHost } = new URL(directoryUrl);
  let serverTimeMs: number | undefined;
  const send = async (question: Parameters<AskTrusted>[0]): Promise<Reply> => {
    const { host, hostname } = new URL(question.url);
    if (host !== ownHost && isInward(hostname)) {
      throw new AcmeProblem("broken", `The authority's answer leads to ${host}, inwards.`);
    }
    const reply = await askOrExplain(parts, question);
    const date = Date.parse(reply.headers.get("date") ?? "");
    if (serverTimeMs === undefined && !Number.isNaN(date)) serverTimeMs = date;
    const nonce = reply.headers.get("replay-nonce");
    if (nonce !== null && nonces.length < NONCES_MAX) nonces.push(nonce);
    return reply;
  };
  const get = async (url: string) =>
    readReply(await send({ url, bytesMax: BYTES_MAX }), parts.now());
  const directory = readDirectory((await get(directoryUrl)).value);

  const takeNonce = async (): Promise<string> => {
    if (nonces.length === 0) {
      await send({ url: directory.newNonce, method: "HEAD", bytesMax: BYTES_MAX });
    }
    const nonce = nonces.shift();
    if (nonce === undefined) throw new AcmeProblem("broken", "The authority gave no nonce.");
    return nonce;
  };

  const post: Connection["post"] = async (url, { key, account }, payload) => {
    for (let tries = 1;; tries += 1) {
      const body = await signRequest(key, { url, nonce: await takeNonce(), account, payload });
      const type = "application/jose+json";
      const reply = await send({ url, method: "POST", body, type, bytesMax: BYTES_MAX });
      try {
        return readReply(reply, parts.now());
      } catch (error) {
        const isNonce = error instanceof AcmeProblem && error.code === "badNonce";
        if (!isNonce || tries === NONCE_TRIES) throw error;
      }
    }
  };
  return { directory, serverTimeMs, parts, post, get };
}

/** An authority says by its answers whom to ask next: no name or number of a private network, but for itself. Who it is by DNS, TLS says. */
function isInward(hostname: string): boolean {
  const plain = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(plain) !== 0 || isLoopbackHost(hostname) || !hostname.includes(".") ||
    /\.(?:local|internal|home\.arpa)\.?$/.test(hostname);
}

async function askOrExplain(
  { ask, signal }: ConnectionParts,
  question: Parameters<AskTrusted>[0],
): Promise<Reply> {
  try {
    return await ask({ ...question, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (!(error instanceof AskProblem)) throw error;
    if (error.code === "stopped") throw new AcmeProblem("stopped", error.message);
    throw new AcmeProblem("unreachable", error.message, { cause: error });
  }
}

/** The answer, or the problem that it is. */
function readReply({ status, headers, bytes }: Reply, nowMs: number): AcmeReply {
  const text = new TextDecoder().decode(bytes);
  const retryAtMs = readRetryAfter(headers.get("retry-after"), nowMs);
  const value = parseJson(text);
  if (status >= 500 && value === undefined) {
    throw new AcmeProblem("unreachable", `The authority answers with ${status}.`, { retryAtMs });
  }
  if (status >= 400) throw readProblem(value, retryAtMs);
  if (status < 200 || status >= 300) {
    throw new AcmeProblem("broken", `The authority answers with ${status}.`, { retryAtMs });
  }
  return { value, text, location: headers.get("location") ?? undefined, retryAtMs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A certificate, or a page of somebody in between.
    return undefined;
  }
}
