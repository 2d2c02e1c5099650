/** One question from its first byte to its last: time, silence, redirects, length. @module */
import { type AskCode, makeAskProblem, type Question, type Reply } from "./ask.ts";
import { readAnswer } from "./answer_body.ts";
import { checkQuestionUrl } from "./question_url.ts";
import { WELL_KNOWN_BYTES_MAX } from "./protocol/limits.ts";

/** How questions are asked. */
export type Means = Readonly<{
  /** True lets http and special addresses pass. */
  isDev: boolean;
  /** Longest silence. */
  silenceMs: number;
  /** Sends one request and answers when its headers are there; throws AskProblem, or what `end` was aborted with. */
  send: (url: URL, question: Question, end: AbortSignal) => Promise<Response>;
}>;

const TIMEOUT_MS = 30_000;
const REDIRECTS_MAX = 3;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const LASTING: readonly number[] = [301, 308];

/** One question with its redirects; every timer and stream has ended when this settles. */
export async function askQuestion(question: Question, means: Means): Promise<Reply> {
  const { method = "GET", body, timeoutMs = TIMEOUT_MS, signal } = question;
  if (body !== undefined && new TextEncoder().encode(body).length > WELL_KNOWN_BYTES_MAX) {
    throw new RangeError(`Cannot send: at most ${WELL_KNOWN_BYTES_MAX} bytes, found more`);
  }
  const end = new AbortController();
  const stopAs = (code: AskCode, text: string) => () =>
    end.abort(makeAskProblem(code, question.url, text));
  const stop = stopAs("stopped", "stopped here");
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  const whole = setTimeout(stopAs("too_slow", `no whole answer in ${timeoutMs} ms`), timeoutMs);
  const silent = stopAs("too_slow", `silent for ${means.silenceMs} ms`);
  const silence = watchSilence(means.silenceMs, silent);
  try {
    return await followRedirects({ ...question, method }, means, {
      end: end.signal,
      hear: silence.hear,
    });
  } catch (error) {
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    clearTimeout(whole);
    silence.stop();
    signal?.removeEventListener("abort", stop);
    // A body that is still coming comes for nobody.
    end.abort();
  }
}

/** One timer, looked at when it fires: answers come in thousands of pieces. */
function watchSilence(silenceMs: number, onSilent: () => void) {
  let heardMs = performance.now();
  const look = () => {
    const leftMs = heardMs + silenceMs - performance.now();
    if (leftMs <= 0) onSilent();
    else timer = setTimeout(look, Math.ceil(leftMs));
  };
  let timer = setTimeout(look, silenceMs);
  return {
    hear: () => void (heardMs = performance.now()),
    stop: () => clearTimeout(timer),
  };
}

type Watch = Readonly<{ end: AbortSignal; hear: () => void }>;

async function followRedirects(question: Question, means: Means, watch: Watch): Promise<Reply> {
  let url = checkUrl(question.url, means.isDev, "url_refused");
  let movedTo: string | undefined;
  let isLasting = true;
  for (let redirects = 0;; redirects += 1) {
    const response = await means.send(url, question, watch.end);
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
      throw makeAskProblem("redirect_refused", url.href, "answered a POST with a redirect");
    }
    if (redirects === REDIRECTS_MAX) {
      throw makeAskProblem("redirect_refused", url.href, `more than ${REDIRECTS_MAX} redirects`);
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
  throw makeAskProblem(code, text, url);
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
    throw makeAskProblem("answer_broken", url.href, "the answer broke off", error);
  }
  throw makeAskProblem("too_long", url.href, `expected at most ${bytesMax} bytes, found more`);
}
