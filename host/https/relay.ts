/**
 * Takes connections in, with TLS or without, and hands their bytes to the runtime's own HTTP server on a loopback port. So the
 * certificate can be changed without losing a connection, every connection can be counted and cut, and HTTP/2 is read by the runtime
 * (docs/decisions/0006-tls-in-front.md).
 * @module
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { makeLastAnswer } from "../../routes/last_answer.ts";
import type { Handler } from "../../routes/page_cache.ts";
import type { Pair } from "../acme/self_signed.ts";
import { listen } from "../listen.ts";
import { Crowd, plainAddress } from "./crowd.ts";
import { bind, watchAccepting } from "./accepting.ts";
import { joinSockets } from "./joining.ts";
import { type Streams, StreamWatch } from "./stream_watch.ts";
import { nameVisitors, type Visitors } from "./visitors.ts";

/** How a relay is made. */
export type RelayOptions = Readonly<{
  host: string;
  /** 0 picks a free one. */
  port: number;
  handler: Handler;
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

/** Listens on host and port. Rejects with the system's error where that does not work. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { host, pair, onError } = options;
  const visitors: Visitors = new Map();
  const streams: Streams = { open: 0 };
  const inner = listen({
    host: LOOPBACK,
    port: 0,
    handler: nameVisitors(options.handler, visitors, streams),
    onError: (error) => {
      onError(error);
      return makeLastAnswer();
    },
    onLost: onError,
  });
  const sockets = new Set<Socket>();
  const joined = new Set<Promise<void>>();
  const limits = { ...LIMITS, ...options.limits };
  const join = (socket: Socket, isBinary: boolean) => {
    const watch = isBinary ? new StreamWatch(streams) : undefined;
    const done = joinVisitor(socket, { port: inner.port, visitors, limits, streams: watch })
      .catch(onError).finally(() => joined.delete(done));
    joined.add(done);
  };
  const { server, setPair } = makeServer(pair, limits, join);
  const crowd = new Crowd();
  const watch = watchAccepting(server, options, limits.lookMs);
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    socket.on("error", () => socket.destroy());
    if (watch.isOwn(socket)) return socket.destroy();
    if (!crowd.enter(address)) return socket.destroy();
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      crowd.leave(address);
    });
    if (pair === undefined) join(socket, false);
  });
  try {
    await bind(server, host, options.port);
  } catch (error) {
    await inner.stop();
    throw error;
  }
  server.on("error", onError);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  watch.begin(port);
  return {
    host,
    port,
    setPair,
    async stop() {
      await atMost(FLUSH_MS, watch.stop());
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Idle connections end at once, others when their requests are answered: ten seconds at most.
      await inner.stop();
      // What was written goes out; whoever does not close their side then is not waited for.
      await atMost(FLUSH_MS, Promise.all(joined));
      for (const socket of sockets) socket.destroy();
      // The runtime may forget to say that a destroyed connection is closed: a program that is told to end ends.
      await atMost(FLUSH_MS, Promise.all([closed, ...joined]));
    },
  };
}

function makeServer(
  pair: Pair | undefined,
  { headMs }: RelayLimits,
  join: (socket: Socket, isBinary: boolean) => void,
): Readonly<{ server: Server; setPair: Relay["setPair"] }> {
  if (pair === undefined) {
    return { server: createServer({ noDelay: true, allowHalfOpen: true }), setPair: () => {} };
  }
  const server = createTlsServer({
    cert: pair.chain,
    key: pair.key,
    ALPNProtocols: ["h2", "http/1.1"],
    minVersion: "TLSv1.2",
    noDelay: true,
  });
  const shaking = new Map<string, ReturnType<typeof setTimeout>>();
  server.on("connection", (socket: Socket) => {
    const name = nameSocket(socket);
    const end = () => {
      clearTimeout(shaking.get(name));
      shaking.delete(name);
    };
    shaking.set(name, setTimeout(() => socket.destroy(), headMs));
    socket.on("close", end);
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    clearTimeout(shaking.get(nameSocket(socket)));
    join(socket, socket.alpnProtocol === "h2");
  });
  // Whoever does not speak TLS as we do is nobody's mistake here.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const setPair = ({ chain, key }: Pair) => server.setSecureContext({ cert: chain, key });
  return { server, setPair };
}

/** Waits for work, but no longer than so many milliseconds. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}

/** Plain and encrypted ends of one connection have the same name. */
function nameSocket({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

async function joinVisitor(
  socket: Socket,
  { port, visitors, limits, streams }: Readonly<
    { port: number; visitors: Visitors; limits: RelayLimits; streams: StreamWatch | undefined }
  >,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const hostname = plainAddress(socket.remoteAddress ?? "");
  const remotePort = socket.remotePort ?? 0;
  let inside: Deno.TcpConn;
  try {
    inside = await Deno.connect({ hostname: LOOPBACK, port });
  } catch {
    // Being stopped, or no file left for another connection: the visitor comes again.
    socket.destroy();
    return;
  }
  const own = inside.localAddr.port;
  visitors.set(own, { address: { transport: "tcp", hostname, port: remotePort }, streams });
  try {
    await joinSockets(socket, inside, { ...limits, streams });
  } finally {
    visitors.delete(own);
    streams?.close();
  }
}
