/** The only place from which this program asks other programs over HTTP (docs/architecture.md, Asking others). @module */
import { readAnswer } from "./answer_body.ts";
import { checkQuestionUrl } from "./question_url.ts";
import { type Guard, type GuardOptions, startGuard } from "./guard.ts";
import { WELL_KNOWN_BYTES_MAX } from "./protocol/limits.ts";

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
  override readonly name = "AskProblem";
  constructor(readonly code: AskCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** How an asker is made; all but `isDev` is for tests. */
export type AskerOptions =
  & Readonly<{
    /** True lets http and special addresses pass. */
    isDev: boolean;
    /** Longest silence, 10,000 ms if absent. */
    silenceMs?: number;
  }>
  & Omit<GuardOptions, "isStrict">;

/** The way out, until it is closed. */
export type Asker = Readonly<
  {
    ask: Ask;
    /** Ends every connection; what is still being asked fails. */
    close: () => Promise<void>;
  } & AsyncDisposable
>;

const TIMEOUT_MS = 30_000;
const SILENCE_MS = 10_000;
const REDIRECTS_MAX = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const LASTING: readonly number[] = [301, 308];
const IDLE_MS = 30_000;
const IDLE_CONNECTIONS_MAX = 4;
const SELF_TEST_MS = 5_000;
const SHOWN_CHARS = 200;
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_BYTES_MAX = 4_096;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Starts a guard on a loopback port and makes the function that asks through it. First it proves that a strict guard keeps
 * a request away from a listener on this machine; throws Error when it does not, as when the environment bypasses proxies.
 */
export async function makeAsk(options: AskerOptions): Promise<Asker> {
  const { isDev, silenceMs = SILENCE_MS } = options;
  const strict = openWay({ ...options, isStrict: true });
  let way = strict;
  try {
    await proveGuard(strict);
    if (isDev) {
      await strict.close();
      way = openWay({ ...options, isStrict: false });
    }
  } catch (error) {
    await strict.close();
    throw error;
  }
  return {
    ask: (question) => askQuestion(question, { way, isDev, silenceMs }),
    close: way.close,
    [Symbol.asyncDispose]: way.close,
  };
}

type Way = Readonly<{ guard: Guard; client: Deno.HttpClient; close: () => Promise<void> }>;
type Means = Readonly<{ way: Way; isDev: boolean; silenceMs: number }>;

function openWay(options: GuardOptions): Way {
  const guard = startGuard(options);
  const client = Deno.createHttpClient({
    proxy: guard.proxy,
    poolIdleTimeout: IDLE_MS,
    poolMaxIdlePerHost: IDLE_CONNECTIONS_MAX,
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    if (closing === undefined) {
      client.close();
      closing = guard.close();
    }
    return closing;
  };
  return { guard, client, close };
}

/** A request to a listener of our own must end at the guard: whatever else happens, nobody may be asked. */
async function proveGuard({ guard, client }: Way): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  let isReached = false;
  const accepting = listener.accept().then((connection) => {
    isReached = true;
    connection.close();
  }, () => {});
  try {
    const signal = AbortSignal.timeout(SELF_TEST_MS);
    const response = await fetch(`http://127.0.0.1:${port}/`, { client, signal });
    await response.body?.cancel();
  } catch {
    // As it must be.
  } finally {
    listener.close();
    await accepting;
  }
  if (isReached || guard.findRefusal("127.0.0.1", port) !== "address_refused") {
    throw new Error(
      "Cannot ask other capsules: the guard of outgoing requests does not guard, so nobody is asked. " +
        "Start the program without NO_PROXY in its environment.",
    );
  }
}

/** One question with its redirects; every timer and stream has ended when this settles. */
async function askQuestion(question: Question, means: Means): Promise<Reply> {
  const { method = "GET", body, timeoutMs = TIMEOUT_MS, signal } = question;
  if (body !== undefined && new TextEncoder().encode(body).length > WELL_KNOWN_BYTES_MAX) {
    throw new RangeError(`Cannot send: at most ${WELL_KNOWN_BYTES_MAX} bytes, found more`);
  }
  const end = new AbortController();
  const stopAs = (code: AskCode, text: string) => () =>
    end.abort(makeProblem(code, question.url, text));
  const stop = stopAs("stopped", "stopped here");
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  const whole = setTimeout(stopAs("too_slow", `no whole answer in ${timeoutMs} ms`), timeoutMs);
  const silent = stopAs("too_slow", `silent for ${means.silenceMs} ms`);
  let silence = setTimeout(silent, means.silenceMs);
  const hear = () => {
    clearTimeout(silence);
    silence = setTimeout(silent, means.silenceMs);
  };
  try {
    return await followRedirects({ ...question, method }, means, { end: end.signal, hear });
  } catch (error) {
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    clearTimeout(whole);
    clearTimeout(silence);
    signal?.removeEventListener("abort", stop);
    // A body that is still coming comes for nobody.
    end.abort();
  }
}

type Watch = Readonly<{ end: AbortSignal; hear: () => void }>;

async function followRedirects(question: Question, means: Means, watch: Watch): Promise<Reply> {
  let url = checkUrl(question.url, means.isDev, "url_refused");
  let movedTo: string | undefined;
  let isLasting = true;
  for (let redirects = 0;; redirects += 1) {
    const response = await send(url, question, means, watch);
    watch.hear();
    const location = response.headers.get("location");
    if (!REDIRECTS.includes(response.status) || location === null) {
      const bytes = await readBody(url, response, question.bytesMax, watch.hear);
      const { status, headers } = response;
      return {
        status,
        headers,
        bytes,
        url: url.href,
        ...(movedTo === undefined ? {} : { movedTo }),
      };
    }
    await response.body?.cancel();
    if (question.method === "POST") {
      throw makeProblem("redirect_refused", url.href, "answered a POST with a redirect");
    }
    if (redirects === REDIRECTS_MAX) {
      throw makeProblem("redirect_refused", url.href, `more than ${REDIRECTS_MAX} redirects`);
    }
    const next = URL.parse(location, url.href)?.href ?? location;
    url = checkUrl(next, means.isDev, "redirect_refused");
    isLasting &&= LASTING.includes(response.status);
    if (isLasting) movedTo = url.href;
  }
}

function checkUrl(text: string, isDev: boolean, code: AskCode): URL {
  const url = checkQuestionUrl(text, isDev);
  if (url instanceof URL) return url;
  throw makeProblem(code, text, url);
}

async function send(
  url: URL,
  question: Question,
  { way: { guard, client } }: Means,
  { end }: Watch,
): Promise<Response> {
  end.throwIfAborted();
  const { method = "GET", body } = question;
  try {
    return await fetch(url, {
      client,
      method,
      redirect: "manual",
      signal: end,
      headers: makeHeaders(question),
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    if (end.aborted) throw end.reason;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
    const refused = guard.findRefusal(host, port);
    if (refused !== undefined) throw makeProblem(refused, url.href, REFUSALS[refused], error);
    throw makeProblem(...explainFailure(error, url.href), error);
  }
}

const REFUSALS = {
  "address_refused": "the name leads to a private or special address",
  "name_unknown": "the name has no address",
  "not_reached": "nobody takes connections there",
} as const;

/** The client tells TLS troubles only in words. */
function explainFailure(error: unknown, url: string): [AskCode, string, string] {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  const words = causes.map((cause) => cause instanceof Error ? cause.message : "").join(" ");
  if (/requests to port .* blocked/i.test(words)) return ["url_refused", url, "no port for HTTP"];
  if (/certificate|\btls\b|handshake|rustls|received fatal alert|InvalidContentType/i.test(words)) {
    return ["tls_failed", url, "no valid certificate for this name"];
  }
  return ["answer_broken", url, "what came back is no HTTP answer"];
}

function makeHeaders(question: Question): Headers {
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

async function readBody(
  url: URL,
  response: Response,
  bytesMax: number,
  hear: () => void,
): Promise<Uint8Array> {
  try {
    const bytes = await readAnswer(response, bytesMax, hear);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    throw makeProblem("answer_broken", url.href, "the answer broke off", error);
  }
  throw makeProblem("too_long", url.href, `expected at most ${bytesMax} bytes, found more`);
}

function makeProblem(code: AskCode, url: string, text: string, cause?: unknown): AskProblem {
  const shown = url.length > SHOWN_CHARS ? `${url.slice(0, SHOWN_CHARS)}…` : url;
  return new AskProblem(code, `Cannot ask ${shown}: ${text}`, { cause });
}

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
    const bytes = await readAnswer(response, PROBE_BYTES_MAX, () => {});
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof found === "object" && found !== null && "start" in found &&
        typeof found.start === "string"
      ? found.start
      : undefined;
  } catch {
    // Refused, too slow, too long, no JSON: whatever it is, it is not the one that was asked for.
    return undefined;
  }
}
