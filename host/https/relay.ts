/**
 * Takes connections in, with TLS or without, and hands their bytes to the runtime's own HTTP server on a loopback port. So the
 * certificate can be changed without losing a connection, every connection can be counted and cut, and HTTP/2 is read by the runtime
 * (docs/decisions/0006-tls-in-front.md).
 * @module
 */
import { createServer, type Socket } from "node:net";
import { makeLastAnswer } from "../../routes/last_answer.ts";
import type { Handler } from "../../routes/page_cache.ts";
import type { Pair } from "../acme/self_signed.ts";
import { listen, type Listener } from "../listen.ts";
import { Crowd } from "./crowd.ts";
import { bind, watchAccepting } from "./accepting.ts";
import { Entrance } from "./entrance.ts";
import { makeGreeting } from "./greeting.ts";
import { flowBelow, flowOf } from "./intake.ts";
import type { Streams } from "./stream_watch.ts";
import { nameVisitors, type Visitors } from "./visitors.ts";

/** How a relay is made. */
export type RelayOptions = Readonly<{
  host: string;
  /** 0 picks a free one. */
  port: number;
  handler: Handler;
  /** Answers who speaks plain HTTP where TLS is spoken; absent: it is said that the request cannot be read. */
  plain?: Handler;
  onError: (error: unknown) => void;
  /** Absent: plain HTTP. */
  pair?: Pair;
  limits?: Partial<RelayLimits>;
}>;

/** How patient a relay is; all in milliseconds. */
export type RelayLimits = Readonly<{
  /** For TLS before the first byte, and for each head of a request from its first byte on. */
  headMs: number;
  /** A connection on which nothing moves. */
  idleMs: number;
  /** How often it is made sure that connections are still taken. */
  lookMs: number;
}>;

/** A relay that listens. */
export type Relay = Readonly<{
  host: string;
  port: number;
  /** Shows another certificate from now on; connections that are open stay. The pair must have been checked. */
  setPair: (pair: Pair) => void;
  /** Stops accepting, lets requests finish for ten seconds, then cuts them off. */
  stop: () => Promise<void>;
}>;

const LIMITS: RelayLimits = { headMs: 10_000, idleMs: 60_000, lookMs: 30_000 };
const LOOPBACK = "127.0.0.1";
const FLUSH_MS = 2_000;
/** How long a relay that stops waits for those who have just come, whose first bytes take so long from the door to the server inside. */
const ENTER_MS = 1_000;
const FIRST_BYTES_MS = 100;

/** Listens on host and port. Rejects with the system's error where that does not work. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { host, pair, onError } = options;
  const visitors: Visitors = new Map();
  const streams: Streams = { open: 0 };
  const inner = openInside(options, visitors, streams);
  const sockets = new Set<Socket>();
  const arrivals = new Arrivals();
  const limits = { ...LIMITS, ...options.limits };
  const entrance = new Entrance({
    ...{ port: inner.port, visitors, streams, limits, isSecure: pair !== undefined, onError },
    onLost: () => watching.hasten(),
  });
  const greeting = pair && makeGreeting({
    ...{ pair, headMs: limits.headMs },
    onSecure: (socket, raw) => {
      const kind = socket.alpnProtocol === "h2" ? "binary" : "text";
      entrance.join(socket, kind, flowBelow(raw), () => arrivals.end(raw));
    },
    onPlain: (raw) => entrance.join(raw, "plain", flowOf(raw), () => arrivals.end(raw)),
  });
  const server = createServer({ noDelay: true, allowHalfOpen: pair === undefined });
  const crowd = new Crowd();
  const watching = watchAccepting(server, options, limits.lookMs);
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    socket.on("error", () => socket.destroy());
    if (watching.isOwn(socket)) return socket.destroy();
    if (!crowd.enter(address)) return socket.destroy();
    sockets.add(socket);
    arrivals.begin(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      arrivals.end(socket);
      crowd.leave(address);
    });
    if (greeting !== undefined) return greeting.greet(socket);
    entrance.join(socket, "plain", flowOf(socket), () => arrivals.end(socket));
  });
  try {
    await bind(server, host, options.port);
  } catch (error) {
    await inner.stop();
    throw error;
  }
  // What is met at binding anew is told by the watch, once.
  server.on("error", (error) => watching.isBinding() ? undefined : onError(error));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  watching.begin(port);
  return {
    host,
    port,
    setPair: (next) => greeting?.setPair(next),
    async stop() {
      await atMost(FLUSH_MS, watching.stop());
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await atMost(ENTER_MS, arrivals.untilIn());
      // Idle connections end at once, others when their requests are answered: ten seconds at most.
      await inner.stop();
      // What was written goes out; whoever does not close their side then is not waited for.
      await atMost(FLUSH_MS, entrance.untilEmpty());
      for (const socket of sockets) socket.destroy();
      // The runtime may forget to say that a destroyed connection is closed: a program that is told to end ends.
      await atMost(FLUSH_MS, Promise.all([closed, entrance.untilEmpty()]));
    },
  };
}

/** Those who were let in and have not reached the server inside: their requests count as begun. */
class Arrivals {
  readonly #coming = new Set<Socket>();
  #lastInMs = -Infinity;

  begin(socket: Socket): void {
    this.#coming.add(socket);
  }

  end(socket: Socket): void {
    if (this.#coming.delete(socket)) this.#lastInMs = performance.now();
  }

  /** Until nobody is on the way, and the first bytes of the last who were are there. */
  async untilIn(): Promise<void> {
    while (this.#coming.size > 0 || performance.now() - this.#lastInMs < FIRST_BYTES_MS) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** The runtime's own server, for visitors only. */
function openInside(options: RelayOptions, visitors: Visitors, streams: Streams): Listener {
  const { onError } = options;
  return listen({
    host: LOOPBACK,
    port: 0,
    handler: nameVisitors(options, visitors, streams),
    onError: (error) => {
      onError(error);
      return makeLastAnswer();
    },
    onLost: onError,
  });
}

/** Waits for work, but no longer than so many milliseconds. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}
