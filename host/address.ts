/** The public address as a person types it. @module */
import { isAddress } from "../mesh/protocol/address.ts";
import { CommandProblem } from "./command.ts";

/**
 * The address as an origin: `https://` may be left out, case and a final slash do not matter.
 * Plain http is taken on this machine itself, and anywhere with --dev; so are names without a dot,
 * which nobody else can ask for. `asked` is what the person was asked for, as problems name it.
 */
export function readAddress(text: string, isDev: boolean, asked = "--address"): string {
  // A URL's parser drops line breaks without a word.
  const url = /[\s\p{Cc}]/u.test(text.trim()) ? undefined : parseUrl(text.trim());
  if (
    url === undefined || !isAddress(url.origin) || isMore(url) ||
    (!isDev && !isLoopbackHost(url.hostname) && !/[.:]/.test(url.hostname))
  ) {
    throw new CommandProblem(
      "address_form",
      `${asked} expects an address such as https://capsule.example.org, found "${text}". ` +
        "Give scheme and name only, without a path.",
    );
  }
  if (url.protocol === "http:" && !isDev && !isLoopbackHost(url.hostname)) {
    throw new CommandProblem(
      "address_http",
      `${asked} expects an https address, found "${text}". Use https://${url.host}; ` +
        "plain http is for development (--dev).",
    );
  }
  return url.origin;
}

function parseUrl(text: string): URL | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" ? url : undefined;
}

/** True for a user, path, query or fragment: an origin has none of these. */
function isMore(url: URL): boolean {
  return url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "" ||
    url.hash !== "";
}

/** Says whether a host name means this machine itself. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Host and port inside a URL: IPv6 in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
