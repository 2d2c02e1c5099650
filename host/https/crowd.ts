/** How many connections one visitor may hold at once. @module */

/** Connections of one address at once; a browser opens six, an office behind one address many times that. */
export const ADDRESS_CONNECTIONS_MAX = 128;
/** Connections of one network, which may have many addresses. */
export const NETWORK_CONNECTIONS_MAX = 512;
/** Connections in all. */
export const CONNECTIONS_MAX = 2_000;
/** Up to here each may have all of that; then less and less, so that those who are many leave room for who comes new. */
const AMPLE = CONNECTIONS_MAX / 2;

/**
 * Counts connections by address (an IPv4 address, or the first four groups of an IPv6 address, which is one customer's) and by
 * network (three numbers, or three groups).
 */
export class Crowd {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** True when one more may come; then `leave` must be called at its end. */
  enter(address: string): boolean {
    const { who, network } = groupsOf(address);
    const isRoom = this.#count(who) < this.#share(ADDRESS_CONNECTIONS_MAX) &&
      this.#count(network) < this.#share(NETWORK_CONNECTIONS_MAX);
    if (!isRoom) return false;
    this.#add(who, 1);
    this.#add(network, 1);
    this.#total += 1;
    return true;
  }

  /** One of those that came is gone. */
  leave(address: string): void {
    const { who, network } = groupsOf(address);
    this.#add(who, -1);
    this.#add(network, -1);
    this.#total -= 1;
  }

  /** How much of a share there is now: all of it, at the end none. */
  #share(max: number): number {
    const free = Math.max(0, CONNECTIONS_MAX - this.#total);
    return Math.ceil(max * Math.min(1, free / (CONNECTIONS_MAX - AMPLE)));
  }

  #count(group: string): number {
    return this.#counts.get(group) ?? 0;
  }

  #add(group: string, change: number): void {
    const count = this.#count(group) + change;
    if (count > 0) this.#counts.set(group, count);
    else this.#counts.delete(group);
  }
}

/** The address without the way in which a socket for both families writes IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

function groupsOf(address: string): Readonly<{ who: string; network: string }> {
  const plain = plainAddress(address);
  if (!plain.includes(":")) {
    return { who: plain, network: `${plain.split(".").slice(0, 3).join(".")}.` };
  }
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  while (tail !== undefined && groups.length < 4) groups.push("0");
  return {
    who: groups.slice(0, 4).join(":"),
    network: `${groups.slice(0, 3).join(":")}:`,
  };
}
