/** What an outgoing question and its answer are (docs/architecture.md, Asking others). @module */
import type { GuardCode } from "./guard.ts";

/** One request. Redirects of a GET are followed by hand, at most three, each checked as the first; those of a POST are refused. */
export type Question = Readonly<{
  /** Absolute; https unless the asker was made for development. Without user and password. */
  url: string;
  /** GET if absent. */
  method?: "GET" | "POST";
  /** Sent as JSON with POST; at most 256 KiB. */
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
  /**
   * Asked for each IP address right before it is connected to; false refuses it. Such a question has connections of its own
   * that nobody uses again, and goes to one host at a time.
   */
  permit?: (address: string) => boolean;
}>;

/** A whole answer, whatever its status. */
export type Reply = Readonly<{
  status: number;
  headers: Headers;
  /** The body, decompressed; empty where there is none. */
  bytes: Uint8Array;
  /** The URL that answered: the last one of a redirect. */
  url: string;
  /** Where the question has moved for good: as far as redirects 301 and 308 led before any other. */
  movedTo?: string;
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
  /** Always the class's name. */
  override readonly name = "AskProblem";
  /** Why. */
  readonly code: AskCode;

  /** The message is for logs. */
  constructor(code: AskCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const SHOWN_CHARS = 200;
const REFUSALS = {
  "address_refused": "the name leads to a private or special address",
  "name_unknown": "the name has no address",
  "not_reached": "nobody takes connections there",
} as const;

/** A problem with as much of the URL as a line of the log can take. */
export function makeAskProblem(
  code: AskCode,
  url: string,
  text: string,
  cause?: unknown,
): AskProblem {
  // A password that somebody wrote into it is for no log.
  const bare = url.replace(/^([a-z]+:)?\/\/[^/?#]*@/i, "$1//");
  const shown = bare.length > SHOWN_CHARS ? `${bare.slice(0, SHOWN_CHARS)}…` : bare;
  return new AskProblem(code, `Cannot ask ${shown}: ${text}`, { cause });
}

/** The problem behind what the client threw; `refused` is what the guard knows of it. */
export function explainFailure(
  error: unknown,
  url: string,
  refused: GuardCode | undefined,
): AskProblem {
  if (refused !== undefined) return makeAskProblem(refused, url, REFUSALS[refused], error);
  const [code, text] = readFailure(error);
  return makeAskProblem(code, url, text, error);
}

/** The client tells TLS troubles only in words. */
function readFailure(error: unknown): [AskCode, string] {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  const words = causes.map((cause) => cause instanceof Error ? cause.message : "").join(" ");
  if (/requests to port .* blocked/i.test(words)) return ["url_refused", "no port for HTTP"];
  if (/certificate|\btls\b|handshake|rustls|received fatal alert|InvalidContentType/i.test(words)) {
    return ["tls_failed", "no valid certificate for this name"];
  }
  return ["answer_broken", "what came back is no HTTP answer"];
}

/** The headers of a question. */
export function makeHeaders(question: Question): Headers {
  const { accept = "*/*", body, isFresh, etag, modified, range } = question;
  const headers = new Headers({ accept, "user-agent": "capsule", ...question.headers });
  headers.set("accept-encoding", range === undefined ? "gzip" : "identity");
  if (body !== undefined) headers.set("content-type", "application/json");
  if (isFresh) headers.set("cache-control", "no-cache");
  if (etag !== undefined) headers.set("if-none-match", etag);
  if (modified !== undefined) headers.set("if-modified-since", modified);
  if (range !== undefined) headers.set("range", range);
  return headers;
}
