/** Addresses as people type them. @module */
import { isAddress } from "../mesh/protocol/address.ts";

/**
 * An origin: `https://` may be left out, and a slash at the end does not matter. Undefined for everything that is more, or less,
 * and for a name without a dot, which nobody else can ask for.
 */
export function readTypedAddress(text: string, isDev: boolean): string | undefined {
  if (/[\s\p{Cc}]/u.test(text)) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || (url.protocol !== "https:" && !(isDev && url.protocol === "http:"))) {
    return undefined;
  }
  const isMore = url.username !== "" || url.password !== "" || url.pathname !== "/" ||
    url.search !== "" || url.hash !== "";
  const isLocal = !isDev && !/[.:]/.test(url.hostname);
  return !isMore && !isLocal && isAddress(url.origin) ? url.origin : undefined;
}

/** As URLs spell them. */
const IP_ADDRESS = /^(?:\[|\d+(?:\.\d+){3}$)/;

/** A name for HTTPS as an origin, or what is wrong with what was typed: an authority gives certificates for names only. */
export function readTypedName(text: string): Readonly<{ address?: string; problem?: string }> {
  const address = readTypedAddress(text, false);
  if (address === undefined) {
    return { problem: "A name looks like capsule.example.org, without a path." };
  }
  if (!IP_ADDRESS.test(new URL(address).hostname)) return { address };
  return {
    problem: "This is an IP address. Browsers trust names only: type one that leads there, " +
      "such as capsule.example.org.",
  };
}
