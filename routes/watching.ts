/** Stands around the whole application: counts each answer, and tells of those that took long. @module */
import type { LogLine } from "./app.ts";
import type { Meter } from "./meter.ts";
import type { Handler } from "./page_cache.ts";

/** What it needs. */
export type WatchParts = Readonly<{
  meter: Meter;
  log: (line: LogLine) => void;
  /** True: one line for every request. */
  isEveryLogged?: boolean;
}>;

/** The header that names a request in the log, on answers that nobody may keep. */
export const REQUEST_ID_HEADER = "X-Request-Id";

/** An answer that took longer is told. Uploads are longer on the way, pictures take two seconds to be made smaller. */
export const SLOW_MS = 5_000;
const PATH_CHARS_MAX = 200;

/** Asked by programs all the time, also where nobody comes. */
const LOOKS = /\/(?:up|metrics)$/;

/** Builds the handler. The time until the headers are ready counts: how fast the visitor reads is not ours. */
export function watchRequests(handler: Handler, parts: WatchParts): Handler {
  const { meter, isEveryLogged = false } = parts;
  return function watch(request, info) {
    if (!LOOKS.test(request.url)) meter.visits += 1;
    const startMs = performance.now();
    const response = handler(request, info);
    if (response instanceof Promise) {
      return response.then((ready) => {
        const tookMs = performance.now() - startMs;
        meter.count(ready.status, tookMs);
        if (isEveryLogged || tookMs > SLOW_MS) tell(parts, { request, info, ready, tookMs });
        return ready;
      });
    }
    // From memory, within microseconds: looking at the clock again would be what costs.
    meter.count(response.status, 0);
    if (isEveryLogged) tell(parts, { request, info, ready: response, tookMs: 0 });
    return response;
  };
}

function tell(
  { log }: WatchParts,
  { request, info, ready, tookMs }: Readonly<{
    request: Request;
    info: Deno.ServeHandlerInfo | undefined;
    ready: Response;
    tookMs: number;
  }>,
): void {
  const requestId = ready.headers.get(REQUEST_ID_HEADER);
  const remote = info?.remoteAddr;
  const isSlow = tookMs > SLOW_MS;
  log({
    level: isSlow ? "warning" : "info",
    message: isSlow ? "A request took long." : "Request",
    ...(requestId === null ? {} : { requestId }),
    fields: {
      method: request.method,
      path: URL.parse(request.url)?.pathname.slice(0, PATH_CHARS_MAX) ?? "",
      status: ready.status,
      ms: Math.round(tookMs),
      visitor: remote !== undefined && "hostname" in remote ? remote.hostname : "",
    },
  });
}
