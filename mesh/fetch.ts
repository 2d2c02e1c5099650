/** The only place from which this program asks other programs over HTTP (docs/architecture.md, Asking others). @module */
import { readAnswer } from "./answer_body.ts";
import {
  type Ask,
  AskProblem,
  explainFailure,
  makeAskProblem,
  makeHeaders,
  type Question,
  type Reply,
} from "./ask.ts";
import { askQuestion } from "./asking.ts";
import { type Guard, type GuardOptions, nameDestination, startGuard } from "./guard.ts";

export { type Ask, type AskCode, AskProblem, type Question, type Reply } from "./ask.ts";

/** How an asker is made; all but `isDev` is for tests. */
export type AskerOptions =
  & Readonly<{
    /** True lets http and special addresses pass. */
    isDev: boolean;
    /** Longest silence, 10,000 ms if absent. */
    silenceMs?: number;
    /** Certificates of authorities that are trusted beside the usual ones, PEM. */
    caCerts?: readonly string[];
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

const SILENCE_MS = 10_000;
const IDLE_MS = 30_000;
const IDLE_CONNECTIONS_MAX = 6;
const SELF_TEST_MS = 5_000;
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
  const permits: Permits = new Map();
  // Few capsules ask this way, and seldom.
  let apart: Way | undefined;
  const openApart = () =>
    apart ??= openWay({ ...options, isStrict: !isDev, permit: mayConnect(permits) }, 0);
  const close = async () => {
    await Promise.all([way.close(), apart?.close()]);
  };
  return {
    ask: (question) => {
      const used = question.permit === undefined ? way : openApart();
      const send = (url: URL, asked: Question, end: AbortSignal) =>
        sendRequest(url, asked, { way: used, permits, end });
      return askQuestion(question, { isDev, silenceMs, send });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Who may be connected to now, by the URL's host. */
type Permits = Map<string, (address: string) => boolean>;

function mayConnect(permits: Permits): NonNullable<GuardOptions["permit"]> {
  return (address, host, port) => permits.get(nameDestination(host, port))?.(address) ?? false;
}

type Way = Readonly<{ guard: Guard; client: Deno.HttpClient; close: () => Promise<void> }>;

function openWay(
  { caCerts, ...options }: GuardOptions & Pick<AskerOptions, "caCerts">,
  idleMax = IDLE_CONNECTIONS_MAX,
): Way {
  const guard = startGuard(options);
  const client = Deno.createHttpClient({
    proxy: guard.proxy,
    ...(caCerts === undefined ? {} : { caCerts: [...caCerts] }),
    poolIdleTimeout: IDLE_MS,
    poolMaxIdlePerHost: idleMax,
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

/**
 * Requests to a listener of our own, by numbers and by name, must end at the guard and be seen there: whatever the
 * environment says, nobody may be asked beside it.
 */
async function proveGuard({ guard, client }: Way): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  let isReached = false;
  const accepting = listener.accept().then((connection) => {
    isReached = true;
    connection.close();
  }, () => {});
  for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
    try {
      const signal = AbortSignal.timeout(SELF_TEST_MS);
      const response = await fetch(`http://${host}:${port}/`, { client, signal });
      await response.body?.cancel();
    } catch {
      // As it must be.
    }
  }
  listener.close();
  await accepting;
  const isSeen = ["127.0.0.1", "::1", "localhost"]
    .every((host) => guard.findRefusal(host, port) === "address_refused");
  if (isSeen && !isReached) return;
  throw new Error(
    "Cannot ask other capsules: the guard of outgoing requests does not guard, so nobody is asked. " +
      "Start the program without NO_PROXY in its environment.",
  );
}

async function sendRequest(
  url: URL,
  question: Question,
  { way: { guard, client }, permits, end }: Readonly<
    { way: Way; permits: Permits; end: AbortSignal }
  >,
): Promise<Response> {
  end.throwIfAborted();
  const { method = "GET", body, permit } = question;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const destination = nameDestination(host, port);
  if (permit !== undefined) {
    if (permits.has(destination)) {
      throw makeAskProblem("not_reached", url.href, "it is being asked already");
    }
    permits.set(destination, permit);
  }
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
    throw explainFailure(error, url.href, guard.findRefusal(host, port));
  } finally {
    if (permit !== undefined) permits.delete(destination);
  }
}

/** What a capsule says of itself at `/up`. */
export type ToldStart = Readonly<{
  /** Random number of its start. */
  start: string;
  /** Version of its program; "" where it does not say. */
  version: string;
}>;

/** Reads the body of an answer of `/up`; undefined for anything else. */
export function readUp(bytes: Uint8Array): ToldStart | undefined {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof found !== "object" || found === null || !("start" in found)) return undefined;
    if (typeof found.start !== "string") return undefined;
    const version = "version" in found && typeof found.version === "string" ? found.version : "";
    return { start: found.start, version };
  } catch {
    // No JSON: something else answers there.
    return undefined;
  }
}

/**
 * Asks `GET /up` of a capsule on this machine and answers the random number of its start, or undefined when nobody, or
 * something else, answers there within two seconds. Only numeric loopback addresses are asked; throws TypeError for any other.
 */
export async function probeLoopback(origin: string): Promise<string | undefined> {
  return (await askLoopback(origin))?.start;
}

/** As `probeLoopback`, with all that it says. */
export async function askLoopback(origin: string): Promise<ToldStart | undefined> {
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
    return bytes && readUp(bytes);
  } catch {
    // Refused, too slow, too long, no JSON: whatever it is, it is not the one that was asked for.
    return undefined;
  }
}

/** A question to whoever the owner named: an authority for certificates, or this capsule at its own name. */
export type TrustedQuestion = Readonly<{
  /** Absolute; http or https. */
  url: string;
  /** GET if absent. */
  method?: "GET" | "HEAD" | "POST";
  body?: string;
  /** The body's Content-Type. */
  type?: string;
  /** Sent as Host in the place of the URL's. */
  host?: string;
  /** Most bytes of the answer's body, after decompression. */
  bytesMax: number;
  /** Ends the question with `stopped`. */
  signal?: AbortSignal;
}>;

/** Asks one such question; redirects are answers. Throws AskProblem when there is no whole answer. */
export type AskTrusted = (question: TrustedQuestion) => Promise<Reply>;

const TRUSTED_TIMEOUT_MS = 20_000;

/**
 * Makes the function that asks those whom the owner named, wherever they are: it passes no guard, so nothing that a stranger
 * said may become its URL. `caCerts` (PEM) are trusted beside the usual authorities.
 */
export function makeTrustedAsk(
  { caCerts, timeoutMs = TRUSTED_TIMEOUT_MS }: Readonly<
    { caCerts?: readonly string[]; timeoutMs?: number }
  > = {},
): Readonly<{ ask: AskTrusted } & Disposable> {
  const client = Deno.createHttpClient({
    ...(caCerts === undefined ? {} : { caCerts: [...caCerts] }),
    allowHost: true,
    poolIdleTimeout: IDLE_MS,
    poolMaxIdlePerHost: 1,
  });
  return {
    ask: (question) => askTrusted(question, client, timeoutMs),
    [Symbol.dispose]: () => client.close(),
  };
}

async function askTrusted(
  { url, method = "GET", body, type, host, bytesMax, signal }: TrustedQuestion,
  client: Deno.HttpClient,
  timeoutMs: number,
): Promise<Reply> {
  const late = AbortSignal.timeout(timeoutMs);
  const headers = new Headers({ "user-agent": "capsule", "accept-encoding": "gzip" });
  if (type !== undefined) headers.set("content-type", type);
  if (host !== undefined) headers.set("host", host);
  try {
    const response = await fetch(url, {
      client,
      method,
      headers,
      redirect: "manual",
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      ...(body === undefined ? {} : { body }),
    });
    const bytes = await readAnswer(response, bytesMax, () => {});
    if (bytes === undefined) throw makeAskProblem("too_long", url, "the answer is too long");
    return { status: response.status, headers: response.headers, bytes, url };
  } catch (error) {
    if (error instanceof AskProblem) throw error;
    if (signal?.aborted) throw makeAskProblem("stopped", url, "it was ended", error);
    if (late.aborted) throw makeAskProblem("too_slow", url, "no whole answer in time", error);
    throw explainFailure(error, url, isUnreached(error) ? "not_reached" : undefined);
  }
}

/** Without the guard, only words say that nobody took the connection. */
function isUnreached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const words = [error, cause].map((one) => one instanceof Error ? one.message : "").join(" ");
  return /tcp connect error|dns error|connection refused|unreachable/i.test(words);
}
