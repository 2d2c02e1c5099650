/** Plain HTTP carries no password over a network: who may see the owner's side without encryption. @module */
import type { BlockList } from "node:net";
import type { LogLine } from "../routes/app.ts";
import type { Handler } from "../routes/page_cache.ts";
import { answerUnencrypted, isOwnersUrl, isPassedOn } from "../routes/plain_http.ts";
import { holds, saidProtocol } from "./forwarded.ts";
import { isLoopbackHost } from "./address.ts";
import { plainAddress } from "./https/crowd.ts";

/** What decides. */
export type PlainFormsParts = Readonly<{
  proxies: BlockList | undefined;
  origin: () => string;
  log: (line: LogLine) => void;
}>;

/**
 * Set-up, sign-in and the studio are answered to this machine itself, and to whoever came to a trusted proxy over HTTPS; everybody else
 * is told what to do.
 */
export function keepFormsOff(
  handler: Handler,
  { proxies, origin, log }: PlainFormsParts,
): Handler {
  let isTold = false;
  return (request, info) => {
    if (info === undefined || !isOwnersUrl(request.url)) return handler(request, info);
    const remote = info.remoteAddr;
    const from = "hostname" in remote ? plainAddress(remote.hostname) : "";
    const said = saidProtocol(request.headers);
    const isTrusted = proxies !== undefined && holds(proxies, from);
    // The handler leads those on whom a trusted proxy says came without.
    const isLedOn = isTrusted && said === "http" && origin().startsWith("https:");
    const isSafe = isTrusted && said !== undefined
      ? said === "https"
      : isLoopbackHost(from) && (said === "https" || isFromHere(request, origin()));
    if (isSafe || isLedOn) return handler(request, info);
    if (!isTold) {
      isTold = true;
      log({
        level: "warning",
        message:
          `The owner's pages were asked for over plain HTTP by ${from} and not shown. If this is your web ` +
          `server that does HTTPS, start with --trusted-proxy ${from}, and have it send X-Forwarded-Proto.`,
      });
    }
    return answerUnencrypted({ origin: origin(), from, isProxy: isTrusted });
  };
}

/**
 * True where nothing of a request from this machine says that it is somebody else's. A web server tells of whom it passes on, or at
 * least which host was asked for; and a page of another site whose name was made to lead to this machine asks for that name.
 */
function isFromHere({ headers, url }: Request, origin: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return !isPassedOn(headers) && (isLoopbackHost(host) || host === URL.parse(origin)?.hostname);
}
