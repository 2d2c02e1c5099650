/** Whom a request comes from when a proxy of the owner's passes it on. @module */
import { BlockList, isIP } from "node:net";
import type { Handler } from "../routes/page_cache.ts";
import { pathOf } from "../routes/plain_http.ts";
import { redirect } from "../routes/port_80.ts";
import { UsageProblem } from "./command.ts";
import { plainAddress } from "./https/crowd.ts";

/** Addresses, or networks as `10.0.0.0/8`, whose word on visitors is believed. Throws UsageProblem for anything else. */
export function readProxies(texts: readonly string[]): BlockList {
  const proxies = new BlockList();
  for (const text of texts) {
    const [address = "", bits, more] = text.split("/");
    const kind = isIP(address);
    const width = kind === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (kind === 0 || more !== undefined || prefix < 0 || prefix > width) {
      throw new UsageProblem(
        `--trusted-proxy expects an IP address or a network such as 10.0.0.0/8, found "${text}".`,
      );
    }
    proxies.addSubnet(address, prefix, kind === 4 ? "ipv4" : "ipv6");
  }
  return proxies;
}

/** Says whether an IP address is one of these. */
export function holds(proxies: BlockList, address: string): boolean {
  const kind = isIP(address);
  return kind !== 0 && proxies.check(address, kind === 4 ? "ipv4" : "ipv6");
}

/**
 * Puts the visitor's address into the place of the proxy's, and leads those on to HTTPS whom the proxy says came without. The word
 * of anybody who is no trusted proxy is not heard: everybody could say it.
 */
export function believeProxies(
  handler: Handler,
  { proxies, origin }: Readonly<{ proxies: BlockList; origin: () => string }>,
): Handler {
  return (request, info) => {
    const remote = info?.remoteAddr;
    const from = remote !== undefined && "hostname" in remote ? plainAddress(remote.hostname) : "";
    if (info === undefined || !holds(proxies, from)) return handler(request, info);
    const { headers } = request;
    const isLedOn = saidProtocol(headers) === "http" && origin().startsWith("https:");
    if (isLedOn && pathOf(request.url) !== "/up") {
      const { pathname, search } = new URL(request.url);
      return redirect(origin(), pathname + search);
    }
    const visitor = findVisitor(proxies, headers.get("x-forwarded-for"));
    if (visitor === undefined) return handler(request, info);
    return handler(request, seenFrom(info, { transport: "tcp", hostname: visitor, port: 0 }));
  };
}

/** The same request from somebody else. Who does not ask for its end is not told of one that fails either. */
export function seenFrom(
  info: Deno.ServeHandlerInfo,
  remoteAddr: Deno.NetAddr,
): Deno.ServeHandlerInfo {
  return {
    remoteAddr,
    get completed() {
      return info.completed;
    },
  };
}

/** By which protocol the one who passes it on says that it came. */
export function saidProtocol(headers: Headers): string | undefined {
  return headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim().toLowerCase();
}

/** The last one in the list that is no proxy of ours: everything before it was said by whoever that is. */
function findVisitor(proxies: BlockList, list: string | null): string | undefined {
  if (list === null) return undefined;
  const named = list.split(",").map((one) => plainAddress(one.trim().replace(/^\[(.*)\]$/, "$1")));
  const visitor = named.findLast((one) => !holds(proxies, one));
  return visitor !== undefined && isIP(visitor) !== 0 ? visitor : undefined;
}
