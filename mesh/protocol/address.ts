/** Addresses: the origin where a capsule is reached (docs/protocol.md §4). */
import { ProtocolError } from "./errors.ts";
import { ADDRESS_BYTES_MAX } from "./limits.ts";

const ORIGIN = /^(https?):\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const BYTE = /^(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])$/;
const GROUPS = /^(?:0|[1-9a-f][0-9a-f]{0,3})(?::(?:0|[1-9a-f][0-9a-f]{0,3}))*$/;

/**
 * Checks an address and returns it: scheme, host in lower case (international names in their `xn--`
 * form), port only where it is not the scheme's own, no trailing slash. `http` is well-formed but
 * used only by programs started for development. Throws `ProtocolError` `address_form`.
 */
export function checkAddress(text: string): string {
  if (isAddress(text)) return text;
  throw new ProtocolError("address_form", "Cannot use address: not an origin in its one spelling");
}

/** Says whether text is a well-formed address. */
export function isAddress(text: unknown): text is string {
  if (typeof text !== "string" || text.length > ADDRESS_BYTES_MAX) return false;
  const [, scheme, host, port] = ORIGIN.exec(text) ?? [];
  if (host === undefined) return false;
  if (
    port !== undefined && (Number(port) > 65_535 || port === (scheme === "http" ? "80" : "443"))
  ) {
    return false;
  }
  return host.startsWith("[") ? isIpv6(host.slice(1, -1)) : isName(host);
}

/** A dotted quad, or labels of which the last is no number (browsers take those for IPv4). */
function isName(host: string): boolean {
  const labels = host.split(".");
  const last = labels[labels.length - 1] as string;
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) {
    return labels.length === 4 && labels.every((label) => BYTE.test(label));
  }
  return labels.every((label) => LABEL.test(label));
}

/** RFC 5952 without the dotted form: no leading zeros, the first longest run of zeros as `::`. */
function isIpv6(host: string): boolean {
  const [head = "", tail, ...more] = host.split("::");
  if (more.length > 0 || (tail === undefined && !GROUPS.test(head))) return false;
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  if ([head, tail ?? ""].some((part) => part !== "" && !GROUPS.test(part))) return false;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return false;
  return compressIpv6([...before, ...Array(missing).fill("0"), ...after]) === host;
}

function compressIpv6(groups: readonly string[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(":");
  const before = groups.slice(0, best.start).join(":");
  return `${before}::${groups.slice(best.start + best.length).join(":")}`;
}
