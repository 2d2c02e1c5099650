/** Which IP addresses and names belong to a machine or a private network, so that no stranger may aim us there. @module */

/** IPv4 ranges of IANA's special-purpose registry that are not for everybody: base, bits of the prefix. */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // behind a provider's NAT
  ["127.0.0.0", 8], // this machine
  ["169.254.0.0", 16], // link-local; clouds keep secrets there
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarking
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/**
 * Ranges inside 2000::/3, the only global unicast space, that are special all the same. Outside it everything is: ::, ::1,
 * mapped and compatible IPv4, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard, ULA, link-local, site-local, multicast.
 */
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // Teredo, benchmarking, ORCHID and other protocol assignments
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: an IPv4 address inside
  ["3fff::", 20], // documentation
];

const NAMES = /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|lan|home\.arpa)$/;

/** The 4 or 16 bytes of an IP address in decimal or RFC 4291 form, without brackets or zone; undefined for anything else. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** True for an IP address that is not one for everybody, and for what is no IP address. */
export function isSpecialAddress(text: string): boolean {
  const bytes = parseIpAddress(text);
  if (bytes === undefined) return true;
  if (bytes.length === 4) return isInside(bytes, SPECIAL_IPV4);
  const isGlobal = ((bytes[0] ?? 0) & 0xe0) === 0x20;
  return !isGlobal || isInside(bytes, SPECIAL_IPV6);
}

/** True for a host of a URL (lower case, IPv6 in brackets) that means this machine or a private network by its spelling alone. */
export function isSpecialHost(host: string): boolean {
  if (host.startsWith("[")) return isSpecialAddress(host.slice(1, -1));
  if (parseIpv4(host) !== undefined) return isSpecialAddress(host);
  const name = host.replace(/\.$/, "");
  // A name without a dot is one of a local network: nobody registers top level domains for a capsule.
  return !name.includes(".") || NAMES.test(name);
}

/** Who shares an address's fate, for limits: the /24 of an IPv4 address, the /48 of an IPv6 one; the text itself when it is none. */
export function networkOf(address: string): string {
  const bytes = parseIpAddress(address);
  if (bytes === undefined) return address;
  if (bytes.length === 4) return `${bytes.subarray(0, 3).join(".")}.0/24`;
  // ::ffff:a.b.c.d is how a socket for both families shows an IPv4 address.
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff &&
    bytes[11] === 0xff;
  if (isMapped) return `${bytes.subarray(12, 15).join(".")}.0/24`;
  const groups = [0, 2, 4].map((at) =>
    (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16)
  );
  return `${groups.join(":")}::/48`;
}

function isInside(
  bytes: Uint8Array,
  ranges: readonly (readonly [string, number])[],
): boolean {
  return ranges.some(([base, bits]) => {
    const prefix = parseIpAddress(base) as Uint8Array;
    return prefix.every((byte, n) => {
      const kept = Math.min(8, Math.max(0, bits - 8 * n));
      const mask = (0xff << (8 - kept)) & 0xff;
      return (byte & mask) === ((bytes[n] ?? 0) & mask);
    });
  });
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [n, part] of parts.entries()) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[n] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  let source = text;
  const tail = /^(.*:)([0-9.]*\.[0-9.]*)$/.exec(text);
  if (tail !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(tail[2] ?? "") ?? [];
    if (parseIpv4(tail[2] ?? "") === undefined) return undefined;
    source = `${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = source.split("::");
  if (halves.length > 2) return undefined;
  const [head, end] = halves.map((half) => half === "" ? [] : half.split(":"));
  if (head === undefined) return undefined;
  const missing = 8 - head.length - (end?.length ?? 0);
  if (end === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<string>(Math.max(0, missing)).fill("0"), ...end ?? []];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(groups.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }));
}
