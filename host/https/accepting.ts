/** Makes sure that a server goes on taking connections. @module */
import type { Server, Socket } from "node:net";

/** What it works with. */
export type AcceptingOptions = Readonly<{ host: string; onError: (error: unknown) => void }>;

/** A watch over a server. */
export type AcceptingWatch = Readonly<{
  /** Says whether a connection is one that only looks. */
  isOwn: (socket: Socket) => boolean;
  begin: (port: number) => void;
  stop: () => Promise<void>;
}>;

const ANSWER_MS = 2_000;
/** A container has the socket for both families, and often no IPv6 address, not even its own: then this one leads there too. */
const IPV4 = "127.0.0.1";
/** By which address of its own a machine reaches a socket that takes everybody. */
const OWN: ReadonlyMap<string, string> = new Map([["::", "::1"], ["0.0.0.0", IPV4]]);

/** Binds host and port; rejects with the system's error. */
export function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/**
 * When the system has no file left for one more connection, the runtime stops taking any, for good and without a word. So as long
 * as nobody else comes it is looked, by a connection of our own, whether they are taken; if not, the port is bound anew. Connections
 * that are open stay.
 */
export function watchAccepting(
  server: Server,
  { host, onError }: AcceptingOptions,
  everyMs: number,
): AcceptingWatch {
  let timer: ReturnType<typeof setInterval> | undefined;
  let looking: Promise<void> | undefined;
  let isTaken = true;
  const own = new Map<number, () => void>();
  /** Ports that came while it was looked: one may be taken before its own number is known here. */
  const recent = new Set<number>();
  let hostname = OWN.get(host) ?? host;

  async function look(port: number): Promise<void> {
    if (await isLooked(port)) return;
    onError(new Error("The system could take no more connections; the port is opened again."));
    server.close();
    await bind(server, host, port);
  }

  /** True when a connection of our own was taken. */
  async function isLooked(port: number): Promise<boolean> {
    const taken = Promise.withResolvers<boolean>();
    let connection: Deno.TcpConn;
    try {
      connection = await Deno.connect({ hostname, port });
    } catch (error) {
      if (host === "::" && error instanceof Deno.errors.AddrNotAvailable) hostname = IPV4;
      // No file left for it now, so nothing is known; a port that nobody listens on is known.
      return !(error instanceof Deno.errors.ConnectionRefused);
    }
    using _connection = connection;
    const { port: ownPort } = connection.localAddr;
    if (recent.has(ownPort)) return true;
    own.set(ownPort, () => taken.resolve(true));
    const late = setTimeout(() => taken.resolve(false), ANSWER_MS);
    try {
      return await taken.promise;
    } finally {
      clearTimeout(late);
      own.delete(ownPort);
    }
  }

  return {
    isOwn(socket) {
      isTaken = true;
      const { remotePort = 0 } = socket;
      if (looking !== undefined) recent.add(remotePort);
      const found = own.get(remotePort);
      found?.();
      return found !== undefined;
    },
    begin(port) {
      timer = setInterval(() => {
        const wasTaken = isTaken;
        isTaken = false;
        if (wasTaken || looking !== undefined) return;
        looking = look(port).catch(onError).finally(() => {
          looking = undefined;
          recent.clear();
        });
      }, everyMs);
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
