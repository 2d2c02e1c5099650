/**
 * The guard: every outgoing connection of the mesh is made here. It speaks SOCKS5 on a loopback port to our own HTTP client
 * and to nobody else; it resolves a name once, looks at the addresses and connects to exactly one that it looked at.
 * So a DNS answer that changes after the check changes nothing (docs/architecture.md, Asking others).
 * @module
 */
import { lookup } from "node:dns/promises";
import { answerSocks, type Destination, readDestination } from "./socks.ts";
import { isSpecialAddress, isSpecialHost, parseIpAddress } from "./special_addresses.ts";

/** The IP addresses of a name, or none; given up when the signal fires. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>;
/** Connects to one IP address. */
export type Dial = (address: string, port: number, signal: AbortSignal) => Promise<Deno.TcpConn>;

/** How a guard works; for development and for tests. */
export type GuardOptions = Readonly<{
  /** False lets special addresses pass: development only. */
  isStrict: boolean;
  /** The system's resolver if absent. */
  resolve?: Resolve;
  dial?: Dial;
  /** Milliseconds for name and connection together; 10,000 if absent. */
  connectMs?: number;
  /** Asked for each address right before it is connected to; false refuses it. */
  permit?: (address: string, host: string, port: number) => boolean;
}>;

/** Why the guard did not connect. */
export type GuardCode = "address_refused" | "name_unknown" | "not_reached";

/** A running guard. */
export type Guard = Readonly<{
  /** What `Deno.createHttpClient` needs to come through here. */
  proxy: Deno.Proxy;
  /** Why the newest try to reach a host (IPv6 without brackets) and port failed; undefined when it did not. */
  findRefusal: (host: string, port: number) => GuardCode | undefined;
  /** Ends every connection and waits until all is closed. */
  close: () => Promise<void>;
}>;

const CONNECT_MS = 10_000;
const HANDSHAKE_MS = 5_000;
/** A second address is tried when the first has not answered by then (RFC 8305). */
const HEAD_START_MS = 300;
const TRIED_MAX = 4;
const CONNECTIONS_MAX = 256;
const REFUSALS_MAX = 1_000;
const BUFFER_BYTES = 64 * 1024;

/** Starts a guard on a free loopback port. */
export function startGuard(options: GuardOptions): Guard {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const secret = { username: randomWord(), password: randomWord() };
  const ended = new AbortController();
  const refusals = new Map<string, GuardCode>();
  const open = new Set<Promise<void>>();
  const connect = makeConnect(options);

  async function serve(inside: Deno.TcpConn): Promise<void> {
    using _inside = inside;
    const asked = await readInTime(inside, secret, ended.signal);
    if (asked === undefined) return;
    const name = nameDestination(asked.host, asked.port);
    const outside = await connect(asked, ended.signal);
    refusals.delete(name);
    if (typeof outside === "string") {
      if (refusals.size >= REFUSALS_MAX) refusals.clear();
      refusals.set(name, outside);
      return await answerSocks(inside, outside);
    }
    using _outside = outside;
    await answerSocks(inside, "connected");
    await joinConnections(inside, outside, ended.signal);
  }

  async function accept(): Promise<void> {
    for await (const inside of listener) {
      if (open.size >= CONNECTIONS_MAX) {
        inside.close();
        continue;
      }
      // A connection that breaks is for its own request to notice.
      const done = serve(inside).catch(() => {}).finally(() => open.delete(done));
      open.add(done);
    }
  }

  const accepting = accept();
  return {
    proxy: {
      transport: "socks5",
      url: `socks5h://127.0.0.1:${listener.addr.port}`,
      basicAuth: secret,
    },
    findRefusal: (host, port) => refusals.get(nameDestination(host, port)),
    async close() {
      listener.close();
      ended.abort();
      await accepting;
      await Promise.all(open);
    },
  };
}

/** A host and port in one spelling, whatever the spelling of an IP address. */
export function nameDestination(host: string, port: number): string {
  return `${parseIpAddress(host)?.join(".") ?? host} ${port}`;
}

function randomWord(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toHex();
}

async function readInTime(
  inside: Deno.TcpConn,
  secret: Readonly<{ username: string; password: string }>,
  signal: AbortSignal,
): Promise<Destination | undefined> {
  using _closer = closeOn(signal, inside);
  const timer = setTimeout(() => closeQuietly(inside), HANDSHAKE_MS);
  try {
    inside.setNoDelay(true);
    return await readDestination(inside, secret);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the function that resolves, looks and connects; it remembers which family of addresses worked last. */
function makeConnect(
  options: GuardOptions,
): (asked: Destination, signal: AbortSignal) => Promise<Deno.TcpConn | GuardCode> {
  const { isStrict, resolve = resolveBySystem, dial = dialTcp, permit = () => true } = options;
  let isIpv6First = true;

  return async (asked, ended) => {
    if (isStrict && asked.isName && isSpecialHost(asked.host.toLowerCase())) {
      return "address_refused";
    }
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), options.connectMs ?? CONNECT_MS);
    const signal = AbortSignal.any([ended, late.signal]);
    try {
      const found = asked.isName
        ? await giveUpOn(signal, resolve(asked.host, signal))
        : [asked.host];
      const addresses = found.filter((address) => parseIpAddress(address) !== undefined);
      if (addresses.length === 0) return signal.aborted ? "not_reached" : "name_unknown";
      const allowed = addresses.filter((address) => !isStrict || !isSpecialAddress(address));
      if (allowed.length === 0) return "address_refused";
      const { host, port } = asked;
      const mayDial = (address: string) => permit(address, host, port);
      const outside = await dialFirst(order(allowed, isIpv6First), { port, dial, signal, mayDial });
      if (typeof outside === "string") return outside;
      isIpv6First = outside.remoteAddr.hostname.includes(":");
      return outside;
    } catch {
      return signal.aborted ? "not_reached" : "name_unknown";
    } finally {
      clearTimeout(timer);
    }
  };
}

/** One of each family in turn, the family that worked last in front. */
function order(addresses: readonly string[], isIpv6First: boolean): string[] {
  const first = addresses.filter((address) => address.includes(":") === isIpv6First);
  const second = addresses.filter((address) => address.includes(":") !== isIpv6First);
  const rows = Math.max(first.length, second.length);
  return Array.from({ length: rows }, (_, n) => [first[n], second[n]]).flat()
    .filter((address) => address !== undefined).slice(0, TRIED_MAX);
}

/** Tries addresses one after the other, not waiting long for a silent one; the first connection wins, others are closed. */
async function dialFirst(
  addresses: readonly string[],
  { port, dial, signal, mayDial }: Readonly<
    { port: number; dial: Dial; signal: AbortSignal; mayDial: (address: string) => boolean }
  >,
): Promise<Deno.TcpConn | "address_refused" | "not_reached"> {
  const rest = new AbortController();
  const both = AbortSignal.any([signal, rest.signal]);
  let winner: Deno.TcpConn | undefined;
  let isRefused = false;
  const tries: Promise<void>[] = [];
  for (const address of addresses) {
    if (winner !== undefined || signal.aborted) break;
    if (!mayDial(address)) {
      isRefused = true;
      continue;
    }
    const one = dial(address, port, both).then((outside) => {
      if (winner !== undefined || signal.aborted) return outside.close();
      winner = outside;
    }, () => {});
    tries.push(one);
    await waitAtMost(HEAD_START_MS, one);
  }
  while (winner === undefined && !signal.aborted && tries.length > 0) {
    const done = await Promise.race(tries.map((one, n) => one.then(() => n)));
    tries.splice(done, 1);
  }
  rest.abort();
  await Promise.all(tries);
  return winner ?? (isRefused ? "address_refused" : "not_reached");
}

async function waitAtMost(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}

/** What does not listen to the signal itself is left behind. */
async function giveUpOn<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const given = Promise.withResolvers<never>();
  const stop = () => given.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, given.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function resolveBySystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

async function dialTcp(address: string, port: number, signal: AbortSignal): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: address, port, signal });
}

/** Carries bytes both ways until one side ends. Our client never closes one direction only: when it is gone, all is. */
async function joinConnections(
  inside: Deno.TcpConn,
  outside: Deno.TcpConn,
  signal: AbortSignal,
): Promise<void> {
  using _inside = closeOn(signal, inside);
  using _outside = closeOn(signal, outside);
  outside.setNoDelay(true);
  const asking = copyBytes(inside, outside).finally(() => {
    closeQuietly(inside);
    closeQuietly(outside);
  });
  const answering = copyBytes(outside, inside).then(
    () => inside.closeWrite(),
    () => closeQuietly(inside),
  );
  await Promise.allSettled([asking, answering]);
}

async function copyBytes(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  while (true) {
    const length = await from.read(buffer);
    if (length === null) return;
    let sent = 0;
    while (sent < length) sent += await to.write(buffer.subarray(sent, length));
  }
}

function closeOn(signal: AbortSignal, connection: Deno.TcpConn): Disposable {
  const close = () => closeQuietly(connection);
  if (signal.aborted) close();
  signal.addEventListener("abort", close, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", close) };
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already: that is what was wanted.
  }
}
