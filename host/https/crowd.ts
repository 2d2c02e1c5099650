/** How many connections one visitor may hold at once. @module */

/** Connections of one address at once; a browser opens six, an office behind one address many times that. */
export const ADDRESS_CONNECTIONS_MAX = 128;
/** Connections in all. */
export const CONNECTIONS_MAX = 2_000;

/** Counts connections by address: an IPv4 address, or the first four groups of an IPv6 address, which is one customer's. */
export class Crowd {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** True when one more may come; then `leave` must be called at its end. */
  enter(address: string): boolean {
    const who = groupOf(address);
    const count = this.#counts.get(who) ?? 0;
    if (count >= ADDRESS_CONNECTIONS_MAX || this.#total >= CONNECTIONS_MAX) return false;
    this.#counts.set(who, count + 1);
    this.#total += 1;
    return true;
  }

  /** One of those that came is gone. */
  leave(address: string): void {
    const who = groupOf(address);
    const count = (this.#counts.get(who) ?? 1) - 1;
    if (count > 0) this.#counts.set(who, count);
    else this.#counts.delete(who);
    this.#total -= 1;
  }
}

/** The address without the way in which a socket for both families writes IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

function groupOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  while (tail !== undefined && groups.length < 4) groups.push("0");
  return groups.slice(0, 4).join(":");
}
