/** The only place from which this program asks other programs over HTTP. @module */

/** One request. Redirects of a GET are followed by hand, at most three, each checked as the first; those of a POST are refused. */
export type Question = Readonly<{
  /** Absolute; https unless the asker was made for development. Without user and password. */
  url: string;
  /** GET if absent. */
  method?: "GET" | "POST";
  /** Sent as JSON with POST. */
  body?: string;
  /** Header Accept. */
  accept?: string;
  /** Most bytes of the answer's body, after decompression. */
  bytesMax: number;
  /** Asks past caches. */
  isFresh?: boolean;
  /** Sent as If-None-Match. */
  etag?: string;
  /** Sent as If-Modified-Since. */
  modified?: string;
  /** Sent as Range, such as `bytes=0-99`; the answer is then not compressed. */
  range?: string;
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds in all, redirects and body included; 30,000 if absent. */
  timeoutMs?: number;
  /** Ends the request with `stopped`. */
  signal?: AbortSignal;
}>;

/** A whole answer, whatever its status. */
export type Reply = Readonly<{
  status: number;
  headers: Headers;
  /** The body, decompressed; empty where there is none. */
  bytes: Uint8Array;
  /** The URL that answered: the last one of a redirect. */
  url: string;
}>;

/** Asks one question. Throws AskProblem when there is no whole answer. */
export type Ask = (question: Question) => Promise<Reply>;

/** Why there is no answer. */
export type AskCode =
  /** Not an absolute URL that may be asked: another scheme, a user, a special address written out. */
  | "url_refused"
  /** The name stands for special addresses only: this machine, a private network. */
  | "address_refused"
  /** The name has no address. */
  | "name_unknown"
  /** Nobody takes connections there, or not in time. */
  | "not_reached"
  /** No certificate for that name that is valid now. */
  | "tls_failed"
  /** Longer than allowed in all, or silent for too long. */
  | "too_slow"
  /** More bytes than asked for, after decompression. */
  | "too_long"
  /** A redirect of a POST, the fourth one, or one to where no question may go. */
  | "redirect_refused"
  /** No HTTP, or cut off, or not decompressible. */
  | "answer_broken"
  /** The asker itself ended it. */
  | "stopped";

/** There is no whole answer; the code says why, the message with which URL. */
export class AskProblem extends Error {
  override readonly name = "AskProblem";
  constructor(readonly code: AskCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

const PROBE_TIMEOUT_MS = 2_000;
const PROBE_BYTES_MAX = 4_096;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Asks `GET /up` of a capsule on this machine and answers the random number of its start, or undefined when nobody, or
 * something else, answers there within two seconds. Only numeric loopback addresses are asked; throws TypeError for any other.
 */
export async function probeLoopback(origin: string): Promise<string | undefined> {
  const url = URL.parse("/up", origin);
  if (url === null || url.protocol !== "http:" || !LOOPBACK.test(url.hostname)) {
    throw new TypeError(`Cannot probe: expected an http loopback address, found ${origin}`);
  }
  try {
    const response = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      headers: { accept: "application/json" },
    });
    const found: unknown = JSON.parse(await readBounded(response));
    return typeof found === "object" && found !== null && "start" in found &&
        typeof found.start === "string"
      ? found.start
      : undefined;
  } catch {
    // Refused, too slow, too long, no JSON: whatever it is, it is not the one that was asked for.
    return undefined;
  }
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > PROBE_BYTES_MAX) throw new TypeError("Cannot read answer: too long");
  }
  return text;
}
