/** Tells by the first byte whether a visitor speaks TLS, and leads those who do through the handshake. @module */
import type { Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Pair } from "../acme/self_signed.ts";

/** What becomes of a visitor. */
export type GreetingParts = Readonly<{
  pair: Pair;
  /** For the whole handshake, from the connection on, in milliseconds. */
  headMs: number;
  /** Told of each visitor who may ask now, and of the socket below. */
  onSecure: (socket: TLSSocket, raw: Socket) => void;
  /** Told of each who speaks HTTP without TLS; nothing was taken from the socket. */
  onPlain: (raw: Socket) => void;
}>;

/** Who greets. */
export type Greeting = Readonly<{
  /** A new connection. */
  greet: (raw: Socket) => void;
  /** Shows another certificate from now on. */
  setPair: (pair: Pair) => void;
}>;

const [A, Z] = [65, 90];

/** Makes one. */
export function makeGreeting({ pair, headMs, onSecure, onPlain }: GreetingParts): Greeting {
  // It never listens: connections are handed to it.
  const server = createServer({
    cert: pair.chain,
    key: pair.key,
    ALPNProtocols: ["h2", "http/1.1"],
    minVersion: "TLSv1.2",
    // Ours is below. The runtime's own would keep whoever failed in memory until it runs out, two minutes later.
    handshakeTimeout: -1,
  });
  const shaking = new Map<string, Readonly<{ raw: Socket; end: () => void }>>();
  server.on("secureConnection", (socket: TLSSocket) => {
    const found = shaking.get(nameSocket(socket));
    if (found === undefined) return socket.destroy();
    found.end();
    onSecure(socket, found.raw);
  });
  // Whoever does not speak TLS as we do is nobody's mistake here.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return {
    greet(raw) {
      const name = nameSocket(raw);
      const timer = setTimeout(() => raw.destroy(), headMs);
      const end = () => {
        clearTimeout(timer);
        if (shaking.get(name)?.raw === raw) shaking.delete(name);
      };
      shaking.set(name, { raw, end });
      raw.on("close", end);
      raw.once("readable", () => {
        const bytes: Uint8Array | null = raw.read();
        if (bytes === null) return raw.destroy();
        raw.unshift(bytes);
        // A hello begins with the byte 22, a request with a capital.
        const [first = 0] = bytes;
        if (first < A || first > Z) return server.emit("connection", raw);
        end();
        onPlain(raw);
      });
    },
    setPair: ({ chain, key }) => server.setSecureContext({ cert: chain, key }),
  };
}

/** Plain and encrypted ends of one connection have the same name. */
function nameSocket({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
